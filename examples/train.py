"""Train a model, with the names of 2021.

    python examples/train.py [GROUP.KEY=VALUE ...]

The words set any setting of docs/configuration.md: `train.steps=1000 model.input_size=256x256`.
"""

import sys

from hyperpose import Config, Dataset, Model
from hyperpose_core.config import parse_option

Config.set_model_name("my_model")
Config.set_model_type(Config.MODEL.MobilenetThinOpenpose)
Config.set_model_backbone(Config.BACKBONE.MobilenetV1)
Config.set_dataset_type(Config.DATA.Synthetic)
Config.set_train_type(Config.TRAIN.Single_train)
Config.set_optim_type(Config.OPTIM.Adam)
Config.set_option("model.input_size", (192, 192))
Config.set_option("model.width", 0.5)
Config.set_batch_size(8)
Config.set_n_step(200)
for word in sys.argv[1:]:
    Config.set_option(*parse_option(word))

config = Config.get_config()
model = Model.get_model(config)
dataset = Dataset.get_dataset(config)
train = Model.get_train(config)
train(model, dataset)
