"""The page on augmentation: its plugin and its function, built from the text, do what it says."""

import importlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from hyperpose_coco.skeleton import COCO
from hyperpose_core.config import Config
from hyperpose_core.contracts import PlacedImage, Placement
from hyperpose_core.registry import make_registry
from hyperpose_training.feeding.augmentations import Augmentations

PAGE = Path(__file__).resolve().parents[3] / "docs" / "augmentation.md"
SEED = tf.constant([0, 1], tf.int64)


def test_the_plugin_and_the_function_of_the_page_work(install_plugin):
    plugin, sky, own = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    site = install_plugin("weather", plugin)
    package = site / "hyperpose_weather"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "sky.py").write_text(sky)
    importlib.invalidate_caches()
    config = Config()
    config.data = replace(config.data, rotation=0.0, scale=(1.0, 1.0), shift=0.0, flip=0.0)
    config.data = replace(config.data, color=0.0, augmentations=["stretch(most=2.0)", "fog"])
    names = {"replace": replace}
    exec(own, names)
    config.data.augmentation = names["config"].data.augmentation
    chain = Augmentations.of(config.data, make_registry())

    size = tf.constant([64.0, 64.0])
    people, boxes = tf.zeros([1, 17, 3]), tf.zeros([1, 4])
    matrix = chain.place(Placement(tf.eye(3), size, size, people, boxes, COCO), SEED)
    factor = float(matrix[0, 0])
    assert 0.5 < factor < 2.0
    assert factor != 1.0
    np.testing.assert_allclose(matrix @ [[31.5], [31.5], [1.0]], [[31.5], [31.5], [1]], atol=1e-4)
    black = PlacedImage(tf.zeros([64, 64, 3]), people, boxes, tf.ones([64, 64, 1]), COCO)
    seen = chain.change(black, SEED).image.numpy()
    assert len(np.unique(seen)) == 1
    assert 0.4 <= seen[0, 0, 0] < 1.0, "black in fog, as a negative"
