"""What describes the tensors in a file of `torch.save`: storages, and views of them.

PyTorch's functions are stood for by others, which make descriptions and run nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperpose.unpickle import loads

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


def unpickled(data: bytes, path: Path) -> Any:
    """Return what a pickle of `torch.save` holds, with a `Tensor` for each tensor.

    Raises:
        DataError: as `hyperpose.unpickle.loads`.
    """
    return loads(data, str(path), allowed=_CALLS, persistent=_storage)


def storages_of(content: Any) -> dict[str, Storage]:
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


def state(content: Any) -> dict[str, Tensor]:
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


def _storage(name: Any) -> Storage:
    word, kind, key, _, count = name[:5]
    if word != "storage" or kind not in DTYPES or not isinstance(key, str):
        raise ValueError("something else than a storage of numbers")
    if type(count) is not int or count < 0:
        raise ValueError("something else than a storage of numbers")
    if len(name) > 5 and name[5] is not None:
        raise ValueError("a storage that is a part of another")
    return Storage(kind, key, count)


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
