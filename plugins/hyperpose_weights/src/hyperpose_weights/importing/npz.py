"""Reading `.npz` files of other origins: their names alone, and pickled lists if trusted."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose import unpickle
from hyperpose_core.errors import CheckpointError, DataError

Array = NDArray[Any]


def array_names(path: Path) -> list[str]:
    """Return the names of the arrays in a file, in order; none for what is not an `.npz` file."""
    try:
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
    except Exception:  # noqa: BLE001 - what damaged archives lead to is not documented
        return []
    return [name.removesuffix(".npy") for name in names if name.endswith(".npy")]


def read_pickled_list(path: Path, name: str, trust_pickle: bool) -> list[Array]:
    """Return the arrays of a pickled list in an `.npz` file.

    It is read by an unpickler that knows containers, numbers and arrays, and runs nothing.

    Raises:
        CheckpointError: the file is damaged, holds something else, or is not trusted.
    """
    if not trust_pickle:
        raise CheckpointError(
            f"the file {path} holds a pickled list, as TensorLayer writes it: with --trust-pickle "
            f"it is read, and nothing in it can run"
        )
    try:
        with zipfile.ZipFile(path) as file, file.open(f"{name}.npy") as stream:
            version = np.lib.format.read_magic(stream)
            header = _HEADERS[version](stream)
            data = stream.read()
    except Exception as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(f"the file {path} cannot be read: {reason}") from error
    shape, _, dtype = header
    if not dtype.hasobject:
        raise CheckpointError(f"the file {path} is not a list of arrays: {name} has shape {shape}")
    try:
        values = unpickle.loads(data, f"the list {name} in {path}")
    except DataError as error:
        raise CheckpointError(str(error)) from error
    return _as_arrays(values, path)


_HEADERS: dict[tuple[int, int], Any] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def _as_arrays(values: Any, path: Path) -> list[Array]:
    if not isinstance(values, np.ndarray | list | tuple):
        raise CheckpointError(f"the file {path} holds a {type(values).__name__}, not a list")
    arrays = []
    for number, value in enumerate(values):
        try:
            array = np.asarray(value, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise CheckpointError(f"element {number} of {path} is not an array") from error
        arrays.append(array)
    return arrays
