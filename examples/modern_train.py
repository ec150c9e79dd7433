"""Train, score and use a model with the modern API: a configuration is an object.

    python examples/modern_train.py [GROUP.KEY=VALUE ...]

The words set any setting of docs/configuration.md: `train.steps=1000`.
"""

import sys

from hyperpose_core import Config, get_dataset, get_eval, get_model, get_train, load_predictor
from hyperpose_core.config import parse_option, set_option

config = Config()
config.model.name = "my_modern_model"
config.model.type = "MobilenetThinOpenpose"
config.model.backbone = "MobilenetV1"
config.model.input_size = (192, 192)
config.model.width = 0.5
config.data.type = "Synthetic"
config.train.batch_size = 8
config.train.steps = 200
for word in sys.argv[1:]:
    set_option(config, *parse_option(word))

model, dataset = get_model(config), get_dataset(config)
trained = get_train(config)(model, dataset)
result = get_eval(config)(model, dataset)
print(f"AP {result.metrics['AP']:.3f} over {result.images} images")

predict = load_predictor(trained.run.folder)
sample = next(iter(dataset.eval_samples()))
for human in predict(sample.path):
    print(f"{human.score:.2f}", human.to_dict()["keypoints"])
