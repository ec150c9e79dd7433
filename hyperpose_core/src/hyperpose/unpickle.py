"""Unpickling of a user's annotations: plain values and NumPy arrays, and nothing that runs code.

NumPy's own functions for unpickling are not called: with crafted arguments they make arrays of
objects out of any bytes, which crashes the process, or worse.
"""

from __future__ import annotations

import collections
import io
import math
import pickle
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from hyperpose_core.errors import DataError

Names = Mapping[tuple[str, str], Any]
Persistent = Callable[[Any], Any]
_KINDS = "biufcSUO"
_NDARRAY = "numpy.ndarray"
"""Stands for the class, which is only ever an argument."""


_SMALL, _MOST_GROWTH = 10**6, 100
"""Values that a pickle may always hold, counted as often as a walk meets them, and how many for
each of its bytes beyond that."""


class _Dtype:
    """Stands for a dtype of plain numbers, texts or objects."""

    def __init__(self, name: str, align: bool = False, copy: bool = False) -> None:
        if not isinstance(name, str):
            raise ValueError("a dtype that is no text")
        self.real = np.dtype(name)
        if self.real.kind not in _KINDS or self.real.names is not None:
            raise ValueError(f"arrays of {name}")

    def __setstate__(self, state: Any) -> None:
        _, order, subarray, names = state[:4]
        if subarray is not None or names is not None:
            raise ValueError("arrays of structures")
        if order in ("<", ">"):
            self.real = self.real.newbyteorder(order)


class _Array(np.ndarray):
    """An array that checks what it is filled with."""

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, fortran, data = state
        if not isinstance(kind, _Dtype):
            raise ValueError("an array without a dtype")
        if not all(type(length) is int for length in shape):
            raise ValueError("an array without a shape")
        count, real = math.prod(shape), kind.real
        if real.hasobject and not (isinstance(data, list) and len(data) == count):
            raise ValueError("an array with too few objects")
        super().__setstate__((1, shape, real, bool(fortran), data))  # type: ignore[arg-type]


def _rebuild(kind: Any, shape: Any, code: Any) -> Any:
    if kind is not _NDARRAY:
        raise ValueError("a kind of array")
    return np.zeros(0, np.int8).view(_Array)


def _from_buffer(data: Any, kind: _Dtype, shape: Any, order: Any, *_: Any) -> Any:
    return np.frombuffer(data, kind.real).reshape(shape, order=order)


def _scalar(kind: _Dtype, data: bytes) -> Any:
    return np.frombuffer(data, kind.real, count=1)[0]


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """Stand in for `_codecs.encode`, with which old protocols write bytes."""
    if encoding not in ("latin1", "utf-8", "ascii"):
        raise ValueError(f"the encoding {encoding}")
    return text.encode(encoding)


def _bytes(value: Any = b"", *encoding: Any) -> bytes:
    """Stand in for `bytes`, which given a number would fill the memory with zeros."""
    if isinstance(value, int):
        raise ValueError("bytes from a number")
    return bytes(value, *encoding)


def _bytearray(value: Any = b"", *encoding: Any) -> bytearray:
    return bytearray(_bytes(value, *encoding))


_BUILTINS = {
    "set": set,
    "frozenset": frozenset,
    "complex": complex,
    "bytes": _bytes,
    "bytearray": _bytearray,
}
_ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("_codecs", "encode"): _encode,
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): _Dtype,
}
for _module in ("builtins", "__builtin__"):
    _ALLOWED.update({(_module, name): made for name, made in _BUILTINS.items()})
for _module in ("numpy.core", "numpy._core"):
    _ALLOWED[f"{_module}.multiarray", "_reconstruct"] = _rebuild
    _ALLOWED[f"{_module}.multiarray", "scalar"] = _scalar
    _ALLOWED[f"{_module}.numeric", "_frombuffer"] = _from_buffer


class _Refused(pickle.UnpicklingError):
    """A class or function that is not allowed."""


class _Plain(pickle._Unpickler):
    """Python's own unpickler as Python wrote it.

    The one in C fills the memory up to any place that the data name, and asks tuples for their
    hash, as keys, before anybody could look at them.
    """

    dispatch: ClassVar = dict(pickle._Unpickler.dispatch)

    def __init__(
        self, data: bytes, allowed: Names, persistent: Persistent | None, most: int
    ) -> None:
        super().__init__(io.BytesIO(data))
        self._allowed, self._persistent, self._most = allowed, persistent, most
        self._sizes: dict[int, tuple[int, Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._allowed:
            raise _Refused(f"{module}.{name}")
        return self._allowed[module, name]

    def persistent_load(self, pid: Any) -> Any:
        if self._persistent is None:
            raise _Refused("a reference to something outside")
        return self._persistent(pid)

    def check_tuple(self, made: Any) -> None:
        """Refuse tuples that hold one twice, which holds one twice, and so on: no hash ends."""
        size = 1 + sum(self._sizes.get(id(each), (1,))[0] for each in made)
        if size > self._most:
            raise ValueError("tuples that hold one another over and over")
        self._sizes[id(made)] = size, made  # which keeps its id


def _checking_tuples(load: Callable[[Any], None]) -> Callable[[Any], None]:
    def checked(self: Any) -> None:
        load(self)
        self.check_tuple(self.stack[-1])

    return checked


def _load_build(self: Any) -> None:
    """Refuse to change the functions that stand for others: they are not the file's."""
    if callable(self.stack[-2]):
        raise ValueError("a state for a function")
    pickle._Unpickler.dispatch[pickle.BUILD[0]](self)


def _load_bytearray8(self: Any) -> None:
    """Read what is there, as of bytes: Python makes place for whatever length the data claim."""
    pickle._Unpickler.dispatch[pickle.BINBYTES8[0]](self)
    self.stack[-1] = bytearray(self.stack[-1])


for _code in (pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3):
    _Plain.dispatch[_code[0]] = _checking_tuples(_Plain.dispatch[_code[0]])
_Plain.dispatch[pickle.BUILD[0]] = _load_build
_Plain.dispatch[pickle.BYTEARRAY8[0]] = _load_bytearray8


def _check_size(value: Any, most: int) -> None:
    """Refuse containers that share parts to no end: whoever walks through them never comes back."""
    sizes: dict[int, int] = {}
    waiting = [(value, False)]
    while waiting:
        one, entered = waiting.pop()
        if entered:
            inner, leaves = _inner(one)
            # What holds itself has the size 0 so far, and none that ends.
            sizes[id(one)] = 1 + leaves + sum(sizes[id(each)] or most for each in inner)
            if sizes[id(one)] > most:
                raise ValueError("containers that hold one another over and over")
        elif id(one) not in sizes:
            sizes[id(one)] = 0
            waiting.append((one, True))
            waiting += [(each, False) for each in _inner(one)[0]]


_CONTAINERS = (dict, list, tuple, set, frozenset, np.ndarray)


def _inner(value: Any) -> tuple[list[Any], int]:
    """Return the containers that a value holds, and how much else."""
    held: list[Any] = []
    if isinstance(value, dict):
        held = [*dict.keys(value), *dict.values(value)]
    elif isinstance(value, list | tuple | set | frozenset):
        held = list(value)
    elif isinstance(value, np.ndarray) and value.dtype.hasobject:
        held = value.ravel().tolist()
    inner = [each for each in held if isinstance(each, _CONTAINERS)]
    return inner, len(held) - len(inner)


def loads(
    data: bytes,
    what: str = "a pickled annotation",
    *,
    allowed: Names | None = None,
    persistent: Persistent | None = None,
) -> Any:
    """Read pickled containers, numbers, strings and NumPy arrays.

    Args:
        what: names the data in messages.
        allowed: what stands for further classes and functions, by module and name.
        persistent: returns what a reference to something outside of the data means; None: there may
            be none.

    Raises:
        DataError: the bytes are damaged, or ask for anything else: what it was is named, and
            nothing of it has run.
    """
    try:
        most = max(_SMALL, _MOST_GROWTH * len(data))
        value = _Plain(data, {**_ALLOWED, **(allowed or {})}, persistent, most).load()
        _check_size(value, most)
        return value
    except _Refused as error:
        raise DataError(
            f"{what} contains {error}: only lists, dictionaries, numbers, texts and NumPy arrays "
            f"are read"
        ) from error
    except Exception as error:
        # What damaged bytes lead to is not documented: nearly any exception.
        raise DataError(f"{what} cannot be unpickled: {type(error).__name__}: {error}") from error
