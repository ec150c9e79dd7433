"""Checks of architectures: maps that fit their family, a loss that learns, weights with names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import tensorflow as tf

from hyperpose_core.build.precision import computed_in
from hyperpose_core.build.weights import assign_weights, named_weights
from hyperpose_core.contracts import Model
from hyperpose_core.errors import ConfigError
from hyperpose_core.inference.forward import Forward, trace_forward
from hyperpose_core.specs import ModelSpec
from hyperpose_plugintools.kit.backbones import expect_named
from hyperpose_plugintools.kit.bench import Bench, annotated
from hyperpose_plugintools.kit.check import Subject, UncheckedError, expect, shape_text
from hyperpose_plugintools.kit.people import standing

RATES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""Of the step that lowers the loss: one of these is small enough."""


def maps_fit(subject: Subject) -> None:
    """Number, rank and size of the maps are those of the family's targets, at two sizes."""
    for bench, model in _sizes(subject):
        names = bench.family().preprocessor.map_names
        targets = bench.targets()
        model.eval()
        maps = model.forward(bench.images(), is_train=False)
        size = f"at {bench.size[0]}x{bench.size[1]} in {bench.config.model.data_format}"
        expect(isinstance(maps, tuple), f"a tuple of maps {size}", type(maps).__name__)
        expect(len(maps) == len(names), f"{len(names)} maps ({', '.join(names)}) {size}", len(maps))
        for name, found in zip(names, maps, strict=True):
            wanted = tuple(targets[name].shape)
            if len(wanted) == 4:
                received = shape_text(tuple(found.shape))
                expect(
                    tuple(found.shape) == wanted, f"{name} {shape_text(wanted)} {size}", received
                )


def loss_is_finite(subject: Subject) -> None:
    """The loss is a finite scalar, called `loss`, in both layouts."""
    for bench, model in _sizes(subject):
        bench.loss(model, bench.targets())


def weights_have_names(subject: Subject) -> None:
    """Attributes hold every variable, and all are listed."""
    _, model = next(_sizes(subject))
    expect_named(model, "of the model")


def weights_learn(subject: Subject) -> None:
    """Every trained variable has a gradient."""
    bench, model = next(_sizes(subject))
    weights = {id(w): n for n, w in named_weights(model).items()}
    gradients = _gradients(bench, model)[1]
    pairs = zip(model.trainable_weights, gradients, strict=True)
    lost = [weights.get(id(weight), weight.name) for weight, gradient in pairs if gradient is None]
    received = f"none of {', '.join(lost[:3])}{' and others' if len(lost) > 3 else ''}"
    expect(not lost, "a gradient of each trained weight", received)


def step_lowers_loss(subject: Subject) -> None:
    """Some small step against the gradient lowers the loss."""
    bench, model = next(_sizes(subject))
    before, gradients = _gradients(bench, model)
    kept = [tf.identity(weight) for weight in model.trainable_weights]
    found = []
    for rate in RATES:
        for weight, gradient in zip(model.trainable_weights, gradients, strict=True):
            if gradient is not None:
                weight.assign_sub(rate * tf.convert_to_tensor(gradient))
        found.append(float(bench.loss(model, bench.targets())))
        for weight, value in zip(model.trainable_weights, kept, strict=True):
            weight.assign(value)
        if found[-1] < before:
            return
    expect(False, f"a loss below {before:g} after a step", f"{min(found):g} at best")


def saved_is_same(subject: Subject) -> None:
    """Another model with the same weights by name gives the same maps."""
    bench, model = next(_sizes(subject))
    images = bench.images()
    expected = _forward(subject)(images)
    other = bench.model()
    for weight in other.all_weights:
        weight.assign(tf.zeros_like(weight))
    arrays = {name: weight.numpy() for name, weight in named_weights(model).items()}
    assign_weights(named_weights(other), arrays, "the saved weights")
    pairs = zip(expected, trace_forward(other)(images), strict=True)
    far = max(float(tf.reduce_max(tf.abs(a - b))) for a, b in pairs)
    expect(far <= 1e-5, "the same maps from the saved weights", f"maps {far:g} apart")


def is_independent_of_batch(subject: Subject) -> None:
    """In evaluation an image's maps do not depend on the images beside it."""
    bench, _ = next(_sizes(subject))
    forward, images = _forward(subject), bench.images()
    for both, alone in zip(forward(images), forward(images[:1]), strict=True):
        far = float(tf.reduce_max(tf.abs(both[:1] - alone)))
        near = far <= 1e-4 * max(1.0, float(np.abs(both).max()))
        expect(near, "an image's maps to be the same in any batch", f"maps {far:g} apart")


def traces_in_bfloat16(subject: Subject) -> None:
    """What `model.precision=bfloat16` exchanges does not stop it from being traced."""
    bench, model = next(_sizes(subject))
    model.eval()
    with computed_in("bfloat16"):
        forward = tf.function(lambda images: model.forward(images, is_train=False))
        forward.get_concrete_function(bench.images())


def mask_hides(subject: Subject) -> None:
    """Where the mask is 0 and nobody is annotated nothing is learned: people may be there."""
    bench, model = next(_sizes(subject))
    for target, gradient in _map_gradients(bench, model, bench.targets(people=(0, 0), mask=0.0)):
        far = float(np.abs(gradient).max())
        expect(far == 0, f"a gradient of exactly 0 in the maps of {target}", f"{far:g}")


def unlabelled_is_unknown(subject: Subject) -> None:
    """What a dataset does not annotate is in no loss: its channels have a gradient of exactly 0."""
    bench, model = next(_sizes(subject))
    own = getattr(bench.family().preprocessor, "own_keypoints", ())
    point = next(i for i, n in enumerate(bench.skeleton.keypoints) if n not in own)
    labelled = tf.constant([i != point for i in range(len(bench.skeleton))])
    gradients = _map_gradients(bench, model, bench.targets(labelled=labelled))
    channels = _channels_of(bench, point)
    expect(channels, "targets that depend on a keypoint", "none that does")
    name = bench.skeleton.keypoints[point]
    for target, gradient in gradients:
        if target in channels:
            far = float(np.abs(gradient[..., channels[target]]).max())
            wanted = f"a gradient of exactly 0 in the channels of {target} that {name} is in"
            expect(far == 0, wanted, f"{far:g}")


def _channels_of(bench: Bench, point: int) -> dict[str, Any]:
    """Return by target which channels change where a keypoint is taken out."""
    preprocessor = bench.family().preprocessor
    people = standing(2, bench.skeleton, bench.size)
    without = people.copy()
    without[:, point] = 0
    boxes = annotated(people, bench.size)[1:]  # the same: only the keypoint differs
    seen, gone = (preprocessor.encode(tf.constant(p), *boxes) for p in (people, without))
    found = {}
    for name in preprocessor.map_names:
        if name in seen and len(seen[name].shape) == 3:
            changed = np.abs(np.asarray(seen[name]) - np.asarray(gone[name])).max((0, 1)) > 0
            if changed.any():
                found[name] = changed
    return found


def _map_gradients(
    bench: Bench, model: Model, targets: dict[str, tf.Tensor]
) -> list[tuple[str, Any]]:
    """Return the gradients of the loss by each map `[N, h, w, C]`, with the name of its target, and
    by those of each stage that the loss sees.

    Raises:
        UncheckedError: the family's targets are not those of its maps.
    """
    preprocessor = bench.family().preprocessor
    if not set(preprocessor.map_names) <= set(targets) - {"label"}:
        raise UncheckedError("the family's maps are not made by encode")
    model.train()
    # Cut off from the network: the maps of one stage are the input of the next.
    outputs = tf.nest.map_structure(tf.stop_gradient, model.forward(bench.images(), is_train=True))
    count = len(preprocessor.map_names)
    maps = [
        (name, found)
        for name, output in zip(preprocessor.map_names, outputs, strict=False)
        for found in [output, *_of_shape(outputs[count:], output)]
    ]
    with tf.GradientTape(persistent=True) as tape:
        for _, found in maps:
            tape.watch(found)
        loss = preprocessor.losses(model, outputs, targets)["loss"]
    gradients = [(name, tape.gradient(loss, found)) for name, found in maps]
    known = [(name, found.numpy()) for name, found in gradients if found is not None]
    expect(known, "a loss that depends on the maps", "none")
    return known


def _of_shape(value: Any, like: tf.Tensor) -> Iterator[tf.Tensor]:
    """Yield the maps of one shape in what a model returns for its loss, however nested."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _of_shape(item, like)
    elif tf.is_tensor(value) and value.shape == like.shape:
        yield value


def _forward(subject: Subject) -> Forward:
    _, model = next(_sizes(subject))
    return cast(Forward, subject.once("forward", lambda: trace_forward(model)))


def _gradients(bench: Bench, model: Model) -> tuple[float, list[Any]]:
    with tf.GradientTape() as tape:
        loss = bench.loss(model, bench.targets())
    return float(loss), tape.gradient(loss, model.trainable_weights)


def _sizes(subject: Subject) -> Iterator[tuple[Bench, Model]]:
    """Yield the model at two sizes in channels_last and, where it has it, in channels_first."""
    spec = cast(ModelSpec, subject.spec)

    def bench() -> Bench:
        return Bench.of(spec, subject.name, subject.registry, subject.config)

    first: Bench = subject.once("bench", bench)
    model = subject.once("model", first.model)
    yield first, model
    yield first.resized(2), model
    turned = first.resized(0, "channels_first")
    try:
        yield turned, subject.once("channels_first", turned.model)
    except ConfigError:
        return  # it says that it knows only channels_last, as it may


CHECKS = {
    "its maps are those of its family": maps_fit,
    "its loss is a finite scalar": loss_is_finite,
    "its weights have names": weights_have_names,
    "its weights learn": weights_learn,
    "a step lowers its loss": step_lowers_loss,
    "saved and loaded it is the same": saved_is_same,
    "its maps do not depend on the batch": is_independent_of_batch,
    "it can be traced in bfloat16": traces_in_bfloat16,
    "it learns nothing where nobody is annotated and the mask is 0": mask_hides,
    "it learns nothing of unlabelled keypoints": unlabelled_is_unknown,
}
