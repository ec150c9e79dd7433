"""Files of `torch.save`, read without PyTorch: storages and tensors, and nothing that runs.

Two forms (torch/serialization.py). The zip form holds `<name>/data.pkl`, in which a tensor is a
call of `_rebuild_tensor_v2` on a named storage, and the storages' bytes as `<name>/data/<key>`. The
legacy form is a row of pickles (a magic number, a version, the sizes of C's types, the object,
the keys of its storages), and then for each key the number of elements and the bytes.
"""

from __future__ import annotations

import io
import math
import pickletools
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose.unpickle import loads
from hyperpose_core.errors import CheckpointError, DataError

Array = NDArray[Any]
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
MOST_PICKLED = 64 * 2**20
"""Bytes of what describes the tensors: thousands of them take less than one of these MiB."""
MOST_BYTES = 8 * 2**30
"""Of a whole file, which is read into memory."""
DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}
_WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Under which of these names a checkpoint keeps its tensors, beside the optimizer's state."""
_PARALLEL = "module."
"""How names begin in a model that was saved inside DataParallel."""


@dataclass(frozen=True)
class Storage:
    """A storage that a pickle names."""

    kind: str
    key: str
    count: int


@dataclass
class Tensor:
    """A view of a storage: element offset, shape, and steps in elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]

    def __post_init__(self) -> None:
        numbers = (self.offset, *self.shape, *self.steps)
        whole = all(type(n) is int and n >= 0 for n in numbers)
        if not isinstance(self.storage, Storage) or not whole:
            raise ValueError("a tensor that is no view of a storage")
        last = sum((n - 1) * step for n, step in zip(self.shape, self.steps, strict=True))
        size = math.prod(self.shape)
        if size and not (self.offset + last < self.storage.count and size <= self.storage.count):
            raise ValueError("a tensor that is larger than its storage")


def is_torch_file(path: Path) -> bool:
    """Say whether a file looks as `torch.save` writes it; nothing of it is unpickled."""
    try:
        with path.open("rb") as file:
            head = file.read(32)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return any(name.endswith("/data.pkl") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
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
    try:
        content, storages = (_read_zip if zipfile.is_zipfile(path) else _read_legacy)(path)
        tensors = _state(content)
        if not tensors:
            raise ValueError("it holds no tensors by name")
        return {name: _array(tensor, storages) for name, tensor in tensors.items()}
    except DataError as error:
        raise CheckpointError(str(error)) from error
    except Exception as error:
        # What damaged archives and pickles lead to is not documented: nearly any exception.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CheckpointError(f"{path} cannot be read as a file of torch.save: {reason}") from error


Read = Callable[[Storage], bytes]


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
    content = _unpickled(data, path)

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
    content = _unpickled(_one(stream), path)
    found: dict[str, bytes] = {}
    named = _named(content)
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


def _named(content: Any) -> dict[str, Storage]:
    """Return the storages of all tensors in nested containers, by key."""
    waiting, found = [content], {}
    seen: set[int] = set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Tensor):
            found[value.storage.key] = value.storage
        elif isinstance(value, dict):
            waiting += dict.values(value)
        elif isinstance(value, list | tuple):
            waiting += value
    return found


def _state(content: Any) -> dict[str, Tensor]:
    """Return name to tensor, of the checkpoint's own container where it has one."""
    for name in _WRAPPERS:
        if isinstance(content, dict) and isinstance(inner := dict.get(content, name), dict):
            content = inner
    if not isinstance(content, dict):
        return {}
    tensors = {n: t for n, t in dict.items(content) if isinstance(n, str) and type(t) is Tensor}
    if tensors and all(name.startswith(_PARALLEL) for name in tensors):
        return {name.removeprefix(_PARALLEL): tensor for name, tensor in tensors.items()}
    return tensors


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


def _unpickled(data: bytes, path: Path) -> Any:
    return loads(data, str(path), allowed=_CALLS, persistent=_storage)


def _storage(name: Any) -> Storage:
    word, kind, key, _, count = name[:5]
    if word != "storage" or kind not in DTYPES or type(count) is not int or count < 0:
        raise ValueError("something else than a storage of numbers")
    if len(name) > 5 and name[5] is not None:
        raise ValueError("a storage that is a part of another")
    return Storage(kind, str(key), count)


def _tensor(storage: Any, offset: Any, shape: Any, steps: Any, *_: Any) -> Tensor:
    return Tensor(storage, offset, tuple(shape), tuple(steps))


def _parameter(tensor: Any, *_: Any) -> Any:
    return tensor


def _counter(*counts: Any) -> Mapping[Any, Any]:
    """Stand in for `collections.Counter`, which the states of learning-rate schedules hold."""
    return dict(*counts)


_CALLS: dict[tuple[str, str], Any] = {
    **{("torch", name): name for name in DTYPES},
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("collections", "Counter"): _counter,
}
