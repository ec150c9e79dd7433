"""Bad batches: what is kept of a batch whose loss or gradient was not finite."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.build.weights import save_weights
from hyperpose_core.data.drawing import save_picture
from hyperpose_core.support.files import write_text

if TYPE_CHECKING:
    from hyperpose_core.contracts import Batch

REPORT = "report"


def pack(batch: Batch, report: Mapping[str, Any]) -> bytes:
    """Return a batch and a report on it as the bytes of an `.npz` file, to send to worker 0."""
    arrays = {"image": batch.images.numpy(), **{n: t.numpy() for n, t in batch.targets.items()}}
    file = io.BytesIO()
    np.savez(file, **arrays, **{REPORT: np.array(json.dumps(report))})  # type: ignore[arg-type]
    return file.getvalue()


def unpack(data: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return arrays and report of what `pack` made."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return arrays, json.loads(str(arrays.pop(REPORT)))


def save(
    folder: Path, arrays: Mapping[str, NDArray[Any]], report: Mapping[str, Any], many: bool = False
) -> None:
    """Write `image-<n>.png`, `batch.npz` with images and targets as trained on, `report.json`.

    Args:
        many: there are several workers, each of which may have a bad batch: a folder for each.
    """
    folder = folder / f"worker-{report['worker']}" if many else folder
    for number, image in enumerate(arrays["image"]):
        shown = np.clip(np.rint(255 * np.nan_to_num(image)), 0, 255).astype(np.uint8)
        save_picture(folder / f"image-{number}.png", shown)
    save_weights(folder / "batch.npz", arrays)
    write_text(folder / "report.json", json.dumps(_finite(report), indent=1) + "\n")


def _finite(value: Any) -> Any:
    """JSON has no numbers that are not finite: they become text."""
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
