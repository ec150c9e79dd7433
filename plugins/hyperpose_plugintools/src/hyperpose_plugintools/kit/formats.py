"""Checks of file formats of annotations: what is written is read again, what is lost is said."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hyperpose_core.build.known_skeletons import named_skeleton
from hyperpose_core.data.raw import RawSample, RawSplit
from hyperpose_core.errors import InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_plugintools.kit.check import Subject, UncheckedError, expect
from hyperpose_plugintools.kit.people import PERSON, boxes_of, standing

SIZE = (320, 240)
NEAR = 0.6
"""Pixels, by which a keypoint may be rounded."""


def reads_what_it_writes(subject: Subject) -> None:
    """Images, people and keypoints come back, or the writer says what is lost."""
    write, read = _part(subject, "writer"), _part(subject, "reader")
    with tempfile.TemporaryDirectory() as folder:
        split, target = _split(subject, Path(folder)), _file(subject, Path(folder))
        lost = write(split, target)
        _expect_sentences(lost)
        found = read(target, split.name)
        expect(isinstance(found, RawSplit), "a RawSplit", type(found).__name__)
        _expect_same(split, found, lost)


def refuses_what_is_not_there(subject: Subject) -> None:
    """A file that is not there, or holds something else, is an InputError, such as DataError."""
    read = _part(subject, "reader")
    with tempfile.TemporaryDirectory() as folder:
        wrong = _file(subject, Path(folder))
        wrong.write_bytes(b"\x00\x01 nothing of this format")
        for path, text in (
            (Path(folder) / "gone", "is not there"),
            (wrong, "holds something else"),
        ):
            try:
                read(path, "train")
            except InputError:
                continue
            expect(False, f"an InputError for a file that {text}", "annotations")


def says_what_is_lost(subject: Subject) -> None:
    """The writer returns parts of sentences; nothing where nothing is lost."""
    with tempfile.TemporaryDirectory() as folder:
        split = _split(subject, Path(folder))
        _expect_sentences(_part(subject, "writer")(split, _file(subject, Path(folder))))


def _expect_sentences(lost: Any) -> None:
    fits = isinstance(lost, list | tuple) and all(isinstance(text, str) for text in lost)
    expect(fits, "a sequence of texts that say what is lost", lost)


def _expect_same(split: RawSplit, found: RawSplit, lost: Any) -> None:
    said = list(lost) + list(found.lost)
    read = {Path(sample.path).name: sample for sample in found.samples}
    for sample in split.samples:
        name = Path(sample.path).name
        if name not in read:
            expect(said, f"the image {name}, or a word on what is lost", "neither")
            continue
        before, after = sample.keypoints, read[name].keypoints
        expect(len(before) == len(after), f"{len(before)} people in {name}", len(after))
        expect(before.shape == after.shape, f"keypoints {before.shape} in {name}", after.shape)
        both = (before[..., 2] > 0) & (after[..., 2] > 0)
        same = np.array_equal(before[..., 2] > 0, after[..., 2] > 0)
        expect(same or said, f"the same annotated keypoints in {name}", "others, without a word")
        far = float(np.abs(before - after)[both][:, :2].max()) if both.any() else 0.0
        expect(far <= NEAR, f"each keypoint of {name} within {NEAR:g} pixels", f"{far:.1f} off")


def _split(subject: Subject, folder: Path) -> RawSplit:
    """Return two images with one and two people, in files that are there."""
    name = subject.component.skeleton
    skeleton: Skeleton = named_skeleton(name, subject.registry) if name else PERSON
    samples = []
    for number, count in enumerate((1, 2), start=1):
        path = folder / f"image{number}.png"
        cv2.imwrite(str(path), np.zeros((SIZE[1], SIZE[0], 3), np.uint8))
        people = standing(count, skeleton, SIZE)
        if count == 2:
            people[0, 1] = 0
        samples.append(RawSample(number, path, *SIZE, people, boxes_of(people)))
    return RawSplit("train", skeleton, samples)


def _part(subject: Subject, part: str) -> Any:
    found = subject.registry.load_part(subject.kind, subject.name, part)
    if found is None:
        raise UncheckedError(f"it has no {part}")
    return found


def _file(subject: Subject, folder: Path) -> Path:
    """Return where to write: by the whole name of a file where the format has one."""
    endings = subject.component.endings
    whole = [name for name in endings if not name.startswith(".")]
    return folder / (whole[0] if whole else f"out{endings[0] if endings else ''}")


CHECKS = {
    "it reads what it writes": reads_what_it_writes,
    "it says what it loses": says_what_is_lost,
    "it refuses what is no file of its own": refuses_what_is_not_there,
}
