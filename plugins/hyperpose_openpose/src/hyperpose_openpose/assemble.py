"""Assembly: from limbs that could be to people."""

from __future__ import annotations

import numpy as np

from hyperpose_openpose.limbs import Limbs, Pairs
from hyperpose_openpose.peaks import Floats, Peaks

Person = dict[int, int]
"""Part to peak."""


def assemble(pairs: Pairs, rank: Floats, limbs: Limbs) -> list[Person]:
    """Join limbs to people: kind by kind, of each kind the best first.

    A limb adds its ends to a person that has one of them. Two people that share no part are merged
    where a limb joins them. A limb that would give somebody a part twice is dropped, so that no
    peak keeps two limbs of a kind.

    Args:
        rank: `[M]`, of each pair.
    """
    people: dict[int, Person] = {}
    owner: dict[int, int] = {}
    order = np.lexsort((-rank, pairs.limb))
    for new, (limb, start, end) in enumerate(zip(*_rows(pairs.pick(order)), strict=True)):
        joined = {owner[peak]: None for peak in (start, end) if peak in owner}
        parts = dict(zip(limbs[limb], (start, end), strict=True))
        person = _union([*(people[i] for i in joined), parts])
        if person is None:
            continue
        for i in joined:
            del people[i]
        people[new] = person
        owner.update(dict.fromkeys(person.values(), new))
    return list(people.values())


def complete(people: list[Person], pairs: Pairs, rank: Floats, limbs: Limbs) -> None:
    """Give people parts that they lack, in place: peaks of nobody, the best limb first.

    Args:
        pairs: limbs of which one end may be somebody's and the other nobody's.
        rank: `[M]`, of each.
    """
    owner: dict[int, int] = {}
    for i, person in enumerate(people):
        owner.update(dict.fromkeys(person.values(), i))
    order = np.argsort(-rank, kind="stable")
    for limb, start, end in zip(*_rows(pairs.pick(order)), strict=True):
        for known, found, part in ((start, end, limbs[limb][1]), (end, start, limbs[limb][0])):
            if known in owner and found not in owner and part not in people[owner[known]]:
                people[owner[known]][part] = found
                owner[found] = owner[known]


def open_pairs(people: list[Person], peaks: Peaks, pairs: Pairs, parts: int) -> Pairs:
    """Pick the pairs that join a person to a peak of nobody, of a part that the person lacks.

    Limbs longer than the person is so far are left out: in a crowd they lead to other people.
    """
    owner = np.full(len(peaks.part), -1)
    has = np.zeros((len(people), parts), bool)
    extent = np.zeros(len(people), np.float32)
    for i, person in enumerate(people):
        own = list(person.values())
        owner[own] = i
        has[i, list(person)] = True
        extent[i] = max(np.ptp(peaks.x[own]), np.ptp(peaks.y[own]))
    pairs = pairs.pick((owner[pairs.start] < 0) != (owner[pairs.end] < 0))
    first, second = owner[pairs.start], owner[pairs.end]
    person_of, found = np.maximum(first, second), np.where(first < 0, pairs.start, pairs.end)
    x, y = (v[pairs.end] - v[pairs.start] for v in (peaks.x, peaks.y))
    near = np.hypot(x, y) <= extent[person_of]
    return pairs.pick(near & ~has[person_of, peaks.part[found]])


def _rows(pairs: Pairs) -> tuple[list[int], list[int], list[int]]:
    return pairs.limb.tolist(), pairs.start.tolist(), pairs.end.tolist()


def _union(people: list[Person]) -> Person | None:
    """Return one person with all their parts; None where two of them claim one part."""
    union: Person = {}
    for person in people:
        for part, peak in person.items():
            if union.setdefault(part, peak) != peak:
                return None
    return union
