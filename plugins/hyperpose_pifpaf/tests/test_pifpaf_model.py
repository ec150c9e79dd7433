"""The architecture: maps of any size on any backbone, both layouts, 16 bits, names of channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.build.precision import computed_in
from hyperpose_core.build.weights import assign_weights, named_weights
from hyperpose_core.config import ModelConfig
from hyperpose_core.errors import InputError
from hyperpose_core.layers import ConvBlock, Sequential
from hyperpose_core.skeletons import Skeleton
from hyperpose_pifpaf.fields import MAPS, OUTPUTS, channels
from hyperpose_pifpaf.head import PRIOR
from hyperpose_pifpaf.model import Pifpaf

SKELETON = Skeleton("t", ("head", "left", "right"), ((0, 1), (2, 0)))


class Backbone(Sequential):
    """Convolutions of stride 2."""

    def __init__(self, stride: int) -> None:
        steps = range(stride.bit_length() - 1)
        super().__init__([ConvBlock(4 if step else 3, 4, stride=2) for step in steps])
        self.stride, self.out_channels = stride, 4


class Pooling(Sequential):
    """One that rounds down what stride 2 does not divide, as VGG does."""

    def __init__(self, stride: int) -> None:
        super().__init__([ConvBlock(3, 4)])
        self.stride, self.out_channels = stride, 4

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.avg_pool2d(super().forward(x), self.stride, self.stride, "VALID")


def model_on(strides: Sequence[int], skeleton: Skeleton = SKELETON, kind=Backbone, **settings):
    def backbone(stride: int) -> Backbone:
        if stride not in strides:
            raise InputError(f"cannot stop at {stride}")
        return kind(stride)

    return Pifpaf(skeleton=skeleton, backbone=backbone, config=ModelConfig(**settings))


def outputs_of(model: Pifpaf, images: tf.Tensor) -> dict[str, tf.Tensor]:
    """Return all that it has in training, with the statistics of an evaluation."""
    model.eval()
    return dict(zip(OUTPUTS, model.forward(images, is_train=True), strict=True))


@pytest.mark.parametrize("kind", [Backbone, Pooling])
@pytest.mark.parametrize(("strides", "chosen"), [((8, 16, 32), 16), ((8, 32), 8), ((32,), 32)])
@pytest.mark.parametrize("size", [(64, 96), (40, 56), (368, 376)])
def test_maps_have_a_cell_every_8_pixels(kind, strides, chosen, size) -> None:
    model = model_on(strides, kind=kind)
    assert model.backbone.stride == chosen
    model.eval()
    maps = dict(zip(MAPS, model.forward(tf.zeros((1, *size, 3))), strict=True))
    cells = size[0] // 8, size[1] // 8
    for name, count in channels(SKELETON).items():
        assert tuple(maps[name].shape) == (1, *cells, count), name


def test_a_backbone_that_has_no_stride_says_which() -> None:
    with pytest.raises(InputError, match="cannot stop at 32"):
        model_on(())


@pytest.mark.parametrize(("strides", "factor"), [((8,), 1), ((16,), 2), ((32,), 4)])
def test_channels_are_what_their_names_say(strides, factor) -> None:
    """Which keypoint, what of it, and which of the cells that lie in one of the features."""
    model = model_on(strides)
    names = model.named_channels()["pif/conv/biases"].names
    for weight in model.trainable_weights:
        weight.assign(tf.zeros_like(weight))
    x, y = factor - 1, factor // 2
    biases = np.zeros(len(names), np.float32)
    biases[names.index(f"left: y, cell {x},{y}")] = 1
    model.pif.conv.biases.assign(biases)
    model.eval()
    vectors = np.asarray(outputs_of(model, tf.zeros((1, 64, 96, 3)))["pif_plain_vectors"][0]) * 8
    wanted = np.zeros((8, 12, 6))
    wanted[y::factor, x::factor, 3] = 1
    np.testing.assert_allclose(vectors, wanted, atol=1e-6)


def test_untrained_it_sees_nobody() -> None:
    model = model_on((16,))
    model.eval()
    maps = model.forward(tf.random.stateless_uniform((1, 64, 64, 3), (1, 2)))
    probability = 1 / (1 + np.exp(-PRIOR))
    for field in (maps[0], maps[3]):
        np.testing.assert_allclose(field, probability, rtol=0.3)


def test_both_layouts_and_an_unknown_size_give_the_same() -> None:
    last, first = model_on((16,)), model_on((16,), data_format="channels_first")
    arrays = {name: v.numpy() for name, v in named_weights(last).items()}
    assign_weights(named_weights(first), arrays, "the other")
    image = tf.random.stateless_uniform((1, 40, 56, 3), (3, 4))
    last.eval()
    first.eval()
    traced = tf.function(
        lambda x: last.forward(x, is_train=True),
        input_signature=[tf.TensorSpec((None, None, None, 3))],
    )
    known = last.forward(image, is_train=True)
    turned = first.forward(tf.transpose(image, (0, 3, 1, 2)), is_train=True)
    assert len(known) == len(OUTPUTS)
    for one, other, third in zip(known, traced(image), turned, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
        np.testing.assert_allclose(one, tf.transpose(third, (0, 2, 3, 1)), atol=1e-5)


def test_lengths_are_in_parts_of_the_input_whatever_its_size() -> None:
    """Without features all that is left are the biases, which are lengths in cells."""
    model = model_on((16,))
    for weight in model.trainable_weights:
        weight.assign(tf.zeros_like(weight))
    model.pif.conv.biases.assign(tf.ones_like(model.pif.conv.biases))
    model.eval()
    small, large = (outputs_of(model, tf.zeros((1, side, side, 3))) for side in (64, 128))
    for name in ("pif_vectors", "pif_scales", "pif_plain_vectors", "pif_plain_scales"):
        np.testing.assert_allclose(small[name][0, 0, 0], 2 * large[name][0, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(small["pif_plain_vectors"][0, 0, 0], 1 / 8, rtol=1e-6)


def test_vectors_and_scales_are_times_the_confidence() -> None:
    outputs = outputs_of(model_on((16,)), tf.random.stateless_uniform((1, 64, 64, 3), (1, 2)))
    for field in ("pif", "paf"):
        sure = np.asarray(outputs[f"{field}_confidence"])
        for what in ("vectors", "scales"):
            plain, found = outputs[f"{field}_plain_{what}"], outputs[f"{field}_{what}"]
            times = found.shape[-1] // sure.shape[-1]
            np.testing.assert_allclose(found, plain * np.repeat(sure, times, -1), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_it_is_traced_in_16_bits(precision) -> None:
    model = model_on((16,))
    model.eval()
    image = tf.random.stateless_uniform((1, 64, 64, 3), (3, 4))

    @tf.function
    def low(x: tf.Tensor):
        with computed_in(precision):
            return model.forward(x, is_train=True)

    for name, one, other in zip(
        OUTPUTS, low(image), model.forward(image, is_train=True), strict=True
    ):
        assert one.dtype == tf.float32
        np.testing.assert_allclose(one, other, atol=0.02, err_msg=name)


@pytest.mark.parametrize("strides", [(8,), (16,)])
def test_every_channel_of_the_heads_has_a_name(strides) -> None:
    model = model_on(strides)
    weights = {name: tuple(v.shape) for name, v in named_weights(model).items()}
    named = model.named_channels()
    assert set(named) == {n for n in weights if n.startswith(("pif/", "paf/"))}
    for name, told in named.items():
        assert len(told.names) == len(set(told.names)) == weights[name][told.axis]


def test_a_limb_the_other_way_has_the_same_names() -> None:
    turned = Skeleton("u", SKELETON.keypoints, ((0, 2), (1, 0)))
    names = [
        set(model_on((16,), s).named_channels()["paf/conv/biases"].names)
        for s in (SKELETON, turned)
    ]
    assert names[0] == names[1]


def test_a_skeleton_without_limbs_has_empty_association_maps() -> None:
    model = model_on((16,), Skeleton("point", ("ball",)))
    model.eval()
    maps = model.forward(tf.zeros((1, 64, 64, 3)))
    assert [int(m.shape[-1]) for m in maps] == [1, 2, 1, 0, 0, 0]
    assert all(name.startswith("pif/") for name in model.named_channels())
