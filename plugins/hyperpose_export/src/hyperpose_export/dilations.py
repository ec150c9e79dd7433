"""Dilated convolutions as single ops, as converters know them.

TensorFlow moves pixels into the batch for them and back, and its gradients need that. With images
of any size converters cannot see through it, so that nothing is fused with such a convolution. No
kernel of TensorFlow's on CPUs runs the depthwise op: graphs that are traced so are for converters
alone.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf


@contextlib.contextmanager
def single_ops() -> Iterator[None]:
    """Trace what is inside with a single op for each dilated convolution.

    The functions are exchanged in TensorFlow's module and put back at the end, also after an error.
    """
    before = {name: getattr(tf.nn, name) for name in ("atrous_conv2d", "depthwise_conv2d")}
    try:
        tf.nn.atrous_conv2d = _atrous
        tf.nn.depthwise_conv2d = functools.partial(_depthwise, before["depthwise_conv2d"])
        yield
    finally:
        for name, function in before.items():
            setattr(tf.nn, name, function)


def _atrous(value: Any, filters: Any, rate: int, padding: str, name: str | None = None) -> Any:
    return tf.nn.conv2d(value, filters, 1, padding, dilations=rate, name=name)


def _depthwise(
    usual: Callable[..., Any],
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    pair = [dilations] * 2 if isinstance(dilations, int) else list(dilations or (1, 1))
    if pair == [1, 1] or data_format not in (None, "NHWC") or not isinstance(padding, str):
        return usual(input, filter, strides, padding, data_format, dilations, name)
    return tf.raw_ops.DepthwiseConv2dNative(
        input=input,
        filter=filter,
        strides=list(strides),
        padding=padding,
        dilations=[1, *pair, 1],
        name=name,
    )
