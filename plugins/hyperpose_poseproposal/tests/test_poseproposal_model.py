"""The network: its maps, its five losses, its gradients, and that it learns."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core import get_registry
from hyperpose_core.build.strategy import SingleTrain
from hyperpose_core.config import Config, ModelConfig
from hyperpose_core.errors import ConfigError
from hyperpose_core.layers import ConvBlock, Sequential
from hyperpose_core.skeletons import Skeleton
from hyperpose_poseproposal.model import Poseproposal
from hyperpose_poseproposal.preprocess import LOSSES, OUTPUTS, Preprocessor
from hyperpose_poseproposal.skeletons import COCO, MPII
from hyperpose_training.steps.step import TrainStep

SIZE = (96, 64)


def build(
    skeleton: Skeleton = COCO, backbone: str = "Resnet18", width: float = 0.125, **config: Any
) -> Poseproposal:
    tf.random.set_seed(1)
    factory = get_registry().load("backbone", backbone)

    def extractor(stride: int) -> Any:
        return factory(stride, width)

    return Poseproposal(
        skeleton=skeleton, backbone=extractor, config=ModelConfig(width=width, **config)
    )


def encoder(skeleton: Skeleton = COCO, **options: Any) -> Preprocessor:
    return Preprocessor(skeleton=skeleton, input_size=SIZE, stride=32, options=options)


def batch(pre: Preprocessor, images: int = 2, people: int = 2) -> dict[str, tf.Tensor]:
    examples = []
    for i in range(images):
        points = tf.random.stateless_uniform((people, len(pre.skeleton), 3), (3, i), 1, 60)
        mask = tf.concat([tf.ones((64, 48, 1)), tf.zeros((64, 48, 1))], 1)
        examples.append(pre.encode(points, tf.zeros((people, 4)), mask))
    return {name: tf.stack([e[name] for e in examples]) for name in examples[0]}


def pictures(images: int = 2) -> tf.Tensor:
    return tf.random.stateless_uniform((images, 64, 96, 3), (5, 6))


@pytest.mark.parametrize(("skeleton", "window"), [(COCO, (9, 9)), (MPII, (5, 7))])
def test_maps_have_the_shapes_of_the_paper(skeleton: Skeleton, window: tuple[int, int]) -> None:
    maps = build(skeleton, options={"window": list(window)}).infer(pictures())
    kinds, edges = len(skeleton), window[0] * window[1] * len(skeleton.limbs)
    assert [m.shape[1:] for m in maps] == [(2, 3, kinds)] * 6 + [(2, 3, edges)]
    assert all(float(tf.reduce_min(m)) >= 0 and float(tf.reduce_max(m)) <= 1 for m in maps)


def test_every_weight_gets_a_gradient_and_every_loss_counts() -> None:
    model, pre = build(), encoder()
    model.train()
    with tf.GradientTape() as tape:
        losses = pre.losses(model, model.forward(pictures(), is_train=True), batch(pre))
    assert set(losses) == {"loss", *LOSSES}
    assert all(float(losses[name]) > 1e-3 for name in LOSSES)
    assert float(losses["loss"]) == pytest.approx(sum(float(losses[n]) for n in LOSSES), rel=1e-5)
    gradients = tape.gradient(losses["loss"], model.trainable_weights)
    assert all(g is not None and float(tf.reduce_max(tf.abs(g))) > 0 for g in gradients)


def test_each_loss_reaches_the_maps_that_it_is_about() -> None:
    model, pre = build(), encoder()
    targets = batch(pre)
    maps = [tf.Variable(m) for m in model.infer(pictures())]
    with tf.GradientTape(persistent=True) as tape:
        losses = pre.losses(model, maps, targets)
    reached = {
        name: "".join(
            output[1]
            for output, m in zip(OUTPUTS, maps, strict=True)
            if (g := tape.gradient(losses[name], m)) is not None and float(tf.norm(g)) > 0
        )
        for name in LOSSES
    }
    assert reached == dict(zip(LOSSES, ("c", "i", "xy", "wh", "e"), strict=True))


def test_perfect_maps_lose_nothing() -> None:
    model, pre = build(), encoder()
    targets = batch(pre)
    losses = pre.losses(model, [targets[name] for name in pre.map_names], targets)
    assert float(losses["loss"]) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(
    ("x", "y", "size", "iou"),
    [(0, 0, 1, 1), (0, 0, 0.5, 0.25), (0.5, 0, 1, 1 / 3), (0, 0.5, 1, 3 / 5), (5, 0, 1, 0)],
)
def test_the_iou_is_the_boxes(x: float, y: float, size: float, iou: float) -> None:
    """A box one cell wide and two high, moved by parts of a cell or scaled, among 3 x 2 cells."""
    shape = (1, 2, 3, 1)
    true = tf.fill(shape, 1 / 3), tf.fill(shape, 1.0)
    away = tf.fill(shape, float(x)), tf.fill(shape, float(y))
    found = build()._iou(away, true, tuple(size * side for side in true))
    np.testing.assert_allclose(found, iou, rtol=1e-5)


def test_losses_are_means_over_images_not_over_parts() -> None:
    model, pre = build(), encoder()
    targets, maps = batch(pre), model.infer(pictures())
    twice = {name: tf.concat([value] * 2, 0) for name, value in targets.items()}
    once = pre.losses(model, maps, targets)
    again = pre.losses(model, [tf.concat([m] * 2, 0) for m in maps], twice)
    for name in once:
        assert float(again[name]) == pytest.approx(float(once[name]), rel=1e-5)


def test_responses_over_unannotated_people_do_not_count() -> None:
    """The mask hides the third column; the parts there still count."""
    model, pre = build(), encoder()
    targets = batch(pre)
    maps = list(model.infer(pictures()))
    before = pre.losses(model, maps, targets)
    hidden = tf.cast(targets["mask"] == 0, tf.float32) * (1 - targets["tc"])
    assert float(tf.reduce_sum(hidden)) > 0
    maps[0] = maps[0] + 5 * hidden
    after = pre.losses(model, maps, targets)
    assert float(after["loss"]) == pytest.approx(float(before["loss"]), rel=1e-6)
    del targets["mask"]
    everywhere = pre.losses(model, maps, targets)
    assert float(everywhere["loss"]) > float(before["loss"]) + 1


def test_channels_first_gives_the_same() -> None:
    last, first = build(), build(data_format="channels_first")
    for a, b in zip(first.all_weights, last.all_weights, strict=True):
        a.assign(b)
    pre = encoder()
    x, targets = pictures(), batch(pre)
    maps = last.infer(x)
    turned = first.infer(tf.transpose(x, (0, 3, 1, 2)))
    for a, b in zip(maps, turned, strict=True):
        np.testing.assert_allclose(tf.transpose(b, (0, 2, 3, 1)), a, atol=1e-6)
    losses = pre.losses(last, maps, targets)
    turned_targets = {name: tf.transpose(t, (0, 3, 1, 2)) for name, t in targets.items()}
    for name, value in pre.losses(first, turned, turned_targets).items():
        assert float(value) == pytest.approx(float(losses[name]), rel=1e-4)


def test_inference_does_not_depend_on_the_rest_of_the_batch() -> None:
    model = build()
    model.train()
    model.forward(pictures(), is_train=True)
    x = pictures(3)
    alone, together = model.infer(x[:1]), model.infer(x)
    for a, b in zip(alone, together, strict=True):
        np.testing.assert_allclose(a, b[:1], atol=1e-6)


class Pyramid(Sequential):
    """The smallest backbone: five convolutions of stride 2."""

    def __init__(self, stride: int) -> None:
        channels = [3, 8, 16, 16, 16, 16]
        super().__init__([ConvBlock(a, b, stride=2) for a, b in itertools.pairwise(channels)])
        self.stride, self.out_channels = stride, channels[-1]


def test_it_learns_one_batch() -> None:
    config = Config(model=ModelConfig(width=0.125))
    model, pre = Poseproposal(skeleton=COCO, backbone=Pyramid, config=config.model), encoder()
    images, targets = pictures(), batch(pre)
    step = TrainStep(model, pre, SingleTrain(config.train), config)
    losses = [step(images, targets, rate=0.01, step=i) for i in range(40)]
    history = [{name: float(value) for name, value in step.items()} for step in losses]
    for name in ("loss", "response_loss", "coordinate_loss", "size_loss", "limb_loss"):
        assert history[-1][name] < 0.5 * history[0][name], name
    assert np.isfinite([list(values.values()) for values in history]).all()


def test_other_forms_are_told() -> None:
    model, pre = build(), encoder()
    targets, maps = batch(pre), model.infer(pictures())
    with pytest.raises(ConfigError, match="returned 6 values in training"):
        pre.losses(model, maps[:6], targets)

    class Own:
        def cal_loss(self, result: Any = (1.0, 2.0), **tensors: Any) -> Any:
            assert set(tensors) == {*OUTPUTS, *targets}
            return result

    with pytest.raises(ConfigError, match="cal_loss returned 2 values"):
        pre.losses(Own(), maps, targets)
    Own.cal_loss.__defaults__ = (tf.constant(3.0),)
    assert set(pre.losses(Own(), maps, targets)) == {"loss"}
