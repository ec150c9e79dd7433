"""Augmentations that fail inside `tf.data`: they are named, and are no unreadable images."""

import cv2
import numpy as np
import pytest

from hyperpose_core.config import Config
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import PluginError
from hyperpose_core.registry import make_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_training.feeding.batches import TrainBatches
from hyperpose_training.feeding.source import Source

HANDS = Skeleton("hands", ("nose", "left_hand", "right_hand"), ((0, 1), (0, 2)))
STRANGERS = """
    from dataclasses import replace

    import tensorflow as tf
    from hyperpose_core import AugmentationSpec, hookimpl

    @hookimpl
    def hyperpose_register_augmentations():
        for name in ("late", "crash"):
            yield AugmentationSpec(name=name, target=f"hyperpose_theirs_plugin:{name}")

    def crash(placed, seed):
        raise RuntimeError("they have\\nno idea")

    def late(placed, seed):
        # only while images are made, and only of some
        bad = tf.random.stateless_uniform([], seed) < 0.5
        with tf.control_dependencies([tf.debugging.Assert(~bad, ["too late"])]):
            return replace(placed, image=tf.identity(placed.image))
"""


class KeepAll:
    """A preprocessor whose targets are what it is given."""

    map_names = ()

    def encode(self, keypoints, boxes, mask):
        return {"keypoints": keypoints, "boxes": boxes, "mask": mask}


@pytest.fixture
def batches(tmp_path, install_plugin):
    """Return a function that makes the batches of four pictures, with named augmentations."""
    install_plugin("theirs", STRANGERS)
    samples = []
    for number in range(4):
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), np.zeros((60, 80, 3), np.uint8))
        people, boxes = np.ones((1, 3, 3), np.float32), np.ones((1, 4), np.float32)
        samples.append(Sample(number, path, 80, 60, people, boxes))

    def make(*calls, strict=False):
        config = Config()
        config.model.input_size, config.train.batch_size, config.train.seed = (112, 96), 2, 3
        config.data.augmentations, config.data.strict = list(calls), strict
        registry = make_registry()
        return TrainBatches(Source(samples), KeepAll(), HANDS, config, steps=9, registry=registry)

    return make


def test_one_that_is_broken_is_named_before_the_first_batch(batches):
    """While the pipeline is traced."""
    with pytest.raises(PluginError, match=r"augmentation 'crash' of plugin 'theirs'.*they have$"):
        batches("crash")


@pytest.mark.parametrize("strict", [False, True])
def test_one_that_fails_on_some_images_is_no_unreadable_image(batches, strict):
    reader = batches("late", strict=strict)
    with pytest.raises(PluginError, match=r"'late' of plugin 'theirs'.*too late"):
        list(zip(range(9), reader, strict=False))
    assert not reader.skipped
