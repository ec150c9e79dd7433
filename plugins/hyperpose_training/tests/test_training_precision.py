"""Mixed precision: what computes in 16 bits, that models need not know, and the loss scale."""

import numpy as np
import pytest
import tensorflow as tf
import tensorlayer as tl
from small_net import Losses, PlainNet, SmallNet, batch, make_step, values

from hyperpose_core.build.precision import FUNCTIONS, computed_in
from hyperpose_core.inference.forward import trace_forward
from hyperpose_training.steps.loss_scale import GROWTH_STEPS, LossScale

LOW = ["bfloat16", "float16"]


class Foreign(tl.models.Model):
    """A model of TensorLayer's own layers, as a user may write it."""

    def __init__(self):
        super().__init__()
        self.conv = tl.layers.Conv2d(4, (3, 3), act=tf.nn.relu, in_channels=3)
        self.deep = tl.layers.DepthwiseConv2d((3, 3), in_channels=4)
        self.dense = tl.layers.Dense(2, in_channels=4)
        self.forward_calls = 0

    def forward(self, x, is_train=False):
        y = self.deep.forward(self.conv.forward(x))
        flat = tf.reshape(y, [-1, 4])
        return (tf.reshape(self.dense.forward(flat), [-1, 8, 8, 2]),)

    def cal_loss(self, predicted, gt):
        return tf.reduce_mean(tf.square(predicted - gt))


def operations(state):
    """Return the types of the traced step's convolutions and products, and their data types."""
    arguments = (*batch(), tf.constant(0.1), tf.constant(0, tf.int64))
    graph = state._traced.get_concrete_function(*arguments).graph
    wanted = ("Conv2D", "DepthwiseConv2dNative", "MatMul", "Conv2DBackpropFilter")
    return {
        (op.type, op.outputs[0].dtype.name) for op in graph.get_operations() if op.type in wanted
    }


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("precision", LOW)
def test_inference_gives_float32_maps_rounded_as_in_16_bits(precision, data_format):
    class Turned(SmallNet):
        def forward(self, x, is_train=False):
            if data_format == "channels_last":
                return super().forward(x)
            return (tf.transpose(super().forward(tf.transpose(x, (0, 2, 3, 1)))[0], (0, 3, 1, 2)),)

    model, (images, _) = Turned(), batch()
    exact, low = (trace_forward(model, data_format, p)(images)[0] for p in ("float32", precision))
    assert low.dtype == tf.float32
    error = np.abs(low - exact).max() / np.abs(exact).max()
    assert 0 < error < 2 * float(tf.as_dtype(precision).as_numpy_dtype(2.0**-7))


@pytest.mark.parametrize("precision", LOW)
@pytest.mark.parametrize("model", [SmallNet, Foreign])
def test_any_model_convolves_in_it_and_keeps_float32_weights(model, precision):
    state = make_step(model, precision=precision)
    found = operations(state)
    assert {dtype for _, dtype in found} == {precision}
    assert {kind for kind, _ in found} >= {"Conv2D", "Conv2DBackpropFilter"}
    before = values(state.groups.trained)
    out = state(*batch(), 0.1, 0)
    assert out["finite"] == 1
    for name, variable in state.groups.trained.items():
        assert variable.dtype == tf.float32
        # The bias before a normalisation has no gradient but that of rounding.
        if (model, name) != (SmallNet, "backbone/0/biases"):
            assert (before[name] != variable.numpy()).any(), name


@pytest.mark.parametrize("precision", LOW)
def test_it_learns_what_float32_learns(precision):
    def losses(**train):
        state = make_step(optimizer="AdamW", **train)
        return [float(state(*batch(), 0.02, step)["loss"]) for step in range(40)]

    exact, low = losses(), losses(precision=precision)
    assert exact[-1] < 0.9 * exact[0]
    assert low != exact
    np.testing.assert_allclose(low, exact, rtol=0.02)


def test_tensorflow_is_as_before_after_the_trace_and_after_an_error():
    def functions():
        return [getattr(module, name) for module, names in FUNCTIONS.items() for name in names]

    before = functions()
    with pytest.raises(ZeroDivisionError), computed_in("bfloat16"):
        raise ZeroDivisionError(functions() != before)
    assert functions() == before
    with computed_in("float32"):
        assert functions() == before
    with computed_in("bfloat16"):
        product = tf.matmul(tf.constant([[1.0, 2.0**-9]]), tf.constant([[1.0], [1.0]]))
        integers = tf.matmul(tf.constant([[2]]), tf.constant([[3]]))
    assert product.dtype == tf.float32
    assert float(product[0, 0]) == 1.0
    assert integers.dtype == tf.int32


def test_inference_is_in_float32():
    state = make_step(precision="bfloat16")
    state(*batch(), 0.1, 0)
    images = batch()[0]
    traced = tf.function(lambda x: state.gradients.model.infer(x))
    graph = traced.get_concrete_function(images).graph
    assert {op.outputs[0].dtype for op in graph.get_operations() if op.type == "Conv2D"} == {
        tf.float32
    }


def test_the_scale_keeps_gradients_that_float16_has_not():
    class Tiny(Losses):
        def losses(self, model, outputs, targets):
            return {"loss": 1e-5 * super().losses(model, outputs, targets)["loss"]}

    def gradient(precision, scaled):
        state = make_step(PlainNet, precision=precision)
        state.gradients.preprocessor = Tiny()
        if not scaled and state.scale:
            state.scale.scale.assign(1.0)
        before = state.weights["backbone/0/filters"].numpy()
        state(*batch(), 1e4, 0)
        return state.weights["backbone/0/filters"].numpy() - before

    exact, scaled = gradient("float32", False), gradient("float16", True)
    lost = gradient("float16", False)
    np.testing.assert_allclose(scaled, exact, rtol=0.1, atol=0.02 * np.abs(exact).max())
    assert np.abs(lost - exact).max() > 0.1 * np.abs(exact).max()


def test_an_overflow_halves_the_scale_and_changes_nothing_else():
    state = make_step(precision="float16", ema_decay=0.9, optimizer="Adam")
    state.scale.scale.assign(2.0**40)
    before = values(state.variables)
    out = state(*batch(), 0.1, 0)
    assert (out["finite"], out["gradient_norm"], out["loss_scale"]) == (1, 0, 2.0**40)
    for name, array in values(state.variables).items():
        expected = 2.0**39 if name == "scale/scale" else before[name]
        np.testing.assert_array_equal(array, expected, err_msg=name)
    for step in range(1, 40):
        out = state(*batch(), 0.1, step)
    assert out["gradient_norm"] > 0
    assert out["loss_scale"] < 2.0**40


def test_an_overflow_that_no_scale_mends_is_not_finite():
    state = make_step(precision="float16")
    state.weights["head/filters"].assign(tf.fill([3, 3, 4, 2], 1e6))
    assert state(*batch(), 0.1, 0)["finite"] == 0


def test_the_scale_grows_again():
    scale = LossScale()
    first = float(scale.scale)
    for _ in range(GROWTH_STEPS - 1):
        scale.update(tf.constant(True))
    assert float(scale.scale) == first
    scale.update(tf.constant(True))
    assert (float(scale.scale), int(scale.good_steps)) == (2 * first, 0)
    scale.update(tf.constant(True))
    scale.update(tf.constant(False))
    assert (float(scale.scale), int(scale.good_steps)) == (first, 0)
