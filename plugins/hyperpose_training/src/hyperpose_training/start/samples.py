"""The images of a training: how they are called, and what of their annotations cannot be learnt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from hyperpose_core.contracts import Batch, Preprocessor
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_training.steps.not_finite import named

if TYPE_CHECKING:
    from hyperpose_training.feeding.source import Source


@dataclass(frozen=True)
class Images:
    """The images of a training by their numbers.

    Args:
        ids: as the dataset names them.
        poisoned: number to what of the annotation is not finite.
        seed: of the order.
    """

    source: Source
    ids: Sequence[int | str]
    poisoned: Mapping[int, str]
    seed: int

    def of(self, batch: Batch) -> list[int]:
        """Return the numbers of a batch's images."""
        counters = [tf.constant(int(counter), tf.int64) for counter in batch.counters]
        return [int(self.source.number(counter, self.seed)) for counter in counters]

    def poison(self) -> str:
        """Return a sentence on annotations that are not finite."""
        bad = [(self.ids[number], self.source.paths[number]) for number in self.poisoned]
        return (
            f"{len(bad)} of {len(self.source)} training images have annotations that are not "
            f"finite: {named(bad, [[text] for text in self.poisoned.values()])}. Mend or remove "
            f"them (a keypoint that is not annotated has visibility 0), or leave their batches out "
            f"with --skip-bad-batches N"
        )


def poisoned(samples: Sequence[Sample], skeleton: Skeleton) -> dict[int, str]:
    """Return which samples have annotations that are not finite, and what is wrong with each.

    Where a keypoint is said to be absent, its place may hold anything.
    """
    values = [np.ravel(v) for sample in samples for v in (sample.keypoints, sample.boxes)]
    if not values or np.isfinite(np.concatenate(values)).all():
        return {}
    found = (
        (number, next(_problems(sample, skeleton), "")) for number, sample in enumerate(samples)
    )
    return {number: problem for number, problem in found if problem}


def not_learned(samples: Sequence[Sample], skeleton: Skeleton, mirrored: bool) -> list[str]:
    """Return the keypoints that no sample's dataset annotates, so that no loss counts them.

    Args:
        mirrored: samples are seen mirrored too, so that left teaches right.
    """
    known = np.zeros(len(skeleton), bool)
    for sample in samples:
        known |= True if sample.labelled is None else np.asarray(sample.labelled, bool)
    if mirrored:
        known |= known[list(skeleton.flip)]
    return [name for name, there in zip(skeleton.keypoints, known, strict=True) if not there]


def _problems(sample: Sample, skeleton: Skeleton) -> Iterator[str]:
    points = np.asarray(sample.keypoints, np.float64)
    bad = ~np.isfinite(points).all(axis=-1) & ~(points[..., 2] <= 0)
    for person, number in np.argwhere(bad):
        name, values = skeleton.keypoints[number], points[person, number].tolist()
        yield f"keypoint {name} of person {person} is {values}"
    for person in np.flatnonzero(~np.isfinite(sample.boxes).all(axis=-1)):
        yield f"the box of person {person} is {np.asarray(sample.boxes)[person].tolist()}"


def check_classes(samples: Iterable[Sample], preprocessor: Preprocessor) -> None:
    """Check that images have classes where the family learns them: `label` is in its `map_names`.

    Raises:
        ConfigError: they have none, or they have some and the family learns poses.
    """
    learns = "label" in getattr(preprocessor, "map_names", ())
    wrong = next((s for s in samples if (s.label >= 0) != learns), None)
    if wrong is None:
        return
    if learns:
        raise ConfigError(
            f"the model learns classes, and {wrong.path} has none: train it on --dataset "
            f"ImageFolder, whose folders are classes, or choose another --model"
        )
    raise ConfigError(
        f"the model learns poses, and {wrong.path} has a class and no people: train --model "
        f"BackboneClassifier on this dataset, and the pose network on another one with "
        f"--backbone-weights"
    )
