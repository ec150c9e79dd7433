"""Score what examples/train.py trained, with the names of 2021.

    python examples/eval.py [GROUP.KEY=VALUE ...]

The model must be the one that was trained, so give the same words.
"""

import sys

from hyperpose import Config, Dataset, Model
from hyperpose_core.config import parse_option

Config.set_model_name("my_model")
Config.set_model_type(Config.MODEL.MobilenetThinOpenpose)
Config.set_model_backbone(Config.BACKBONE.MobilenetV1)
Config.set_dataset_type(Config.DATA.Synthetic)
Config.set_option("model.input_size", (192, 192))
Config.set_option("model.width", 0.5)
for word in sys.argv[1:]:
    Config.set_option(*parse_option(word))

config = Config.get_config()
model = Model.get_model(config)
dataset = Dataset.get_dataset(config)
evaluate = Model.get_eval(config)
result = evaluate(model, dataset)
print(f"AP {result.metrics['AP']:.3f} over {result.images} images")
