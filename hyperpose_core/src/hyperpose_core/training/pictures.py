"""Pictures of a training: targets and predictions of one image, side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.drawing import save_picture
from hyperpose_core.families import Family


def save_train_picture(
    path: Path,
    family: Family,
    image: NDArray[np.float32],
    targets: list[NDArray[np.float32]],
    predicted: list[NDArray[np.float32]],
) -> None:
    """Draw targets above predictions.

    Args:
        image: `[H, W, 3]` in [0, 1].
        targets, predicted: maps of the image, `[h, w, C]` each, in the same order.
    """
    shown = np.clip(np.rint(255 * image), 0, 255).astype(np.uint8)
    rows = [family.visualizer(shown, maps, family.skeleton) for maps in (targets, predicted)]
    save_picture(path, np.concatenate(rows, axis=0))
