"""Checks of train strategies: two processes give what one would."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hyperpose_plugintools.kit.check import Subject, expect
from hyperpose_plugintools.kit.strategy_worker import BEGIN, INPUTS, WANTED, expected
from hyperpose_plugintools.kit.workers import COUNT, Found, together


def know_each_other(subject: Subject) -> None:
    """Two processes are two workers, or each of them is alone."""
    both = _both(subject)
    places = [(each["rank"], each["size"]) for each in both]
    fits = places in ([(0, 1)] * COUNT, [(rank, COUNT) for rank in range(COUNT)])
    expect(fits, "rank and size (0, 2) and (1, 2), or (0, 1) twice", places)


def begin_alike(subject: Subject) -> None:
    """Every worker begins with the values of worker 0, whatever their type."""
    for each in _both(subject):
        expect(each["begun"] == [1.0, 2.0, 5], "the values of worker 0: [1, 2, 5]", each["begun"])


def means_are_of_all(subject: Subject) -> None:
    """`mean` in a traced function, `average` of variables outside."""
    for each in _both(subject):
        middle = (each["size"] - 1) / 2
        wanted = [middle, 10 * middle]
        expect(np.allclose(each["mean"], wanted), f"the mean {wanted}", each["mean"])
        wanted = [4 * middle, 1.0]
        expect(np.allclose(each["average"], wanted), f"the average {wanted}", each["average"])


def gathers(subject: Subject) -> None:
    """Data of different lengths, by rank, on every worker."""
    for each in _both(subject):
        wanted = ["x" * (rank + 1) for rank in range(each["size"])]
        expect(each["gathered"] == wanted, f"what every worker gave: {wanted}", each["gathered"])


def learns_as_one(subject: Subject) -> None:
    """Each on its part of a batch, the workers learn what one learns of the whole.

    Where replicas differ by design the means of all are the same, and better than the beginning.
    """
    both = _both(subject)
    for each in both:
        learnt = each["learnt"]
        if each["differ"]:
            expect(learnt == both[0]["learnt"], f"{both[0]['learnt']} on all workers", learnt)
            better = _loss(learnt) < _loss(BEGIN)
            expect(better, f"a loss below {_loss(BEGIN):.3g}", f"{_loss(learnt):.3g}")
        else:
            wanted = expected()
            expect(np.allclose(learnt, wanted, atol=1e-4), f"the weights {wanted}", learnt)


def _loss(weights: Sequence[float]) -> float:
    return float(np.mean((INPUTS @ np.array(weights) - WANTED) ** 2))


def _both(subject: Subject) -> list[Found]:
    return subject.once("both", lambda: together(subject, "strategy_worker"))


CHECKS = {
    "its workers know each other": know_each_other,
    "its workers begin alike": begin_alike,
    "its means are those of all workers": means_are_of_all,
    "it gathers what every worker gives": gathers,
    "two workers learn what one would": learns_as_one,
}
