"""Keeping: what a person wants to look at of a batch that is not finite."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from hyperpose_core.contracts import Batch


def files_of(batch: Batch, report: Mapping[str, Any]) -> dict[str, bytes]:
    """Return `image-<n>.png`, `batch.npz` with images and targets as trained on, `report.json`."""
    arrays = {"image": batch.images.numpy(), **{n: t.numpy() for n, t in batch.targets.items()}}
    files = {f"image-{number}.png": _png(image) for number, image in enumerate(arrays["image"])}
    together = io.BytesIO()
    np.savez(together, **arrays)
    text = json.dumps(_finite(report), indent=1) + "\n"
    return {**files, "batch.npz": together.getvalue(), "report.json": text.encode()}


def _png(image: np.ndarray) -> bytes:
    shown = np.clip(np.rint(255 * np.nan_to_num(image)), 0, 255).astype(np.uint8)
    return bytes(cv2.imencode(".png", np.ascontiguousarray(shown[..., ::-1]))[1])


def _finite(value: Any) -> Any:
    """JSON has no numbers that are not finite: they become text."""
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
