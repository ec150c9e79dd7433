"""What the file of a model holds, read from the heads of its arrays alone."""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class WeightsFile:
    """One file of weights.

    Args:
        name: of the file.
        arrays, parameters: how many, the moving statistics included.
        bytes: its size.
        modified: seconds since 1970.
    """

    name: str
    arrays: int
    parameters: int
    bytes: int
    modified: float


def read_weights_file(path: Path) -> WeightsFile | str:
    """Return what a file of weights holds; a sentence where it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = [_size(archive, name) for name in archive.namelist()]
        about = path.stat()
    except Exception as error:  # noqa: BLE001 - what damaged archives lead to is not documented
        return f"{path} cannot be read: {' '.join(str(error).split()) or type(error).__name__}."
    return WeightsFile(path.name, len(sizes), sum(sizes), about.st_size, about.st_mtime)


def _size(archive: zipfile.ZipFile, name: str) -> int:
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        return math.prod(read(file)[0])
