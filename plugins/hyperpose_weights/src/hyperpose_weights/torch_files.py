"""Files of `torch.save`, read without PyTorch: storages and tensors, and nothing that runs.

Two forms (torch/serialization.py). The zip form holds `<name>/data.pkl`, in which a tensor is a
call of `_rebuild_tensor_v2` on a named storage, and the storages' bytes as `<name>/data/<key>`. The
legacy form is a row of pickles (a magic number, a version, the sizes of C's types, the object,
the keys of its storages), and then for each key the number of elements and the bytes.
"""

from __future__ import annotations

import contextlib
import io
import math
import pickletools
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose.unpickle import loads
from hyperpose_core.build.weights import SMALL
from hyperpose_core.errors import CheckpointError, DataError
from hyperpose_weights.torch_tensors import (
    DTYPES,
    Storage,
    Tensor,
    state,
    storages_of,
    unpickled,
)

Array = NDArray[Any]
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
MOST_PICKLED = 64 * 2**20
"""Bytes of what describes the tensors: thousands of them take less than one of these MiB."""
MOST_SHARED = 10
"""Times the file's size that its tensors may have: some share what they view."""
MOST_BYTES = 8 * 2**30
"""Of a whole file, which is read into memory."""


def is_torch_file(path: Path) -> bool:
    """Say whether a file looks as `torch.save` writes it; nothing of it is unpickled."""
    try:
        with path.open("rb") as file:
            head = file.read(32)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return any(name.endswith("/data.pkl") for name in archive.namelist())
    except Exception:  # noqa: BLE001 - what damaged archives lead to is not documented
        return False
    return MAGIC.to_bytes(10, "little") in head


def read_tensors(path: Path) -> dict[str, Array]:
    """Read the tensors of a state dict, or of a checkpoint that holds one, by name.

    `module.`, which DataParallel puts before every name, is left out. bfloat16 becomes float32;
    other dtypes stay.

    Raises:
        CheckpointError: the file is missing or damaged, is no such file, holds no tensors, or asks
            for anything but storages and tensors: what is named, and nothing of it has run.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror or error}") from error
    if size > MOST_BYTES:
        raise CheckpointError(f"{path} has {size} bytes: at most {MOST_BYTES} are read")
    with _named_as_damaged(path):
        tensors, storages = _described(path)
        if not tensors:
            raise ValueError("it holds no tensors by name")
        _check_sizes(tensors.values(), size)
        return {name: _array(tensor, storages) for name, tensor in tensors.items()}


def look_into(path: Path) -> None:
    """Read what describes the tensors of a file that `is_torch_file`, and none of their values.

    Raises:
        CheckpointError: it is damaged, or asks for anything but storages and tensors; as
            `read_tensors`.
    """
    with _named_as_damaged(path):
        _described(path)


@contextlib.contextmanager
def _named_as_damaged(path: Path) -> Iterator[None]:
    try:
        yield
    except DataError as error:
        raise CheckpointError(str(error)) from error
    except Exception as error:
        # What damaged archives and pickles lead to is not documented: nearly any exception.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CheckpointError(f"{path} cannot be read as a file of torch.save: {reason}") from error


Read = Callable[[Storage], bytes]


def _described(path: Path) -> tuple[dict[str, Tensor], Read]:
    content, storages = (_read_zip if zipfile.is_zipfile(path) else _read_legacy)(path)
    return state(content), storages


def _read_zip(path: Path) -> tuple[Any, Read]:
    with zipfile.ZipFile(path) as archive:
        described = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(described) != 1:
            raise ValueError("it has no data.pkl")
        root = described[0].removesuffix("data.pkl")
        order = f"{root}byteorder"
        if order in archive.namelist() and archive.read(order).strip() != b"little":
            raise ValueError("its numbers are big-endian")
        data = _part(archive, described[0], MOST_PICKLED)
    content = unpickled(data, path)

    def read(storage: Storage) -> bytes:
        with zipfile.ZipFile(path) as archive:
            return _part(archive, f"{root}data/{storage.key}", MOST_BYTES)

    return content, read


def _part(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    info = archive.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > most:
        raise ValueError(f"{name} is compressed or too large: torch.save writes neither")
    return archive.read(info)


def _read_legacy(path: Path) -> tuple[Any, Read]:
    stream = io.BytesIO(path.read_bytes())
    if loads(_one(stream), str(path)) != MAGIC or loads(_one(stream), str(path)) != PROTOCOL:
        raise ValueError("it does not begin as such a file does")
    if not loads(_one(stream), str(path)).get("little_endian", False):
        raise ValueError("its numbers are big-endian")
    content = unpickled(_one(stream), path)
    found: dict[str, bytes] = {}
    named = storages_of(content)
    for key in loads(_one(stream), str(path)):
        count = int.from_bytes(stream.read(8), "little")
        storage = named.get(str(key))
        if storage is None or count != storage.count:
            raise ValueError(f"the storage {key!r} is not as the tensors say")
        found[storage.key] = stream.read(count * np.dtype(DTYPES[storage.kind]).itemsize)
    return content, lambda storage: found[storage.key]


def _one(stream: io.BytesIO) -> bytes:
    """Return the next pickle of a row of them."""
    first = stream.tell()
    for _ in pickletools.genops(stream):
        if stream.tell() - first > MOST_PICKLED:
            raise ValueError("what describes the tensors is too large")
    last = stream.tell()
    stream.seek(first)
    return stream.read(last - first)


def _check_sizes(tensors: Iterable[Tensor], size: int) -> None:
    """Raise ValueError where views of the same storages become many times the file."""
    held = sum(
        math.prod(tensor.shape) * np.dtype(DTYPES[tensor.storage.kind]).itemsize
        for tensor in tensors
    )
    if held > max(SMALL, MOST_SHARED * size):
        raise ValueError(f"its {size} bytes are to become tensors of {held} bytes")


def _array(tensor: Tensor, read: Read) -> Array:
    storage = tensor.storage
    values = np.frombuffer(read(storage), DTYPES[storage.kind])
    if len(values) != storage.count:
        raise ValueError(f"the storage {storage.key!r} has {len(values)} elements, not as said")
    steps = [step * values.itemsize for step in tensor.steps]
    view = np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.shape, steps)
    if storage.kind == "BFloat16Storage":
        return (view.astype("<u4") << 16).view("<f4")
    return np.array(view)
