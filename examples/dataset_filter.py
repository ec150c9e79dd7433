"""Train on a part of a dataset: a function of the sample says which images to keep.

    python examples/dataset_filter.py [GROUP.KEY=VALUE ...]

With COCO the sample is a COCOMeta (`from hyperpose.Dataset import COCOMeta`), which also has
`is_crowd`, `areas` and `masks`.
"""

import sys

from hyperpose import Config, Dataset, Model
from hyperpose_core.config import parse_option


def several_people(sample):
    return len(sample.joint_list) >= 2


Config.set_model_name("on_groups")
Config.set_dataset_type(Config.DATA.Synthetic)
Config.set_dataset_filter(several_people)
Config.set_option("model.input_size", (192, 192))
Config.set_option("model.width", 0.5)
Config.set_batch_size(8)
Config.set_n_step(200)
for word in sys.argv[1:]:
    Config.set_option(*parse_option(word))

config = Config.get_config()
model, dataset = Model.get_model(config), Dataset.get_dataset(config)
trained = Model.get_train(config)(model, dataset)
print(next(line for line in trained.run.log.read_text().splitlines() if "dropped" in line))
