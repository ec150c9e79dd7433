"""The text of a profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hyperpose_profile.clock import Spread, milliseconds
from hyperpose_profile.profiling.layers import Layer
from hyperpose_profile.profiling.profile import PARTS, Profile

WIDTH = 15


def lines(found: Profile) -> Iterator[str]:
    """Yield what is said of a model."""
    for name, value in _facts(found):
        yield f"{name:{WIDTH}} {value}"
    yield ""
    yield f"{'':{WIDTH}} milliseconds, median (quartiles) of {found.repeat} rounds"
    for part in PARTS:
        if part in found.times:
            yield f"{part:{WIDTH}} {_time(found, part)}"
    yield f"{'an image':{WIDTH}} {1000 * found.whole:.1f}, {1 / found.whole:.1f} images a second"
    yield (
        f"{'warm-up':{WIDTH}} {found.warm_up} rounds before, not counted; the network's first "
        f"call took {found.first:.2f} s"
    )
    if found.views > 1:
        yield (
            f"{'views':{WIDTH}} one was measured; evaluation with these settings averages "
            f"{found.views} of each image"
        )
    if found.layers:
        yield from ("", *_table(found.layers), f"times of layers: {found.layer_times}")


def _facts(found: Profile) -> Iterator[tuple[str, str]]:
    on = f" on {found.backbone}" if found.backbone else ""
    yield "what", f"{found.subject}, {found.origin}"
    yield "model", f"{found.model}{on}"
    width, height = found.input_size
    yield "input", f"{width}x{height}, {found.batch} at a time"
    yield "runtime", f"{found.runtime}, {found.precision}"
    people = "1 person" if found.people == 1 else f"{found.people} people"
    yield "image", f"{found.image}, {people} found"
    if found.file_size is not None:
        yield "file", _size(found.file_size)
    if found.uncounted:
        yield "parameters", f"not counted: {found.uncounted}"
    if found.parameters is not None:
        yield "parameters", f"{found.parameters:,}, {_size(4 * found.parameters)} in float32"
    if found.multiply_adds is not None:
        yield "multiply-adds", f"{found.multiply_adds:,} an image"
    if found.activations is not None:
        yield "activations", f"{_size(found.activations)} at most at a time, estimated"
    now, peak = (_known(found.process[key]) for key in ("now", "peak"))
    yield "process", f"{now}, {peak} at most, with all that is loaded"


def _time(found: Profile, part: str) -> str:
    spread: Spread = found.times[part]
    each = found.batch if part == "network" else 1
    share = f"{spread.median / each / found.whole:.0%}"
    batch = f", of {each} images" if each > 1 else ""
    return f"{milliseconds(spread):28} {share:>4}{batch}"


def _table(layers: Sequence[Layer]) -> Iterator[str]:
    head = ("LAYER", "KIND", "PARAMETERS", "MADD", "OUTPUT", "MS")
    rows = [head, *(_row(layer) for layer in layers), _total(layers)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        cells = zip(row, widths, (True, True, False, False, True, False), strict=True)
        yield "  ".join(c.ljust(w) if left else c.rjust(w) for c, w, left in cells).rstrip()


def _row(layer: Layer) -> tuple[str, ...]:
    counts = (f"{layer.parameters:,}", f"{layer.multiply_adds:,}")
    shape = "x".join(str(side) for side in layer.output[1:])
    return (layer.name, layer.kind, *counts, shape, _milliseconds(layer.seconds))


def _total(layers: Sequence[Layer]) -> tuple[str, ...]:
    parameters = sum(layer.parameters for layer in layers)
    products = sum(layer.multiply_adds for layer in layers)
    times = [layer.seconds for layer in layers if layer.seconds is not None]
    seconds = sum(times) if times else None
    return ("all", "", f"{parameters:,}", f"{products:,}", "", _milliseconds(seconds))


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1000 * seconds:.3f}"


def _known(size: int | None) -> str:
    return "unknown" if size is None else _size(size)


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count < 2**30 else f"{count / 2**30:.2f} GiB"
