"""The report as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hyperpose_core.support.messages import printable
from hyperpose_datatools.checking.report import EXAMPLES, KINDS, Report


def table(report: Report) -> str:
    """Return what `hyperpose check-data` prints without `--json`."""
    lines = list(_findings(report))
    for name, split in report.splits.items():
        lines += ["", f"{name}", *_split(split)]
    if report.sides:
        lines += ["", "left on the facing side (of clear pairs)", *_sides(report.sides)]
    return "\n".join(map(printable, lines))


def _findings(report: Report) -> Iterator[str]:
    if not report.counts:
        yield "nothing looks wrong"
    for kind, count in report.counts.items():
        yield f"{count:7} {KINDS[kind][count > 1]}"
        for finding in report.of(kind)[:EXAMPLES]:
            where = "" if finding.image is None else f" image {finding.image!r}:"
            yield f"          {finding.split}{where or ':'} {finding.detail}"
        if count > EXAMPLES:
            yield f"          ... {count - EXAMPLES} more, all in --json"


def _split(split: Mapping[str, Any]) -> Iterator[str]:
    for key in ("images", "without_people", "people", "people_without_keypoints", "crowds"):
        words = "images without annotation" if key == "without_people" else key.replace("_", " ")
        yield f"{split[key]:7} {words}"
    yield "        people per image   " + "  ".join(
        f"{count}: {images}" for count, images in grouped(split["people_per_image"]).items()
    )
    for title, values in (
        ("image width", split["image_sizes"]["width"]),
        ("image height", split["image_sizes"]["height"]),
        ("person size", split["person_sizes"]),
        ("keypoints a person", split["keypoints_per_person"]),
    ):
        if values:
            shown = "  ".join(f"{name} {value:g}" for name, value in values.items())
            yield f"        {title:18} {shown}"
    if split["visibility"]:
        yield f"        {'keypoint':18} {'visible':>8} {'occluded':>9} {'none':>6}"
    for name, parts in split["visibility"].items():
        yield (
            f"        {name:18} {parts['visible']:8.1%} {parts['occluded']:9.1%} "
            f"{parts['not_annotated']:6.1%}"
        )


def grouped(per_image: Mapping[str, int]) -> dict[str, int]:
    """Return how many images have how many people, larger numbers of people together."""
    found: dict[str, int] = {}
    for text, images in per_image.items():
        count = int(text)
        name = text if count < 5 else "5-9" if count < 10 else "10-19" if count < 20 else "20+"
        found[name] = found.get(name, 0) + images
    return found


def _sides(sides: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    for name, values in sides.items():
        yield f"        {name:18} {values['facing']:8.1%} of {values['count']}"
