"""Convert: samples of one skeleton as samples of another, with what the first cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.converters import converter, labelled_points

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
    points = converter(source, to, registry)
    labelled = _remembered(source, to, registry)
    return [
        Sample(
            image_id=sample.image_id,
            path=sample.path,
            width=sample.width,
            height=sample.height,
            keypoints=points(sample.keypoints),
            boxes=sample.boxes,
            mask=sample.mask,
            labelled=labelled(sample.labelled),
            label=_label(sample, source, to),
        )
        for sample in samples
    ]


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
