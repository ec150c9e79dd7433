"""Assembly: from limbs that could be to people."""

from __future__ import annotations

import numpy as np

from hyperpose_openpose.limbs import Limbs, Pairs
from hyperpose_openpose.peaks import Floats, Ints

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


def open_pairs(people: list[Person], part: Ints, pairs: Pairs, parts: int) -> Pairs:
    """Pick the pairs that join a person to a peak of nobody, of a part that the person lacks.

    Args:
        part: `[N]`, the part of every peak.
    """
    owner = np.full(len(part), -1)
    has = np.zeros((len(people), parts), bool)
    for i, person in enumerate(people):
        owner[list(person.values())] = i
        has[i, list(person)] = True
    first, second = owner[pairs.start], owner[pairs.end]
    found = np.where(first < 0, pairs.start, pairs.end)
    open_ = np.flatnonzero((first < 0) != (second < 0))
    lacks = ~has[np.maximum(first, second)[open_], part[found[open_]]]
    return pairs.pick(open_[lacks])


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
