"""Checks of metrics: numbers that say more of better predictions, for every image."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hyperpose_core.build.known_skeletons import registered_skeletons
from hyperpose_core.contracts import Score
from hyperpose_core.data.humans import Human
from hyperpose_core.data.raw import RawSample
from hyperpose_core.errors import InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_plugintools.kit.arguments import needed_arguments
from hyperpose_plugintools.kit.check import Subject, UncheckedError, expect
from hyperpose_plugintools.kit.people import PERSON, samples

Found = Mapping[int | str, Sequence[Human]]


@dataclass(frozen=True)
class Trial:
    """Annotated images, predictions of different worth, and the metric with its arguments."""

    metric: Callable[[Sequence[RawSample], Found, Skeleton], Any]
    truth: Sequence[RawSample]
    skeleton: Skeleton

    def score(self, found: Found) -> Any:
        """Return what the metric says."""
        return self.metric(self.truth, found, self.skeleton)

    def first(self, found: Found) -> float:
        """Return the first number."""
        return float(next(iter(self.score(found).metrics.values())))

    def found(self, moved: float = 0.0) -> Found:
        """Return the truth as predictions, every second point moved by so many pixels."""
        result = {}
        for sample in self.truth:
            points = np.nan_to_num(sample.keypoints.astype(np.float64))
            points[..., 2] = points[..., 2] > 0
            points[:, ::2, :2] += moved
            result[sample.image_id] = [Human(p, 1.0, self.skeleton) for p in points]
        return result


def gives_numbers(subject: Subject) -> None:
    """A `Score` with at least one number, and what makes it comparable."""
    trial = _trial(subject)
    score = trial.score(trial.found())
    expect(isinstance(score, Score), "a contracts.Score", score)
    expect(score.metrics, "one number at least", score.metrics)
    for name, value in score.metrics.items():
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        expect(isinstance(name, str) and number, "numbers by name", {name: value})
    expect(score.protocol, "a protocol that says what was measured", score.protocol)


def better_is_better(subject: Subject) -> None:
    """The truth scores better than points beside it, and these no worse than nobody."""
    trial = _trial(subject)
    sign = -1 if subject.component.lower_is_better else 1
    truth, moved = (trial.first(trial.found(by)) for by in (0.0, 30.0))
    word = "smaller" if sign < 0 else "larger"
    expect(
        sign * truth > sign * moved,
        f"a {word} first number for the truth than for points 30 pixels beside it",
        f"{truth:g} and {moved:g}",
    )


def knows_empty_images(subject: Subject) -> None:
    """An image that has no predictions is one in which nobody was found, and no error."""
    trial = _trial(subject)
    empty = trial.score({})
    expect(isinstance(empty, Score), "a contracts.Score where nobody was found", empty)
    nobody = [sample for sample in trial.truth if not len(sample.keypoints)]
    score = trial.metric(nobody, {}, trial.skeleton)
    expect(isinstance(score, Score), "a contracts.Score where nobody is annotated", score)


def changes_nothing(subject: Subject) -> None:
    """Other metrics get the same predictions."""
    trial = _trial(subject)
    found = trial.found()
    before = copy.deepcopy(found)
    trial.score(found)
    same = all(
        np.array_equal(old.keypoints, new.keypoints) and old.score == new.score
        for key in before
        for old, new in zip(before[key], found.get(key, ()), strict=False)
    )
    expect(same and before.keys() == found.keys(), "the predictions to stay", "others after it")


def _trial(subject: Subject) -> Trial:
    trial: Trial = subject.once("trial", lambda: _made(subject))
    return trial


def _made(subject: Subject) -> Trial:
    """Find a skeleton that the metric is for: people's, or a registered one."""
    function = subject.load()
    metric = functools.partial(function, **needed_arguments(function, given=3))
    refused = ""
    for skeleton in (PERSON, *registered_skeletons(subject.registry)):
        trial = Trial(metric, list(samples(skeleton).values()), skeleton)
        try:
            trial.score({})
            return trial
        except InputError as error:
            refused = str(error)
    raise UncheckedError(f"it is for none of the skeletons that are installed: {refused}")


CHECKS = {
    "it returns numbers and what makes them comparable": gives_numbers,
    "better predictions score better": better_is_better,
    "images without anybody are no error": knows_empty_images,
    "it changes no predictions": changes_nothing,
}
