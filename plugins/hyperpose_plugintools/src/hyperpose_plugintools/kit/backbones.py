"""Checks of backbones: the stride and the channels that they state, weights that learn."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import tensorflow as tf

from hyperpose_core.build.weights import children_of, named_weights
from hyperpose_core.errors import InputError
from hyperpose_plugintools.kit.check import Subject, expect, shape_text

NARROW = 0.25
CELLS = (3, 2)
"""Cells across and down of the features that are looked at."""


def keeps_stride(subject: Subject) -> None:
    """Each stride of the spec and each width gives features of the size and channels it states."""
    for stride, width, backbone in _backbones(subject):
        at = f"at stride {stride} and width {width:g}"
        stated = (getattr(backbone, "stride", None), getattr(backbone, "out_channels", None))
        expect(stated[0] == stride, f"the attribute stride = {stride} {at}", stated[0])
        expect(isinstance(stated[1], int), f"a whole number out_channels {at}", stated[1])
        shape = tuple(backbone.forward(_images(stride)).shape)
        wanted = (2, *CELLS[::-1], backbone.out_channels)
        expect(shape == wanted, f"features {shape_text(wanted)} {at}", shape_text(shape))


def refuses_other_strides(subject: Subject) -> None:
    """The architectures ask for what they need and hear that it is not there."""
    other = next(s for s in (2, 3, 5, 7) if s not in subject.component.strides)
    try:
        subject.load()(stride=other)
    except InputError:
        return
    expect(False, f"an InputError for stride {other}, which the spec does not list", "a backbone")


def weights_learn(subject: Subject) -> None:
    """Attributes hold every variable, and every trained one has a gradient."""
    for stride, width, backbone in _backbones(subject):
        at = f"at stride {stride} and width {width:g}"
        with tf.GradientTape() as tape:
            features = backbone.forward(_images(stride))
            loss = tf.reduce_sum(tf.square(features - 0.1))
        expect_named(backbone, at)
        weights = backbone.trainable_weights
        gradients = tape.gradient(loss, weights)
        lost = [w.name for w, g in zip(weights, gradients, strict=True) if g is None]
        expect(not lost, f"a gradient of each weight {at}", f"none of {', '.join(lost[:3])}")


def expect_named(network: Any, at: str) -> None:
    """See that attributes hold each variable: others are neither trained nor saved by name."""
    names = named_weights(network)
    nameless = [name for name in names if name.startswith("weight_")]
    received = f"{len(nameless)} of {len(names)} that none holds"
    expect(not nameless, f"an attribute that holds each variable {at}", received)
    held, listed = {id(v) for v in _held(network)}, {id(v) for v in network.all_weights}
    received = f"{len(held - listed)} that it leaves out, and no step would train or save"
    expect(held <= listed, f"every variable in all_weights {at}", received)


def _held(network: Any) -> list[tf.Variable]:
    """Return the variables that attributes hold, found as names are found."""
    found: list[tf.Variable] = []
    seen: set[int] = set()
    left = [network]
    while left:
        value = left.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, tf.Variable):
            found.append(value)
        elif not isinstance(value, str | bytes | np.ndarray | tf.Tensor | SimpleNamespace):
            left += [child for _, child in children_of(value)]
    return found


def is_independent_of_batch(subject: Subject) -> None:
    """In evaluation an image's features do not depend on the images beside it."""
    for stride, width, backbone in _backbones(subject):
        if callable(mode := getattr(backbone, "_set_mode_for_layers", None)):
            mode(False)
        images = _images(stride)
        both = backbone.forward(images).numpy()
        alone = backbone.forward(images[:1]).numpy()
        far = float(np.abs(both[:1] - alone).max())
        near = far <= 1e-4 * max(1.0, float(np.abs(both).max()))
        at = f"at stride {stride} and width {width:g}"
        expect(near, f"an image's features {at} to be the same in any batch", f"{far:g} apart")


def _backbones(subject: Subject) -> Iterator[tuple[int, float, Any]]:
    """Yield the backbone at each stride, narrow where it can be, which is quick; once at width 1.

    A backbone of one size has no argument `width`.
    """
    factory = subject.load()
    widths = [NARROW] if "width" in inspect.signature(factory).parameters else [1.0]
    for stride in subject.component.strides:
        for width in (1.0, *widths) if stride == min(subject.component.strides) else widths:
            given = {"stride": stride} if width == 1.0 else {"stride": stride, "width": width}
            make = functools.partial(factory, **given)
            yield stride, width, subject.once(str(given), make)


def _images(stride: int) -> tf.Tensor:
    across, down = (cells * stride for cells in CELLS)
    return tf.random.stateless_uniform([2, down, across, 3], [1, 2]) - 0.5


CHECKS = {
    "it has the stride and channels that it states": keeps_stride,
    "it refuses strides that it does not have": refuses_other_strides,
    "its weights have names and learn": weights_learn,
    "its features do not depend on the batch": is_independent_of_batch,
}
