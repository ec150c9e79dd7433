"""Assembly: from detections of parts to people, along the limbs and outwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hyperpose_core.contracts import Size
from hyperpose_core.skeletons import Skeleton
from hyperpose_poseproposal.detect import Bools, Detections, Floats, Ints
from hyperpose_poseproposal.skeletons import INSTANCE

Step = tuple[int, int, int, bool]
"""A limb's number, its inner and its outer part, and whether the outer one is its first end."""
Person = dict[int, int]
"""Part to detection."""


def root_of(skeleton: Skeleton) -> int:
    """Return the part that people are assembled from: the instance, else the first limb's start."""
    if INSTANCE in skeleton.keypoints:
        return skeleton.index(INSTANCE)
    return skeleton.limbs[0][0] if skeleton.limbs else 0


def outwards(skeleton: Skeleton) -> list[Step]:
    """Order the limbs from the root outwards, each part reached once."""
    steps: list[Step] = []
    reached = [root_of(skeleton)]
    for inner in reached:
        for number, ends in enumerate(skeleton.limbs):
            outer = ends[1] if ends[0] == inner else ends[0]
            if inner in ends and outer not in reached:
                steps.append((number, inner, outer, outer == ends[0]))
                reached.append(outer)
    return steps


@dataclass(frozen=True)
class Links:
    """M pairs of detections that an edge could join, in the order of the steps.

    Args:
        step: `[M]`, which of the steps outwards.
        inner, outer: `[M]`, the detections.
        sureness: `[M]`, the edge's value times the outer detection's score.
    """

    step: Ints
    inner: Ints
    outer: Ints
    sureness: Floats


def find_links(
    found: Detections, edges: Floats, steps: Sequence[Step], window: Size, threshold: float
) -> Links:
    """Read the edges of every step between the detections of its parts.

    Args:
        edges: `[h, w, H', W', L]`; where the window does not reach there is none.
        steps: what `outwards` returned.
        window: W' and H'.
        threshold: lower edges join nothing.
    """
    limb, near, far, turned = np.array(steps, np.intp).reshape(-1, 4).T[..., np.newaxis]
    table = found.table()
    inner, outer = table[near[:, 0]], table[far[:, 0]]
    # Where an edge stands in memory is the sum of what its two ends say.
    limbs, width = edges.shape[-1], edges.shape[1]
    ends = (found.row * window[0] + found.column) * limbs
    middle = (window[1] // 2 * window[0] + window[0] // 2) * limbs
    starts = (found.row * width + found.column) * (window[0] * window[1] * limbs) + middle - ends
    one = np.where(turned, ends[inner], starts[inner] + limb)
    other = np.where(turned, starts[outer] + limb, ends[outer])
    inside = _within(found.row, inner, outer, window[1]) & _within(
        found.column, inner, outer, window[0]
    )
    pairs = np.flatnonzero(inside)
    edge = edges.reshape(-1)[(one[..., np.newaxis] + other[:, np.newaxis]).reshape(-1)[pairs]]
    joins = edge > max(threshold, 0)
    step, i, j = np.unravel_index(pairs[joins], inside.shape)
    inner, outer = inner[step, i], outer[step, j]
    return Links(step, inner, outer, edge[joins] * found.score[outer])


def _within(place: Ints, inner: Ints, outer: Ints, window: int) -> Bools:
    """Return `[S, I, J]`: which are there, and no farther apart than the window reaches."""
    # What only fills up a table is put far from everything, and from what fills up another.
    begin = np.where(inner >= 0, place[inner], -window)[..., np.newaxis]
    end = np.where(outer >= 0, place[outer], -3 * window)[:, np.newaxis]
    return np.abs(end - begin) <= window // 2


def assemble(found: Detections, links: Links, steps: Sequence[Step]) -> list[Person]:
    """Match parts along the limbs, from the instance outwards (the paper's section 3.4).

    Each limb takes its best pair first, then the best of the parts that are left. A pair's score is
    the score of the inner part's way from the instance times the edge times the outer part's. A
    part that no inner one claims begins a person of its own.

    Args:
        steps: what `outwards` returned, of which the links are.
    """
    owner = list(range(len(found.part)))
    path = found.score.copy()
    for begin, end in pairwise(np.searchsorted(links.step, depths(steps)).tolist()):
        step, inner, outer = (v[begin:end] for v in (links.step, links.inner, links.outer))
        match = path[inner] * links.sureness[begin:end]
        chosen = best_first(match, step, inner, outer)
        path[outer[chosen]] = match[chosen]
        for i, j in zip(inner[chosen].tolist(), outer[chosen].tolist(), strict=True):
            owner[j] = owner[i]
    people: dict[int, Person] = {}
    for i, (person, part) in enumerate(zip(owner, found.part.tolist(), strict=True)):
        people.setdefault(person, {})[part] = i
    return list(people.values())


def depths(steps: Sequence[Step]) -> list[int]:
    """Return where steps that lead farther out begin, and how many steps there are.

    Of those between two of these places none begins where another ends: they are matched together.
    """
    begins, ends = [0], set[int]()
    for number, (_, inner, outer, _) in enumerate(steps):
        if inner in ends:
            begins.append(number)
            ends = set()
        ends.add(outer)
    return [*begins, len(steps)]


def best_first(match: Floats, step: Ints, inner: Ints, outer: Ints) -> list[int]:
    """Pick links with a match above 0, the best first; no step uses a detection twice.

    Args:
        match, step, inner, outer: `[M]`, of each link.
    """
    order = np.argsort(-match, kind="stable")
    order = order[match[order] > 0]
    chosen: list[int] = []
    used: set[int] = set()
    # A number for what a step uses: the detection, and how often all of them go into the step.
    many = int(max(inner.max(initial=0), outer.max(initial=0))) + 1
    ends = ((step * many + detection)[order].tolist() for detection in (inner, outer))
    for link, i, j in zip(order.tolist(), *ends, strict=True):
        if i not in used and j not in used:
            chosen.append(link)
            used.add(i)
            used.add(j)
    return chosen


def adopt(people: list[Person], found: Detections, root: int) -> list[Person]:
    """Give people without an instance to the person in whose instance's box they are.

    Beyond the paper, where what hangs on a hidden shoulder is lost, and of two people whose middles
    are in one cell all of the second. The box must hold all of them; of several boxes it is the one
    whose middle is nearest, measured in the box. Parts that its person has already belong to a
    second person there. Who fits nowhere stays a person.

    Args:
        root: the instance's part.
    """
    whole = [person for person in people if root in person]
    orphans = [person for person in people if root not in person]
    if not whole or not orphans:
        return people
    boxes = found.box[[person[root] for person in whole]]
    second: list[Person] = [{} for _ in whole]
    orphans.sort(key=lambda person: -max(found.score[list(person.values())]))
    left = []
    for orphan in orphans:
        away = _away(found.box[list(orphan.values()), :2], boxes)
        order = [i for i in np.argsort(away, kind="stable").tolist() if away[i] <= _MARGIN]
        places = [group[i] for group in (whole, second) for i in order]
        taker = next((place for place in places if orphan.keys().isdisjoint(place)), None)
        if taker is None:
            left.append(orphan)
        else:
            taker.update(orphan)
    return [person for person in [*whole, *second, *left] if person]


def _away(points: Floats, boxes: Floats) -> Floats:
    """Return how far from the middle of each box the farthest point is, in halves of the box."""
    away = np.abs(points[:, None] - boxes[:, :2]) / (np.maximum(boxes[:, 2:], 1e-6) / 2)
    return np.asarray(away.max(axis=(0, 2)), np.float32)


_MARGIN = 1.1
"""How far from the middle a part may be, in halves of the person's box."""
