"""TFLite: dilated convolutions are single ops there, and what 8 bits would lose stays in float."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.layers import Conv2d, DepthwiseConv2d
from hyperpose_export.dilations import single_ops

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert: hyperpose-export[litert]")
from ai_edge_litert.interpreter import Interpreter

from hyperpose_export.rounding import coarse_nodes

IMAGES = [tf.TensorSpec([None, None, None, 3], tf.float32, name="images")]


def converted(function) -> bytes:
    traced = tf.function(function, input_signature=IMAGES).get_concrete_function()
    return tf.lite.TFLiteConverter.from_concrete_functions([traced]).convert()


def dilated():
    """A network of both kinds of dilated convolutions, and what it gives for an image."""
    tf.random.set_seed(0)
    first, second = Conv2d(3, 4, dilation=2), DepthwiseConv2d(4, dilation=3)

    def network(images):
        return second.forward(tf.nn.relu(first.forward(images)))

    return network


def test_dilated_convolutions_are_single_ops_and_compute_the_same():
    network, image = dilated(), np.random.default_rng(0).random((2, 17, 12, 3), np.float32)
    expected = network(tf.constant(image)).numpy()
    before = tf.nn.atrous_conv2d, tf.nn.depthwise_conv2d
    with single_ops():
        model = converted(network)
    assert (tf.nn.atrous_conv2d, tf.nn.depthwise_conv2d) == before
    interpreter = Interpreter(model_content=model)
    ops = [op["op_name"] for op in interpreter._get_ops_details() if op["op_name"] != "DELEGATE"]
    assert ops == ["CONV_2D", "DEPTHWISE_CONV_2D"]
    [given], [made] = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(given["index"], image.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], image)
    interpreter.invoke()
    np.testing.assert_allclose(interpreter.get_tensor(made["index"]), expected, atol=1e-5)
    assert len(Interpreter(model_content=converted(network))._get_ops_details()) > 10


def test_values_of_which_few_are_large_stay_in_float():
    weights = tf.constant(np.random.default_rng(0).random((1, 1, 3, 3)), tf.float32)
    model = converted(
        lambda x: tf.nn.conv2d(tf.nn.relu(tf.nn.conv2d(x, weights, 1, "SAME")), weights, 1, "SAME")
    )
    even = np.random.default_rng(1).random((1, 256, 256, 3), np.float32)
    assert coarse_nodes(model, [even]) == []
    peaked = even.copy()
    peaked[0, 5, 5] = 1000
    # The first value is coarse: the convolution that makes it and the one that uses it stay.
    assert len(coarse_nodes(model, [even, peaked])) == 2
