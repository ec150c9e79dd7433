"""Multiply-adds and parameters: of layers as of the whole, by hand, by others, as published."""

from __future__ import annotations

import pytest
import tensorflow as tf

from hyperpose_core.build import completed, get_model
from hyperpose_core.config import resolve_config
from hyperpose_core.layers import Conv2d, ConvBlock, DepthwiseConv2d, PoseModel
from hyperpose_core.registry import get_registry
from hyperpose_profile.profiling.layer_times import timed
from hyperpose_profile.profiling.layers import ITSELF, Traced
from hyperpose_profile.profiling.memory import peak_activations


def config_of(width: int, height: int, *sets: str):
    options = {"model.input_size": (width, height)}
    return completed(resolve_config(options=options, sets=sets), get_registry())


class Net(PoseModel):
    """Every kind of product, whose cost can be reckoned by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.first = ConvBlock(3, 8, kernel=3, stride=2)
        self.depthwise = DepthwiseConv2d(8)
        self.dilated = Conv2d(8, 8, kernel=3, dilation=2)
        self.up = tf.Variable(tf.ones((4, 4, 5, 8)))
        self.inner = tf.function(self.last_layer)
        self.last = Conv2d(5, 6, kernel=1)

    @property
    def all_weights(self):
        return [*super().all_weights, self.up]

    def last_layer(self, x):
        return self.last.forward(x)

    def forward(self, x, is_train=False):
        x = self.dilated.forward(self.depthwise.forward(self.first.forward(x)))
        shape = (1, 2 * x.shape[1], 2 * x.shape[2], 5)
        x = self.inner(tf.nn.conv2d_transpose(x, self.up, shape, 2))
        return (tf.linalg.matmul(x, tf.ones((1, x.shape[1], 6, 7))),)


@pytest.fixture(scope="module")
def traced() -> Traced:
    return Traced(Net(), config_of(30, 22))


def test_each_layer_costs_what_is_reckoned_by_hand(traced):
    cells = 15 * 11
    found = {layer.name: layer for layer in traced.layers()}
    assert {name: layer.multiply_adds for name, layer in found.items()} == {
        "first/0": cells * 27 * 8,
        "first/1": 0,
        "depthwise": cells * 9 * 8,
        "dilated": cells * 72 * 8,
        "last": 4 * cells * 5 * 6,  # called in a traced function
        # The transposed convolution: each cell gives 4x4x5 products for each of its channels.
        ITSELF: cells * 8 * 4 * 4 * 5 + 4 * cells * 6 * 7,
    }
    assert {name: layer.parameters for name, layer in found.items()} == {
        **{"first/0": 216, "first/1": 32, "depthwise": 72, "dilated": 584, "last": 36},
        ITSELF: 640,
    }
    assert found["first/0"].output == (1, 11, 15, 8)
    assert found["last"].output == (1, 22, 30, 6)
    assert found["first/1"].kind == "BatchNorm"


def test_the_layers_together_are_the_whole(traced):
    layers = traced.layers()
    assert sum(layer.multiply_adds for layer in layers) == traced.forward.multiply_adds
    weights = traced.model.all_weights
    assert sum(layer.parameters for layer in layers) == sum(w.shape.num_elements() for w in weights)


def test_times_are_those_of_all_kernels_and_belong_to_layers(traced):
    layers = timed(traced, traced.layers(), 9)
    seconds = {layer.name: layer.seconds for layer in layers}
    assert all(value >= 0 for value in seconds.values())
    for name in ("depthwise", "dilated", "last", ITSELF):
        assert seconds[name] > 0, name
    # One kernel does both, and bears the name of the activation.
    assert seconds["first/0"] > seconds["first/1"]


def test_a_model_can_be_used_after_it_was_traced(traced):
    assert "forward" not in vars(traced.model.last)
    [maps] = traced.model.infer(tf.zeros((1, 22, 30, 3)))
    assert maps.shape == (1, 22, 30, 7)


@pytest.mark.parametrize("name", ["LightweightOpenpose", "Poseproposal"])
def test_multiply_adds_grow_with_the_area(name):
    counts = []
    for width, height in ((64, 32), (128, 32), (128, 96)):
        config = config_of(width, height, f"model.type={name}", "model.width=0.25")
        counts.append(Traced(get_model(config), config).forward.multiply_adds)
    assert counts == [counts[0], 2 * counts[0], 6 * counts[0]]


class Trunk(PoseModel):
    """A backbone alone."""

    def __init__(self, backbone) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, x, is_train=False):
        return (self.backbone.forward(x),)


def of_tensorflow(graph) -> int:
    """Return the multiply-adds by TensorFlow's own profiler, which counts each as two."""
    kinds = ["Conv2D", "DepthwiseConv2dNative", "MatMul"]
    builder = tf.compat.v1.profiler.ProfileOptionBuilder
    options = builder(builder.float_operation()).with_empty_output()
    options = options.with_accounted_types(kinds).build()
    found = tf.compat.v1.profiler.profile(graph, options=options)
    return found.total_float_ops // 2


@pytest.mark.parametrize(
    ("name", "stride", "published"),
    [
        # At 224x224, without the layers that classify: arXiv 1704.04861 has 569 million, one of
        # them there; torchvision's ResNet-50 4.09, 1409.1556's VGG16 15.47, of them 0.12 there.
        ("MobilenetV1", 32, 0.568e9),
        pytest.param("Resnet50", 32, 4.087e9, marks=pytest.mark.slow),
        pytest.param("Vgg16", 32, 15.35e9, marks=pytest.mark.slow),
    ],
)
def test_backbones_cost_what_was_published(name, stride, published):
    registry = get_registry()
    model = Trunk(registry.make("backbone", name, stride=stride))
    traced = Traced(model, config_of(224, 224))
    assert traced.forward.multiply_adds == pytest.approx(published, rel=0.002)
    assert traced.forward.multiply_adds == of_tensorflow(traced.forward.graph)


def test_activations_are_the_largest_two_that_are_needed_at_a_time():
    """Here the image, what the convolution gives, and what is made of it in three steps."""

    @tf.function(input_signature=[tf.TensorSpec((1, 8, 8, 3))])
    def forward(image):
        large = tf.nn.conv2d(image, tf.ones((1, 1, 3, 16)), 1, "SAME")
        small = tf.nn.max_pool2d(large, 4, 4, "SAME")
        return tf.nn.relu(tf.identity(small))

    graph = forward.get_concrete_function().graph
    assert peak_activations(graph) == 4 * 64 * (3 + 16)


def test_activations_grow_with_the_area():
    def peak(width: int) -> int:
        config = config_of(width, 64, "model.type=LightweightOpenpose", "model.width=0.25")
        return peak_activations(Traced(get_model(config), config).forward.graph)

    assert peak(256) == pytest.approx(2 * peak(128), rel=0.1)
    assert peak(128) >= 4 * 64 * 128 * 3
