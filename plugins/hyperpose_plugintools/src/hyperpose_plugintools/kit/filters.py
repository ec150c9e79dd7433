"""Checks of filters: an answer for every image, the same each time, and nothing changed."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from hyperpose_core.data.samples import Sample
from hyperpose_plugintools.kit.arguments import needed_arguments
from hyperpose_plugintools.kit.check import Subject, expect
from hyperpose_plugintools.kit.people import samples


def answers(subject: Subject) -> None:
    """Every image gets True or False."""
    keeps = _filter(subject)
    for text, sample in samples().items():
        answer = keeps(sample)
        expect(
            isinstance(answer, bool | np.bool_), f"True or False for an image with {text}", answer
        )


def is_steady(subject: Subject) -> None:
    """Which images a training has does not change between two looks."""
    keeps = _filter(subject)
    for text, sample in samples().items():
        found = [bool(keeps(sample)) for _ in range(3)]
        expect(len(set(found)) == 1, f"one answer for an image with {text}", found)


def changes_nothing(subject: Subject) -> None:
    """What a filter sees goes on to the training."""
    keeps = _filter(subject)
    for text, sample in samples().items():
        before = copy.deepcopy(sample)
        keeps(sample)
        changed = [name for name in vars(before) if _differs(before, sample, name)]
        expect(
            not changed,
            f"an image with {text} to stay as it is",
            f"another {', another '.join(changed)}",
        )


def _filter(subject: Subject) -> Callable[[Sample], Any]:
    function = subject.load()
    return functools.partial(function, **needed_arguments(function, given=1))


def _differs(before: Sample, after: Sample, name: str) -> bool:
    old, new = getattr(before, name), getattr(after, name)
    if not isinstance(old, np.ndarray):
        return bool(old != new)
    return not np.array_equal(old, new, equal_nan=True)


CHECKS = {
    "it answers True or False for every image": answers,
    "it answers the same each time": is_steady,
    "it changes nothing in the image": changes_nothing,
}
