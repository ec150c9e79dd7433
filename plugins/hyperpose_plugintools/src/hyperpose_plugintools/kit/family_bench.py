"""Where a family is checked: its functions, on a skeleton and in an image that suit it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from hyperpose_core.build.skeleton import model_skeleton, model_stride
from hyperpose_core.contracts import Postprocessor, Preprocessor
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.specs import ModelSpec
from hyperpose_core.support.names import normalize
from hyperpose_plugintools.kit.bench import Size
from hyperpose_plugintools.kit.check import Subject
from hyperpose_plugintools.kit.people import PERSON, Floats, standing

SHORTEST, RADIUS = 320, 60.0
"""Of the image, and of a person: pixels."""


def _model(subject: Subject) -> ModelSpec | None:
    """Return the first architecture of the family; one of the same plugin comes first."""
    family = normalize(subject.component.family)
    specs = [*subject.record.specs, *subject.registry.specs("model")]
    models = [spec for spec in specs if isinstance(spec, ModelSpec)]
    return next((spec for spec in models if normalize(spec.family) == family), None)


def skeleton_of(subject: Subject) -> Skeleton:
    """Return the skeleton of that architecture, or people's."""
    spec = _model(subject)
    own = [model_skeleton(spec, name) for name in spec.skeletons] if spec else []
    return next((skeleton for skeleton in own if skeleton is not None), PERSON)


def stride_of(subject: Subject) -> int:
    """Return how many pixels a cell has."""
    spec = _model(subject)
    chosen = replace(subject.config.model, type=spec.name) if spec else None
    return model_stride(chosen, subject.registry) if chosen else 8


def size_of(subject: Subject) -> Size:
    """Return width and height of the image in pixels, multiples of the stride."""
    stride = stride_of(subject)
    shorter = -(-SHORTEST // stride) * stride
    return 2 * shorter, shorter


def people_of(subject: Subject, count: int) -> Floats:
    """Return so many people in that image, `[count, K, 3]`."""
    return standing(count, skeleton_of(subject), size_of(subject), RADIUS)


def _arguments(subject: Subject) -> dict[str, Any]:
    options = subject.config.model.options
    return {"skeleton": skeleton_of(subject), "stride": stride_of(subject), "options": options}


def preprocessor_of(subject: Subject, size: Size | None = None) -> Preprocessor:
    """Return the preprocessor, or that of the same family, for an image of a size."""
    size = size or size_of(subject)

    def make() -> Preprocessor:
        factory = _of_family(subject, "preprocessor")
        return cast(Preprocessor, factory(input_size=size, **_arguments(subject)))

    return cast(Preprocessor, subject.once(f"preprocessor {size}", make))


def postprocessor_of(subject: Subject) -> Postprocessor:
    """Return the postprocessor, or that of the same family."""

    def make() -> Postprocessor:
        return cast(Postprocessor, _of_family(subject, "postprocessor")(**_arguments(subject)))

    return cast(Postprocessor, subject.once("postprocessor", make))


def _of_family(subject: Subject, kind: str) -> Any:
    """Load what is checked itself, or what serves the same family."""
    if subject.kind == kind:
        return subject.load()
    return subject.registry.for_family(kind, subject.component.family)
