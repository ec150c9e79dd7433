"""HDF5: a variable of a file, read in a process of its own, because damaged files end the library.

Of files with one to three changed bytes about one in some thousand ends HDF5 by a segmentation
fault; others can make it loop, or ask for all memory.
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import InputError

_SECONDS = 60
_MEMORY = 4 * 2**30
"""Bytes that the process may have."""
_START = (
    "import sys; file, key, most, *sys.path = sys.argv[1:]; "
    "from hyperpose_mpii.hdf5 import give; give(file, key, int(most))"
)


def read_hdf5(path: Path, key: str, most: int) -> NDArray[np.float64]:
    """Read one array of numbers.

    Args:
        most: how many numbers it may have.

    Raises:
        InputError: the file is damaged, or has no such array.
    """
    command = [sys.executable, "-c", _START, str(path), key, str(most), *sys.path]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        why = f"the HDF5 library did not come to an end in {_SECONDS} seconds"
        raise InputError(f"{path} is a damaged HDF5 file: {why}") from error
    if done.returncode < 0:
        raise InputError(f"{path} is a damaged HDF5 file: the HDF5 library crashed on it")
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(f"{path} {said[-1] if said else 'cannot be read as HDF5'}")
    array: NDArray[np.float64] = np.load(io.BytesIO(done.stdout), allow_pickle=False)
    return array


def give(file: str, key: str, most: int) -> None:
    """Write an array to standard output as .npy, or end with a sentence without its beginning."""
    _bound_memory()
    import h5py

    try:
        with h5py.File(file, "r") as content:
            data = content.get(key)
            if not isinstance(data, h5py.Dataset):
                sys.exit(f"has no '{key}'; it has {', '.join(content) or 'nothing'}")
            if data.size is None or data.size > most or data.dtype.kind not in "iuf":
                sys.exit(
                    f"has a '{key}' of shape {data.shape} and type {data.dtype}, too many "
                    f"numbers or none"
                )
            array = np.asarray(data[()], float)
    except Exception as error:  # noqa: BLE001 - what damaged files lead to is not documented
        sys.exit(f"is a damaged HDF5 file: {' '.join(str(error).split())}")
    np.save(sys.stdout.buffer, array)


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, hard))
