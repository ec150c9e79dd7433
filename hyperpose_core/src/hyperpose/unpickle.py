"""Unpickling of a user's annotations: plain values and NumPy arrays, and nothing that runs code.

NumPy's own functions for unpickling are not called: with crafted arguments they make arrays of
objects out of any bytes, which crashes the process, or worse.
"""

from __future__ import annotations

import collections
import io
import math
import pickle
import pickletools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hyperpose_core.errors import DataError

Names = Mapping[tuple[str, str], Any]
Persistent = Callable[[Any], Any]
_KINDS = "biufcSUO"
_NDARRAY = "numpy.ndarray"
"""Stands for the class, which is only ever an argument."""


class _Dtype:
    """Stands for a dtype of plain numbers, texts or objects."""

    def __init__(self, name: str, align: bool = False, copy: bool = False) -> None:
        self.real = np.dtype(str(name))
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


class _Plain(pickle.Unpickler):
    def __init__(self, data: bytes, allowed: Names, persistent: Persistent | None) -> None:
        super().__init__(io.BytesIO(data))
        self._allowed, self._persistent = allowed, persistent

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._allowed:
            raise _Refused(f"{module}.{name}")
        return self._allowed[module, name]

    def persistent_load(self, pid: Any) -> Any:
        if self._persistent is None:
            raise _Refused("a reference to something outside")
        return self._persistent(pid)


def _check_memo(data: bytes) -> None:
    """Refuse a memory place beyond the data: the unpickler would fill the memory up to it."""
    for code, argument, _ in pickletools.genops(data):
        if code.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(argument or 0) > len(data):
            raise ValueError(f"the memory place {argument}")


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
        _check_memo(data)
        return _Plain(data, {**_ALLOWED, **(allowed or {})}, persistent).load()
    except _Refused as error:
        raise DataError(
            f"{what} contains {error}: only lists, dictionaries, numbers, texts and NumPy arrays "
            f"are read"
        ) from error
    except Exception as error:
        # What damaged bytes lead to is not documented: nearly any exception.
        raise DataError(f"{what} cannot be unpickled: {type(error).__name__}: {error}") from error
