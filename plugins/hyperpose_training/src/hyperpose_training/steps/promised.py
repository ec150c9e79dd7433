"""What a model and its family promise of a step, seen when the step is traced, before the first."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import tensorflow as tf

from hyperpose_core.build.weights import named_weights
from hyperpose_core.contracts import Model, Preprocessor, Tensors
from hyperpose_core.support.promises import broken, calling, owner
from hyperpose_training.steps.autograph import as_written, converted

Check = Callable[[Any, Sequence[Any], Any], None]


def forward(model: Model, images: tf.Tensor) -> tuple[Any, ...]:
    """Return what a model's forward returns for training.

    Raises:
        PluginError: it fails, or its backbone; it returns no tuple, or uses weights that it does
            not hold, which are neither trained nor saved.
    """
    backbone = getattr(model, "backbone", None)
    features = watched(backbone, "forward", _check_features if owner(backbone) else None)
    with tf.GradientTape() as tape, features, calling(model, "forward"):
        outputs = converted(model.forward)(images, is_train=True)
    if not isinstance(outputs, tuple | list):
        raise broken(model, "forward", "a tuple of maps", type(outputs).__name__)
    held = {id(weight) for weight in named_weights(model).values()}
    if lost := [weight for weight in tape.watched_variables() if id(weight) not in held]:
        promised = "weights that attributes of the model hold"
        came = f"{lost[0].name} {list(lost[0].shape)}, which is neither trained nor saved"
        raise broken(model, "forward", promised, f"{came}: make it an attribute")
    return tuple(outputs)


def check_maps(
    model: Model, preprocessor: Preprocessor, outputs: Sequence[Any], targets: Tensors
) -> None:
    """Raise PluginError where a model's maps are not as many, or as large, as the targets."""
    names = getattr(preprocessor, "map_names", ())
    if len(outputs) < len(names):
        raise broken(model, "forward", f"{len(names)} maps ({', '.join(names)})", len(outputs))
    for name, found in zip(names, outputs, strict=False):
        wanted = targets[name].shape if name in targets else tf.TensorShape(None)
        shape = getattr(found, "shape", type(found).__name__)
        if wanted.rank == 4 and not wanted.is_compatible_with(shape):
            raise broken(model, "forward", f"{name} {_text(wanted)}", _text(shape))


def losses(
    model: Model, preprocessor: Preprocessor, outputs: Sequence[Any], targets: Tensors
) -> dict[str, tf.Tensor]:
    """Return the losses by name.

    Raises:
        PluginError: the model's `cal_loss` or the family's `losses` fails, or returns no scalars.
    """
    with watched(model, "cal_loss", _check_loss) as returned, calling(preprocessor, "losses"):
        found = converted(preprocessor.losses)(model, outputs, targets)
    if not isinstance(found, Mapping) or "loss" not in found:
        names = list(found) if isinstance(found, Mapping) else type(found).__name__
        raise broken(preprocessor, "losses", "scalars by name, one called 'loss'", names)
    for name, value in found.items():
        if getattr(value, "shape", None) != ():
            its_own = any(value is part for part in tf.nest.flatten(returned))
            thing, method = (model, "cal_loss") if its_own else (preprocessor, "losses")
            came = _text(getattr(value, "shape", type(value).__name__))
            raise broken(thing, method, f"a scalar for {name!r}", came)
    return dict(found)


@contextlib.contextmanager
def watched(thing: Any, method: str, check: Check | None = None) -> Iterator[list[Any]]:
    """Yield a list that gets what a method returns inside, whose errors say whose it is.

    Args:
        check: is given the thing, the arguments and what was returned.
    """
    seen: list[Any] = []
    if thing is None or not hasattr(thing, "__dict__") or not hasattr(thing, method):
        yield seen
        return
    own, function = vars(thing), converted(getattr(thing, method))
    before = own.get(method)

    @as_written
    def recorded(*arguments: Any, **keywords: Any) -> Any:
        with calling(thing, method):
            returned = function(*arguments, **keywords)
        if check:
            check(thing, arguments, returned)
        seen.append(returned)
        return returned

    own[method] = recorded
    try:
        yield seen
    finally:
        del own[method]
        if before is not None:
            own[method] = before


def _check_features(backbone: Any, arguments: Sequence[Any], features: Any) -> None:
    """See that a backbone has the channels and the stride that it says."""
    shape = getattr(features, "shape", None)
    if shape is None:
        raise broken(backbone, "forward", "a tensor [N, h, w, C]", type(features).__name__)
    height, width = arguments[0].shape[1:3] if arguments else (None, None)
    cells = [side and -(-side // backbone.stride) for side in (height, width)]
    wanted = tf.TensorShape([None, *cells, backbone.out_channels])
    if not wanted.is_compatible_with(shape):
        promised = f"stride {backbone.stride} and out_channels {backbone.out_channels}"
        came = f"{_text(shape)} of an input {_text(arguments[0].shape)}"
        raise broken(backbone, "forward", f"{_text(wanted)} for {promised}", came)


def _check_loss(model: Any, arguments: Sequence[Any], returned: Any) -> None:
    if returned is None:
        raise broken(model, "cal_loss", "a loss", None)


def _text(shape: Any) -> str:
    """Return a shape as messages have it, without the batch's size."""
    if not isinstance(shape, tf.TensorShape) or shape.rank is None:
        return str(shape)
    return f"[{', '.join('N' if i == 0 else str(n) for i, n in enumerate(shape))}]"
