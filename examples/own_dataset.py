"""Train on a dataset of your own: a class with the tutorial's four methods.

    python examples/own_dataset.py [GROUP.KEY=VALUE ...]

The pictures are drawn here, one stick figure each, to have some; yours come from a folder.
"""

import pickle
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf

from hyperpose import Config, Dataset, Model
from hyperpose_coco.skeleton import COCO
from hyperpose_core.config import parse_option

STANDING = np.array(
    [
        *([0, -9], [1, -10], [-1, -10], [2, -9], [-2, -9]),  # nose, eyes, ears
        *([3, -6], [-3, -6], [5, -3], [-5, -3], [5, 0], [-5, 0]),  # shoulders, elbows, wrists
        *([2, 0], [-2, 0], [2, 5], [-2, 5], [2, 10], [-2, 10]),  # hips, knees, ankles
    ]
)


class MyDataset:
    def __init__(self, folder, count):
        self.pairs = [draw(folder / f"{number}.png", number) for number in range(count)]

    def get_train_dataset(self):
        paths = [str(path) for path, _ in self.pairs]
        targets = [pickle.dumps({"kpt": [p], "bbx": None, "mask": None}) for _, p in self.pairs]
        return tf.data.Dataset.from_tensor_slices((paths, targets))

    def get_eval_dataset(self):
        paths = [str(path) for path, _ in self.pairs]
        return tf.data.Dataset.from_tensor_slices((paths, range(len(paths))))

    def get_input_kpt_cvter(self):
        return lambda points: points  # already in COCO's order

    def get_output_kpt_cvter(self):
        return lambda points: np.array(points).ravel().tolist()


def draw(path, seed):
    random = np.random.default_rng(seed)
    image = np.full((160, 160, 3), random.integers(150, 255), np.uint8)
    points = STANDING * random.uniform(4, 6) + random.uniform(70, 90, 2)
    for limb in COCO.limbs:
        cv2.line(image, *(points[i].astype(int).tolist() for i in limb), (40, 40, 160), 3)
    cv2.imwrite(str(path), image)
    return path, points.tolist()


folder = Path(tempfile.mkdtemp())
Config.set_model_name("on_my_data")
Config.set_model_type(Config.MODEL.MobilenetThinOpenpose)
Config.set_model_backbone(Config.BACKBONE.MobilenetV1)
Config.set_userdef_dataset(MyDataset(folder, count=8))
Config.set_option("model.input_size", (128, 128))
Config.set_option("model.width", 0.5)
Config.set_batch_size(8)
Config.set_n_step(200)
for word in sys.argv[1:]:
    Config.set_option(*parse_option(word))

config = Config.get_config()
model, dataset = Model.get_model(config), Dataset.get_dataset(config)
Model.get_train(config)(model, dataset)
result = Model.get_eval(config)(model, dataset)
print(f"AP {result.metrics['AP']:.3f} over {result.images} images")
