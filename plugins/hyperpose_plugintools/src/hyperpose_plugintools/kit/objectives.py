"""Checks of objectives: finite losses, variables that learn, images that count as they should."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from hyperpose_core.config.calls import ObjectiveCall
from hyperpose_core.data.samples import Sample
from hyperpose_core.support.names import normalize
from hyperpose_plugintools.kit.arguments import needed_arguments
from hyperpose_plugintools.kit.bench import loss_of
from hyperpose_plugintools.kit.check import Subject, expect, shape_text
from hyperpose_plugintools.kit.net import CHANNELS, Net
from hyperpose_plugintools.kit.people import PERSON

CELLS = 6


def has_losses(subject: Subject) -> None:
    """Losses by name, scalars, finite at the beginning and at the end of a training."""
    for progress in (0.0, 1.0):
        losses = _losses(subject, _features(), progress)
        loss_of(losses)
        for name, value in losses.items():
            fits = tf.is_tensor(value) and value.shape.rank == 0 and np.isfinite(float(value))
            expect(fits, f"a finite scalar {name} when {progress:.0%} is done", value)


def can_be_traced(subject: Subject) -> None:
    """The train step is traced once: what is decided in Python is decided for good."""
    traced = tf.function(lambda features, progress: _losses(subject, features, progress))
    for progress in (0.0, 0.5, 1.0):
        one = _losses(subject, _features(), progress)["loss"]
        other = traced(_features(), tf.constant(progress))["loss"]
        same = np.allclose(one, other, rtol=1e-4, atol=1e-6)
        expect(same, f"the loss {float(one):g} when {progress:.0%} is done, traced too", other)


def variables_learn(subject: Subject) -> None:
    """Its variables are named tf.Variables, each of which gets a gradient."""
    variables = _made(subject).variables
    fits = isinstance(variables, Mapping) and all(
        isinstance(name, str) and isinstance(variable, tf.Variable)
        for name, variable in variables.items()
    )
    expect(fits, "variables: tf.Variables by name", variables)
    with tf.GradientTape() as tape:
        loss = _losses(subject, _features(), 0.5)["loss"]
    trained = {name: variable for name, variable in variables.items() if variable.trainable}
    gradients = tape.gradient(loss, list(trained.values()))
    lost = [name for name, g in zip(trained, gradients, strict=True) if g is None]
    expect(not lost, "a gradient of each variable", f"none of {', '.join(lost)}")


def samples_count_right(subject: Subject) -> None:
    """Its images are in the model's skeleton; of one that nobody annotated nothing counts."""
    for sample in _made(subject).samples(PERSON):
        expect(isinstance(sample, Sample), "Samples", sample)
        shape = tuple(sample.keypoints.shape)
        people = len(sample.boxes)
        wanted = (people, len(PERSON), 3)
        expect(shape == wanted, f"keypoints {shape_text(wanted)}", f"keypoints {shape_text(shape)}")
        if not people:
            mask = None if sample.mask is None else _picture(sample.mask)
            nothing = mask is not None and not mask.any()
            where = f"the image {sample.image_id!r}, which nobody annotated"
            expect(nothing, f"a mask that is 0 everywhere for {where}", "another mask")


def _picture(mask: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(mask, np.uint8), cv2.IMREAD_UNCHANGED)


def _made(subject: Subject) -> Any:
    return subject.once("objective", lambda: _make(subject))


def _make(subject: Subject) -> Any:
    """Make it with the arguments of `train.objectives`, where the settings name it."""
    names = {normalize(subject.name), normalize(subject.component.name)}
    given = [c for c in subject.config.train.objectives if normalize(c.name) in names]
    arguments = given[0].arguments if given else needed_arguments(subject.load(), given=2)
    call = ObjectiveCall(subject.name, arguments)
    return subject.registry.bind(call, given=2)(Net(), subject.config)


def _features() -> tf.Tensor:
    return tf.random.stateless_uniform([2, CELLS, CELLS, CHANNELS], [5, 6])


def _losses(subject: Subject, features: tf.Tensor, progress: Any) -> Any:
    targets = {"label": tf.constant([0, 1]), "mask": tf.ones([2, CELLS, CELLS, 1])}
    progress = tf.convert_to_tensor(progress, tf.float32)
    return _made(subject).losses(features, targets, progress)


CHECKS = {
    "its losses are finite scalars": has_losses,
    "it can be traced": can_be_traced,
    "its variables learn": variables_learn,
    "its images count as they should": samples_count_right,
}
