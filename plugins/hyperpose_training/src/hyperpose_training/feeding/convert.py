"""Convert: samples of one skeleton as samples of another, with what the first cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.converters import (
    Converter,
    Keypoints,
    converter,
    labelled_points,
)

if TYPE_CHECKING:
    from hyperpose_core.registry import Registry

Labelled = NDArray[np.bool_] | None


def convert_samples(
    samples: Iterable[Sample], source: Skeleton, to: Skeleton, registry: Registry | None = None
) -> list[Sample]:
    """Return samples in another skeleton; errors as `converters.convert`.

    A keypoint that `source` neither has nor can derive is not `labelled` in the result; None where
    all are. Fields that a dataset adds to `Sample` are left out.

    Raises:
        DataError: an image's class is none of `to`.
    """
    samples = list(samples)
    points = _converted(samples, converter(source, to, registry))
    labelled = _remembered(source, to, registry)
    return [
        _Converted(
            image_id=sample.image_id,
            path=sample.path,
            width=sample.width,
            height=sample.height,
            keypoints=keypoints,
            boxes=sample.boxes,
            labelled=labelled(sample.labelled),
            label=_label(sample, source, to),
            origin=sample,
        )
        for sample, keypoints in zip(samples, points, strict=True)
    ]


@dataclass
class _Converted(Sample):
    """A sample whose mask is that of another, which may make it only when asked for."""

    origin: Sample | None = None

    @property  # type: ignore[misc]
    def mask(self) -> bytes | None:
        """Where the loss counts."""
        given: bytes | None = self.__dict__.get("given_mask")
        return self.origin.mask if given is None and self.origin is not None else given

    @mask.setter
    def mask(self, value: bytes | None) -> None:
        self.__dict__["given_mask"] = value


def _converted(samples: Sequence[Sample], points: Converter) -> list[Keypoints]:
    """Convert everybody at once, which takes a small part of the time of one image at a time."""
    given = [np.asarray(sample.keypoints, np.float32) for sample in samples]
    if len({people.shape[1:] for people in given}) != 1:
        return [points(people) for people in given]
    ends = np.cumsum([0, *map(len, given)]).tolist()
    everybody = points(np.concatenate(given))
    return [everybody[first:last] for first, last in pairwise(ends)]


def _label(sample: Sample, source: Skeleton, to: Skeleton) -> int:
    """Return the number that the class of an image has in the other skeleton; -1 for none."""
    if sample.label < 0 or source == to:
        return sample.label
    name = source.keypoints[sample.label]
    if name not in to.keypoints:
        raise DataError(
            f"{sample.path} is of the class {name!r}, which the model does not have: it has "
            f"{len(to)}, such as {', '.join(to.keypoints[:3])}; take the class out, or train anew"
        )
    return to.index(name)


def _remembered(
    source: Skeleton, to: Skeleton, registry: Registry | None
) -> Callable[[Labelled], Labelled]:
    """Return the conversion of `Sample.labelled`, which asks once for each of its values."""
    known: dict[bytes | None, Labelled] = {}

    def labelled(given: Labelled) -> Labelled:
        key = None if given is None else np.asarray(given, bool).tobytes()
        if key not in known:
            result = labelled_points(source, to, registry, given)
            known[key] = None if result.all() else result
        return known[key]

    return labelled
