"""Assembly: from detections of parts to people, along the limbs and outwards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hyperpose_core.contracts import Size
from hyperpose_core.skeletons import Skeleton
from hyperpose_poseproposal.detect import Detections, Floats, Ints
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


def edge_scores(
    edges: Floats, start: tuple[Ints, Ints], end: tuple[Ints, Ints], limb: int, window: Size
) -> Floats:
    """Return `[S, E]` how surely a limb joins cells; 0 where the window does not reach.

    Args:
        edges: `[h, w, H', W', L]`.
        start, end: rows and columns of the cells.
        window: W' and H'.
    """
    down = end[0] - start[0][:, None] + window[1] // 2
    across = end[1] - start[1][:, None] + window[0] // 2
    inside = (down >= 0) & (down < window[1]) & (across >= 0) & (across < window[0])
    rows, columns = (axis[:, None] for axis in start)
    found = edges[rows, columns, np.where(inside, down, 0), np.where(inside, across, 0), limb]
    return np.where(inside, found, np.float32(0))


def assemble(
    found: Detections, edges: Floats, steps: Sequence[Step], window: Size, edge_threshold: float
) -> list[Person]:
    """Match parts along the limbs, from the instance outwards (the paper's section 3.4).

    Each limb takes its best pair first, then the best of the parts that are left. A pair's score is
    the score of the inner part's way from the instance times the edge times the outer part's. A
    part that no inner one claims begins a person of its own.

    Args:
        edges: `[h, w, H', W', L]`.
        steps: what `outwards` returned.
        edge_threshold: lower edges join nothing.
    """
    owner = np.arange(len(found.part))
    path = found.score.copy()
    for limb, inner, outer, turned in steps:
        near, far = found.of(inner), found.of(outer)
        start, end = ((found.row[part], found.column[part]) for part in (near, far))
        if turned:
            edge = edge_scores(edges, end, start, limb, window).T
        else:
            edge = edge_scores(edges, start, end, limb, window)
        edge = np.where(edge > edge_threshold, edge, 0)
        match = path[near, None] * edge * found.score[far]
        for i, j in best_pairs(match):
            owner[far.start + j] = owner[near.start + i]
            path[far.start + j] = match[i, j]
    people: dict[int, Person] = {}
    for i, (person, part) in enumerate(zip(owner.tolist(), found.part.tolist(), strict=True)):
        people.setdefault(person, {})[part] = i
    return list(people.values())


def best_pairs(match: Floats) -> list[tuple[int, int]]:
    """Pick pairs of rows and columns with values above 0, the best first, each used once."""
    rows, columns = np.nonzero(match > 0)
    order = np.argsort(-match[rows, columns], kind="stable")
    pairs: list[tuple[int, int]] = []
    used_rows: set[int] = set()
    used_columns: set[int] = set()
    for i, j in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if i not in used_rows and j not in used_columns:
            pairs.append((i, j))
            used_rows.add(i)
            used_columns.add(j)
    return pairs


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
    if not whole:
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
