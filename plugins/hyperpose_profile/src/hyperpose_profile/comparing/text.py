"""The text of a comparison: a column for each model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hyperpose_profile.clock import WARM_UP, Spread, milliseconds
from hyperpose_profile.comparing.comparison import PARTS, WHOLE, Against, Comparison, Side

Row = Sequence[str]


def lines(found: Comparison) -> Iterator[str]:
    """Yield what is said of a comparison."""
    protocol, first = found.protocol, found.sides[0]
    rows = [*_heads(found.sides), *_scores(found), *_people(found), *_times(found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(found.sides) + 1)]
    for row in rows:
        yield "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
    often = "" if found.repeat == 1 else f", {found.repeat} times each"
    yield ""
    yield (
        f"on {found.images} images of {protocol['dataset']} {protocol['split']}{often}, in an "
        f"order that alternates; {WARM_UP} rounds before, not counted"
    )
    yield f"median (quartiles) over images; times as fast: {first.name}'s time by the model's"
    if len({_input(side) for side in found.sides}) > 1:
        yield "the inputs differ in size: --input-size gives all the same"
    if found.unreadable:
        yield f"{len(found.unreadable)} of {found.images} images could not be read"
    if not first.metrics:
        yield "not scored: nobody but its authors has the annotations of this split"


def _heads(sides: Sequence[Side]) -> Iterator[Row]:
    yield ("", *(side.name for side in sides))
    yield ("model", *(side.model for side in sides))
    yield ("runtime", *(f"{side.runtime}, {side.precision}" for side in sides))
    yield ("input", *map(_input, sides))


def _input(side: Side) -> str:
    width, height = side.input_size
    return f"{height} high" if side.fit == "height" else f"{width}x{height}"


def _scores(found: Comparison) -> Iterator[Row]:
    digits = 2 if found.protocol.get("unit") == "percent" else 3
    for name, value in found.sides[0].metrics.items():
        cells = [f"{value:.{digits}f}"]
        for side, against in zip(found.sides[1:], found.against, strict=True):
            change = round(against.differences[name], digits) + 0.0
            cells.append(f"{side.metrics[name]:.{digits}f} ({change:+.{digits}f})")
        yield (name, *cells)


def _people(found: Comparison) -> Iterator[Row]:
    others = [one.people for one in found.against]
    yield ("people", str(found.sides[0].people), *(str(one.found) for one in others))
    yield ("  matched", "", *(f"{one.matched} of {one.people}" for one in others))
    near = (f"{one.near} of {one.keypoints}" for one in others)
    yield ("  keypoints within half a pixel", "", *near)


def _times(found: Comparison) -> Iterator[Row]:
    blank = [""] * len(found.sides)
    yield ("milliseconds an image", *blank)
    for part in (*PARTS, WHOLE):
        yield (f"  {part}", *(milliseconds(side.times[part]) for side in found.sides))
    yield ("times as fast", *blank)
    for part in (*PARTS, WHOLE):
        yield (f"  {part}", "1", *(_faster(one, part) for one in found.against))


def _faster(against: Against, part: str) -> str:
    spread: Spread = against.faster[part]
    return f"{spread.median:.2f} ({spread.low:.2f} to {spread.high:.2f})"
