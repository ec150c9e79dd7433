"""Checks of collective engines: what two workers exchange is what the contract says."""

from __future__ import annotations

import numpy as np

from hyperpose_plugintools.kit.check import Subject, expect
from hyperpose_plugintools.kit.workers import COUNT, Found, together

MEAN = [0.6, 10.0, -1.75]
"""Of the vectors [0.1, 10, 0] and [1.1, 10, -3.5]."""


def knows_its_place(subject: Subject) -> None:
    """Name, rank and size."""
    both = _both(subject)
    places = [(each["rank"], each["size"]) for each in both]
    expect(places == [(0, COUNT), (1, COUNT)], "rank and size (0, 2) and (1, 2)", places)
    name = both[0]["name"]
    expect(isinstance(name, str) and name, "a name", name)


def means_are_equal(subject: Subject) -> None:
    """The mean, the same bits on all workers: replicas that drift apart are found late."""
    both = _both(subject)
    for each in both:
        expect(np.allclose(each["mean"], MEAN), f"the mean {MEAN}", each["mean"])
    expect(both[0]["mean"] == both[1]["mean"], "the same bits on both", [b["mean"] for b in both])


def pairs_have_means(subject: Subject) -> None:
    """The mean with a partner; who is its own partner gets its own vector back."""
    for each in _both(subject):
        expect(np.allclose(each["pair"], MEAN), f"the mean of two {MEAN}", each["pair"])
        own = [each["rank"] + 0.1, 10.0, -3.5 * each["rank"]]
        expect(np.allclose(each["alone"], own), f"its own vector {own}", each["alone"])


def broadcasts(subject: Subject) -> None:
    """Worker 0's integers, on all."""
    for each in _both(subject):
        expect(each["broadcast"] == [7, 1], "worker 0's [7, 1]", each["broadcast"])


def gathers(subject: Subject) -> None:
    """Integers by rank, on all."""
    for each in _both(subject):
        expect(each["gathered"] == [[0, 5], [1, 5]], "[[0, 5], [1, 5]]", each["gathered"])


def _both(subject: Subject) -> list[Found]:
    return subject.once("both", lambda: together(subject, "engine_worker"))


CHECKS = {
    "its workers know their places": knows_its_place,
    "its mean is the same on all": means_are_equal,
    "its mean of two is theirs": pairs_have_means,
    "it broadcasts what worker 0 has": broadcasts,
    "it gathers by rank": gathers,
}
