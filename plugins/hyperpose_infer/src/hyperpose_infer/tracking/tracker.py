"""The tracker: people keep their numbers from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.humans import Human
from hyperpose_core.errors import InputError
from hyperpose_infer.tracking.similarity import sigmas_of, similarity

LEAST_SIMILARITY = 0.1
"""Of OKS: below it two poses are two people."""
KEEP = 1.0
"""Seconds for which somebody who is not seen is remembered."""
_MEMORY = 0.2
"""Seconds over which somebody's speed is averaged: one pose that is half another's does not turn
them round."""


@dataclass
class Track:
    """Somebody who was seen.

    Args:
        number: theirs, from 1.
        pose: `[K, 3]`, as last seen.
        seen: when, in seconds.
        speed: `[2]`, in pixels a second.
        steps: of how many pairs of poses it is made.
    """

    number: int
    pose: NDArray[np.float64]
    seen: float
    speed: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    steps: int = 0

    def expected(self, time: float) -> NDArray[np.float64]:
        """Return the pose at another time: moved on as the person moved."""
        there = self.pose[:, 2:] > 0
        moved = self.pose.copy()
        moved[:, :2] += np.where(there, self.speed * (time - self.seen), 0.0)
        return moved

    def follow(self, pose: NDArray[np.float64], time: float) -> None:
        """Take a new pose for that of this person."""
        both = (self.pose[:, 2] > 0) & (pose[:, 2] > 0)
        passed = time - self.seen
        if both.any() and passed > 0:
            speed = (pose[both, :2] - self.pose[both, :2]).mean(axis=0) / passed
            self.steps += 1
            share = max(1 / self.steps, 1 - np.exp(-passed / _MEMORY))
            self.speed = (1 - share) * self.speed + share * speed
        self.pose, self.seen = pose, time


class Tracker:
    """Gives people numbers that they keep.

    Each frame's people are assigned to those of the frames before, where these should be by now,
    so that the sum of their similarities is the largest (`scipy.optimize.linear_sum_assignment`).
    Who is like nobody gets the next number; numbers are not given twice.

    Args:
        keep: for how many seconds somebody who is not seen is remembered.

    Raises:
        InputError: scipy cannot be imported.
    """

    def __init__(self, keep: float = KEEP) -> None:
        try:
            from scipy.optimize import linear_sum_assignment
        except ImportError as error:
            raise InputError(f"tracking needs scipy ({error}): pip install scipy") from error
        self._assign = linear_sum_assignment
        self.keep = keep
        self.tracks: list[Track] = []
        self._numbers = 0

    def __call__(self, humans: Sequence[Human], time: float) -> list[int]:
        """Return the number of each person of a frame.

        Args:
            time: of the frame, in seconds, later than the last one's.
        """
        self.tracks = [track for track in self.tracks if time - track.seen <= self.keep]
        poses = [np.asarray(human.keypoints, np.float64) for human in humans]
        known = self._assigned(humans, poses, time)
        for index, pose in enumerate(poses):
            if index in known:
                known[index].follow(pose, time)
            else:
                self._numbers += 1
                known[index] = Track(self._numbers, pose, time)
                self.tracks.append(known[index])
        return [known[index].number for index in range(len(poses))]

    def _assigned(
        self, humans: Sequence[Human], poses: Sequence[NDArray[np.float64]], time: float
    ) -> dict[int, Track]:
        if not self.tracks or not humans:
            return {}
        expected = np.stack([track.expected(time) for track in self.tracks])
        alike = similarity(expected, np.stack(poses), sigmas_of(humans[0].skeleton))
        alike[alike < LEAST_SIMILARITY] = 0
        pairs = zip(*self._assign(alike, maximize=True), strict=True)
        return {int(index): self.tracks[t] for t, index in pairs if alike[t, index] > 0}
