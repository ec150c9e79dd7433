"""Checks of datasets: samples as their contract says, and a score that the truth wins."""

from __future__ import annotations

import copy
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_core.build.metrics import is_measured
from hyperpose_core.build.skeleton import USERDEF
from hyperpose_core.config.members import MULTIPLE
from hyperpose_core.contracts import Dataset
from hyperpose_core.data import masks
from hyperpose_core.data.humans import Human, as_results
from hyperpose_core.data.image_size import image_size, size_problem
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_plugintools.kit.check import Subject, UncheckedError, expect, shape_text

MOST = 200
"""How many images of a split are looked at, and scored on."""
OPENED = 20
"""How many image files are opened."""
METHODS = ("train_samples", "eval_samples", "evaluate", "to_results")


def keeps_contract(subject: Subject) -> None:
    """It has what `contracts.Dataset` lists, and the skeleton that its spec names."""
    dataset = _opened(subject)
    lacking = [name for name in METHODS if not callable(getattr(dataset, name, None))]
    expect(not lacking, f"the methods {', '.join(METHODS)}", f"none called {', '.join(lacking)}")
    skeleton, named = getattr(dataset, "skeleton", None), subject.component.skeleton
    expect(isinstance(skeleton, Skeleton), "an attribute `skeleton`, a Skeleton", skeleton)
    name = dataset.skeleton.name
    expect(named in (None, name), f"the skeleton {named!r}, as the spec says", repr(name))


def ids_are_unique(subject: Subject) -> None:
    """Two images of one id get each other's predictions."""
    for split, samples in _splits(subject):
        counts = Counter(sample.image_id for sample in samples)
        twice = [image_id for image_id, count in counts.items() if count > 1]
        expect(not twice, f"another id for each image of {split}", f"twice: {twice[:3]}")


def people_fit(subject: Subject) -> None:
    """Keypoints and boxes have the shapes, types and values of a `Sample`."""
    points = len(_opened(subject).skeleton)
    for split, sample in _each(subject):
        where = f"in the image {sample.image_id!r} of {split}"
        keypoints, boxes = sample.keypoints, sample.boxes
        for what, value, tail in (("keypoints", keypoints, (points, 3)), ("boxes", boxes, (4,))):
            fits = isinstance(value, np.ndarray) and value.dtype == np.float32
            kind = getattr(value, "dtype", type(value).__name__)
            expect(fits, f"{what} in float32 {where}", f"{kind}")
            wanted = shape_text((None, *tail)).replace("?", "P")
            expect(value.shape[1:] == tail, f"{what} {wanted} {where}", shape_text(value.shape))
        people = (len(keypoints), len(boxes))
        expect(people[0] == people[1], f"a box a person {where}", f"{people[1]} for {people[0]}")
        odd = set(np.unique(keypoints[..., 2]).tolist()) - {0.0, 1.0, 2.0}
        expect(not odd, f"a visibility of 0, 1 or 2 {where}", sorted(odd))
        there = keypoints[keypoints[..., 2] > 0]
        expect(np.isfinite(there).all(), f"finite places of what is annotated {where}", "others")
        expect(np.isfinite(boxes).all(), f"finite boxes {where}", boxes.tolist())


def images_are_there(subject: Subject) -> None:
    """The first files of each split can be read, and are as large as the samples say."""
    for split, samples in _splits(subject):
        for sample in samples[:OPENED]:
            where = f"of the image {sample.image_id!r} of {split}"
            expect(isinstance(sample.path, Path), f"a pathlib.Path {where}", sample.path)
            expect(sample.path.is_file(), f"the file {where}", f"no {sample.path}")
            if sample.width and sample.height:
                stored, said = image_size(sample.path), (sample.width, sample.height)
                expect(not size_problem(stored, said), f"the size {stored} {where}", said)
                masks.decode(sample.mask, *said)


def is_iterable_twice(subject: Subject) -> None:
    """Training, checking and evaluating each ask anew."""
    dataset = _opened(subject)
    again = (dataset.train_samples, dataset.eval_samples)
    for (split, samples), method in zip(_splits(subject), again, strict=True):
        first = [sample.image_id for sample in samples]
        second = [sample.image_id for sample in itertools.islice(method(), MOST)]
        expect(first == second, f"the same {split} images at the second look", second[:3])


def has_images(subject: Subject) -> None:
    """There is something to train on and to score on."""
    for split, samples in _splits(subject):
        expect(samples, f"images for {split}", "none")


def truth_scores_best(subject: Subject) -> None:
    """The annotations themselves win against points beside them, and against nobody."""
    dataset, samples = _opened(subject), dict(_splits(subject))["evaluation"]
    ids = [sample.image_id for sample in samples]
    scores = {
        text: _first(dataset.evaluate(_predicted(dataset, samples, moved), ids))
        for text, moved in (("the truth", 0.0), ("points beside it", 0.5), ("nobody", None))
    }
    if not is_measured(scores["the truth"]):
        raise UncheckedError("nobody is annotated in the first images: there is nothing to score")
    best = all(scores["the truth"] > scores[text] for text in ("points beside it", "nobody"))
    received = ", ".join(f"{value:g} for {text}" for text, value in scores.items())
    expect(best, "the largest first number for the truth", received)


def writes_results(subject: Subject) -> None:
    """`to_results` returns rows that JSON holds."""
    dataset, samples = _opened(subject), dict(_splits(subject))["evaluation"]
    rows = dataset.to_results(_predicted(dataset, samples, 0.0))
    expect(isinstance(rows, list), "a list of rows", type(rows).__name__)
    json.dumps(rows)


def _opened(subject: Subject) -> Dataset:
    """Open it, once; what it lacks is no broken promise."""

    def make() -> Any:
        data = copy.copy(subject.config.data)
        data.type = subject.name
        if subject.component.name in (USERDEF, MULTIPLE):
            raise UncheckedError("it is made of datasets that users give to it")
        try:
            return subject.registry.make("dataset", subject.name, data)
        except DataError as error:
            raise UncheckedError(
                f"its files are not there (say --set data.path=...): {error}"
            ) from error

    dataset: Dataset = subject.once("dataset", make)
    return dataset


def _splits(subject: Subject) -> list[tuple[str, Sequence[Sample]]]:
    dataset = _opened(subject)

    def read() -> list[tuple[str, Sequence[Sample]]]:
        methods = {"training": dataset.train_samples, "evaluation": dataset.eval_samples}
        try:
            return [(split, list(itertools.islice(m(), MOST))) for split, m in methods.items()]
        except DataError as error:
            raise UncheckedError(f"its files cannot be read: {error}") from error

    splits: list[tuple[str, Sequence[Sample]]] = subject.once("splits", read)
    return splits


def _each(subject: Subject) -> Iterator[tuple[str, Sample]]:
    return ((split, sample) for split, samples in _splits(subject) for sample in samples)


def _predicted(
    dataset: Dataset, samples: Sequence[Sample], moved: float | None
) -> dict[int | str, list[Human]]:
    """Return the annotated people as predictions; moved by parts of the image, or none at all."""
    if moved is None:
        return {}
    return {
        sample.image_id: as_results(
            _human(points, moved * max(sample.width, sample.height), dataset.skeleton)
            for points in sample.keypoints
        )
        for sample in samples
    }


def _human(points: Any, moved: float, skeleton: Skeleton) -> Human:
    there = points[:, 2:] > 0
    places = np.where(there, points[:, :2] + moved, 0)
    return Human(np.concatenate([places, there], -1).astype(np.float32), 1.0, skeleton)


def _first(numbers: Any) -> float:
    expect(numbers, "one number at least", numbers)
    return float(next(iter(numbers.values())))


CHECKS = {
    "it has the methods and the skeleton of a dataset": keeps_contract,
    "it has images": has_images,
    "its ids are unique": ids_are_unique,
    "its people have keypoints and boxes that fit": people_fit,
    "its images are there": images_are_there,
    "it can be iterated twice": is_iterable_twice,
    "the truth scores best": truth_scores_best,
    "its results are plain data": writes_results,
}
