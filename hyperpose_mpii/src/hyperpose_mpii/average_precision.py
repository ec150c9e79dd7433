"""AP of joints of several people: what is found where nobody is counts against a model.

The protocol is that of MPII Multi-Person (Pishchulin and others, DeepCut, 2016) as its authors
publish it: a prediction belongs to the person of whom it has the largest share of joints within
half a head size; of those that belong to the same person the one with the largest share is
matched, of equals the surer one. Every joint of every other prediction is a false positive. AP of
a joint is the area under its precision, made monotonous, over recall, by the scores of the joints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hyperpose_scores.pck import Floats, point_errors

THRESHOLD = 0.5
"""Of the head size."""


@dataclass
class JointDetections:
    """Joints that were predicted, over any number of images.

    Args:
        joints: K.
    """

    joints: int
    _scores: list[Floats] = field(default_factory=list)
    _right: list[NDArray[np.bool_]] = field(default_factory=list)
    _annotated: NDArray[np.int64] | None = None

    def add(
        self,
        people: Sequence[NDArray[np.float32]],
        scores: Sequence[float],
        truth: NDArray[np.float32],
        lengths: Floats,
        hidden: NDArray[np.float32],
    ) -> None:
        """Add one image.

        Args:
            people: `[K, 3]` each: x, y, score of the joint, 0 where it was not found.
            scores: of the people; larger is surer.
            truth: `[P, K, 3]`.
            lengths: `[P]` head sizes, more than 0, pixels.
            hidden: `[H, 4]` boxes with people whose joints nobody annotated: predictions that are
                matched to nobody and lie in them count neither way.
        """
        counts = (truth[..., 2] > 0).sum(axis=0)
        self._annotated = counts if self._annotated is None else self._annotated + counts
        # The surer first: of equal shares `argmax` takes the first.
        order = sorted(range(len(people)), key=lambda n: -scores[n])
        points = [np.asarray(people[n], float) for n in order]
        near = [_near(person, truth, lengths) for person in points]
        matches = _matches(near, truth)
        for n, person in enumerate(points):
            match = matches.get(n)
            if match is None and _inside(person, hidden):
                continue
            right = np.zeros(self.joints, bool) if match is None else near[n][match]
            self._scores.append(np.where(person[:, 2] > 0, person[:, 2], np.nan))
            self._right.append(right)

    def average_precision(self) -> Floats:
        """Return AP by joint, `[K]` in percent; NaN for a joint that is annotated nowhere."""
        if self._annotated is None:
            return np.full(self.joints, np.nan)
        scores = np.array(self._scores).reshape(-1, self.joints)
        right = np.array(self._right, bool).reshape(-1, self.joints)
        columns = zip(scores.T, right.T, self._annotated, strict=True)
        return np.array([_area(*column) for column in columns])


def _near(person: Floats, truth: NDArray[np.float32], lengths: Floats) -> NDArray[np.bool_]:
    """Return `[P, K]`: which joints of each true person a prediction has."""
    errors = point_errors(np.broadcast_to(person, (len(truth), *person.shape)), truth)
    with np.errstate(invalid="ignore"):
        return errors <= THRESHOLD * lengths[:, None]


def _matches(near: Sequence[NDArray[np.bool_]], truth: NDArray[np.float32]) -> dict[int, int]:
    """Return the number of the true person by the number of the prediction."""
    if not near or not len(truth):
        return {}
    annotated = np.maximum((truth[..., 2] > 0).sum(axis=1), 1)
    counts = np.stack([n.sum(axis=1) for n in near])
    # The small part decides between equal shares, for the person with more joints.
    shares = counts / annotated + 1e-9 * counts
    best = shares.argmax(axis=1)
    shares[np.arange(len(truth))[None] != best[:, None]] = 0
    return {
        int(n): person for person, n in enumerate(shares.argmax(axis=0)) if shares[n, person] > 0
    }


def _inside(person: Floats, boxes: NDArray[np.float32]) -> bool:
    """Say whether at least half of the found joints are in boxes."""
    found = person[person[:, 2] > 0, :2]
    if not len(found) or not len(boxes):
        return False
    low, high = boxes[None, :, :2], boxes[None, :, :2] + boxes[None, :, 2:]
    inside = np.all((found[:, None] >= low) & (found[:, None] <= high), axis=2)
    return bool(np.any(inside, axis=1).mean() >= 0.5)


def _area(scores: Floats, right: NDArray[np.bool_], annotated: int) -> float:
    if not annotated:
        return float("nan")
    found = ~np.isnan(scores)
    order = np.argsort(-scores[found], kind="stable")
    hits = np.cumsum(right[found][order])
    recall = np.concatenate([[0.0], hits / annotated])
    precision = hits / np.arange(1, len(hits) + 1)
    highest = np.maximum.accumulate(precision[::-1])[::-1]
    return 100.0 * float(np.sum(np.diff(recall) * highest))
