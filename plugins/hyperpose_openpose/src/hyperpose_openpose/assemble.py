"""Assembly: from limbs that could be to people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from hyperpose_openpose.limbs import Pairs
from hyperpose_openpose.peaks import Bools, Floats, Ints, Peaks


class Assembly:
    """N peaks on their way to people: each begins as a group of its own, and limbs join groups.

    A limb that would give somebody a part twice is dropped, so that no peak keeps two limbs of a
    kind. In lists, not arrays: what a limb may join depends on all that came before it.

    Args:
        peaks: in K maps.
        parts: K.
    """

    def __init__(self, peaks: Peaks, parts: int) -> None:
        self._peaks, self._parts = peaks, parts
        self._group = list(range(len(peaks.part)))
        self._members = [[peak] for peak in self._group]
        self._has = [1 << part for part in peaks.part.tolist()]

    def join(self, pairs: Pairs, rank: Floats) -> None:
        """Join limbs to people: kind by kind, of each kind the best first.

        Args:
            rank: `[M]`, of each pair.
        """
        for one, other in self._groups(pairs, np.lexsort((-rank, pairs.limb))):
            if not self._has[one] & self._has[other]:
                self._merge(one, other)

    def complete(self, pairs: Pairs, rank: Floats) -> None:
        """Give people peaks of nobody, the best limb first.

        Args:
            pairs: limbs of which one end may be somebody's and the other nobody's.
            rank: `[M]`, of each.
        """
        for one, other in self._groups(pairs, np.argsort(-rank, kind="stable")):
            alone = len(self._members[one]) == 1, len(self._members[other]) == 1
            if any(alone) and not all(alone) and not self._has[one] & self._has[other]:
                self._merge(one, other)

    def people(self) -> Ints:
        """Return `[P, K]`: the peaks of every group of more than one; -1 for parts it lacks."""
        groups = [group for group in self._members if len(group) > 1]
        person = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        peak = np.array([peak for group in groups for peak in group], np.intp)
        people = np.full((len(groups), self._parts), -1)
        people[person, self._peaks.part[peak]] = peak
        return people

    def _groups(self, pairs: Pairs, order: Ints) -> Iterator[tuple[int, int]]:
        """Yield the groups that the ends of each pair are in when its turn comes."""
        for start, end in zip(pairs.start[order].tolist(), pairs.end[order].tolist(), strict=True):
            yield self._group[start], self._group[end]

    def _merge(self, one: int, other: int) -> None:
        self._has[one] |= self._has[other]
        self._members[one] += self._members[other]
        for peak in self._members[other]:
            self._group[peak] = one
        self._members[other] = []


def open_pairs(people: Ints, peaks: Peaks, blocks: Iterable[Pairs]) -> Iterator[Pairs]:
    """Pick the pairs that join a person to a peak of nobody, of a part that the person lacks.

    Limbs longer than the person is so far are left out: in a crowd they lead to other people.

    Args:
        people: `[P, K]`, the peak of each part, -1 for none.
    """
    has = people >= 0
    owner = np.full(len(peaks.part), -1)
    owner[people[has]] = np.nonzero(has)[0]
    extent = np.maximum(_extent(peaks.x[people], has), _extent(peaks.y[people], has))
    for pairs in blocks:
        some = pairs.pick((owner[pairs.start] < 0) != (owner[pairs.end] < 0))
        first, second = owner[some.start], owner[some.end]
        person, found = np.maximum(first, second), np.where(first < 0, some.start, some.end)
        x, y = (v[some.end] - v[some.start] for v in (peaks.x, peaks.y))
        near = np.hypot(x, y) <= extent[person]
        yield some.pick(near & ~has[person, peaks.part[found]])


def _extent(values: Floats, has: Bools) -> Floats:
    """Return `[P]`, how far from one another the values in each row are."""
    low, high = np.where(has, values, np.inf), np.where(has, values, -np.inf)
    return high.max(axis=1) - low.min(axis=1)
