"""Error matches: which prediction is of which person, and what is wrong with each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.error_split.kinds import (
    KINDS,
    NEAR,
    Diagnosis,
    People,
    diagnose,
    similarity,
)
from hyperpose_coco.oks.coco_eval import (
    CATEGORY,
    MOST_PEOPLE,
    THRESHOLDS,
    Entry,
    make_quick_run,
    quiet,
    with_area,
)

LEAST_OKS = 0.1
"""A prediction with a smaller OKS is of nobody."""


@dataclass
class Matches:
    """The predictions of a data set against its people; entries are named by their `id`.

    Args:
        truth, found: as `coco_eval.numbered` makes them; `found` without those beyond the
            `MOST_PEOPLE` surest of an image, which COCO does not count either.
        sigmas: `[K]`.
        images: their numbers.
        people: prediction to the matched person.
        diagnoses: prediction to what is wrong with its points.
        duplicates: predictions of somebody whom another prediction is matched to.
        background: predictions of nobody.
        not_found: people who count, without a prediction.
    """

    truth: list[Entry]
    found: list[Entry]
    sigmas: Sequence[float]
    images: list[int]
    people: dict[int, int] = field(default_factory=dict)
    diagnoses: dict[int, Diagnosis] = field(default_factory=dict)
    duplicates: set[int] = field(default_factory=set)
    background: set[int] = field(default_factory=set)
    not_found: set[int] = field(default_factory=set)

    @property
    def keypoints(self) -> dict[str, NDArray[np.int64]]:
        """By kind of `error_kinds.KINDS`, `[K]` counts in matched predictions."""
        every = [d.kinds for d in self.diagnoses.values()]
        kinds = np.array(every, np.int64).reshape(-1, len(self.sigmas))
        return {kind: (kinds == number).sum(axis=0) for number, kind in enumerate(KINDS)}

    def changes(self, error: str) -> bool:
        """Say whether there is anything to correct."""
        people = {"duplicate": self.duplicates, "background": self.background}
        people["not found"] = self.not_found
        if error in KINDS:
            return bool(self.keypoints[error].any())
        return error == "score" or bool(people[error])


def match(
    truth: list[Entry],
    found: list[Entry],
    sigmas: Sequence[float],
    flip: Sequence[int],
    images: list[int],
) -> Matches:
    """Match predictions to people by COCO's greedy rule at `LEAST_OKS`, and diagnose them.

    Who is then left over is matched where left and right are exchanged, at an OKS of 0.5 in which
    mirrored points count: the paper takes such people as not found, and as found on nobody.
    """
    matches = Matches(truth, with_area(_surest(found)), sigmas, images)
    run = make_quick_run(matches.truth, matches.found, sigmas, images, [LEAST_OKS])
    with quiet():
        run.evaluate()
    by_image = _by_image(matches.truth)
    by_id = {entry["id"]: entry for entry in matches.found}
    for result in run.evalImgs:
        people = [] if result is None else by_image[result["image_id"]]
        if result is not None:
            _read(matches, result, run.ious[result["image_id"], CATEGORY], people)
        if result is not None and people:
            everybody = People(
                np.array([np.reshape(p["keypoints"], (-1, 3)) for p in people], float),
                np.array([p["area"] for p in people], float),
            )
            _match_mirrored(matches, [by_id[n] for n in result["dtIds"]], people, everybody, flip)
            _diagnose(matches, [by_id[n] for n in result["dtIds"]], people, everybody, flip)
    return matches


def _surest(found: list[Entry]) -> list[Entry]:
    ranked = sorted(found, key=lambda entry: -entry["score"])
    seen: dict[int, int] = defaultdict(int)
    kept = []
    for entry in ranked:
        seen[entry["image_id"]] += 1
        if seen[entry["image_id"]] <= MOST_PEOPLE:
            kept.append(entry)
    return kept


def _by_image(entries: list[Entry]) -> dict[int, list[Entry]]:
    images: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        images[entry["image_id"]].append(entry)
    return images


def _read(
    matches: Matches, result: dict[str, Any], oks: NDArray[np.float64], people: list[Entry]
) -> None:
    """Sort the predictions of one image; `oks` is in their order and that of `people`."""
    counted = np.array([_counts(person) for person in people], bool)
    columns = {person["id"]: number for number, person in enumerate(people)}
    for row, name in enumerate(result["dtIds"]):
        person = int(result["dtMatches"][0][row])
        ignored = bool(result["dtIgnore"][0][row])
        if person and not ignored:
            matches.people[name] = person
        # COCO leaves out what lies in a crowd; beyond the lowest threshold it counts as wrong.
        elif not (person and oks[row][columns[person]] >= THRESHOLDS[0]):
            near = len(oks) and (oks[row][counted] >= LEAST_OKS).any()
            (matches.duplicates if near else matches.background).add(name)
    matched = set(matches.people.values())
    matches.not_found |= {p["id"] for p in people if _counts(p) and p["id"] not in matched}


def _match_mirrored(
    matches: Matches,
    found: list[Entry],
    people: list[Entry],
    everybody: People,
    flip: Sequence[int],
) -> None:
    """Match who is left over where a prediction has a person's left and right exchanged.

    Its OKS can be as low as that of a prediction of nobody: only the nose is in its place.
    """
    sigmas = np.asarray(matches.sigmas, float)
    mirrored = People(everybody.points[:, list(flip)], everybody.areas)
    free = {n: p["id"] for n, p in enumerate(people) if p["id"] in matches.not_found}
    for entry in found:
        if not free or entry["id"] not in matches.duplicates | matches.background:
            continue
        points = _points(entry)
        ks = np.maximum(*(similarity(points, who, sigmas) for who in (everybody, mirrored)))
        oks = {row: ks[row][everybody.points[row, :, 2] > 0].mean() for row in free}
        best = max(oks, key=lambda row: oks[row])
        if oks[best] >= NEAR:
            matches.people[entry["id"]] = free.pop(best)
            matches.not_found.discard(matches.people[entry["id"]])
            matches.duplicates.discard(entry["id"])
            matches.background.discard(entry["id"])


def _diagnose(
    matches: Matches,
    found: list[Entry],
    people: list[Entry],
    everybody: People,
    flip: Sequence[int],
) -> None:
    rows = {person["id"]: number for number, person in enumerate(people)}
    for entry in found:
        if entry["id"] in matches.people:
            own = rows[matches.people[entry["id"]]]
            diagnosis = diagnose(_points(entry), own, everybody, matches.sigmas, flip)
            matches.diagnoses[entry["id"]] = diagnosis


def _points(entry: Entry) -> NDArray[np.float64]:
    return np.reshape(entry["keypoints"], (-1, 3))[:, :2]


def _counts(person: Entry) -> bool:
    return person["num_keypoints"] > 0 and not person["iscrowd"]
