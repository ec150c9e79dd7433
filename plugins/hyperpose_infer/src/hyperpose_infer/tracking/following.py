"""Following: tracking and smoothing of one source, as `--track` and `--smooth` ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hyperpose_core.data.humans import Human
from hyperpose_infer.people import Person
from hyperpose_infer.tracking.one_euro import OneEuro
from hyperpose_infer.tracking.tracker import Tracker


class Following:
    """Numbers the people of a source's frames, and smooths their keypoints.

    Args:
        track: give numbers; without, people have none.
        smooth: smooth too, which needs to know who is who.
    """

    def __init__(self, track: bool = False, smooth: bool = False) -> None:
        self.smooth = smooth
        self._tracker = Tracker() if track or smooth else None
        self._filters: dict[int, OneEuro] = {}

    def __call__(self, humans: Sequence[Human], time: float) -> list[Person]:
        """Return the people of the next frame, at its time in seconds."""
        if self._tracker is None:
            return [Person(human) for human in humans]
        numbers = self._tracker(humans, time)
        if self.smooth:
            kept = {track.number for track in self._tracker.tracks}
            self._filters = {n: self._filters.get(n) or OneEuro() for n in sorted(kept)}
            humans = [self._smoothed(h, n, time) for h, n in zip(humans, numbers, strict=True)]
        return [Person(human, number) for human, number in zip(humans, numbers, strict=True)]

    def _smoothed(self, human: Human, number: int, time: float) -> Human:
        points = self._filters[number](human.keypoints, time)
        return replace(human, keypoints=points.astype(np.float32))
