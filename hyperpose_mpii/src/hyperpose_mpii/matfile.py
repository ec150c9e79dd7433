"""Matlab files of version 5 to 7, read within their bounds.

The form is MathWorks' "MAT-File Format", level 5. A damaged file is an error here, whatever is
wrong with it: scipy's reader, which this one replaces, can bring the whole process down.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Collection
from typing import Any

import numpy as np

_MATRIX, _COMPRESSED = 14, 15
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8"}
_NUMBERS |= {12: "i8", 13: "u8"}
_ENCODINGS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
_CELL, _STRUCT, _CHAR = 1, 2, 4
_NUMERIC = range(6, 16)
_COMPLEX = 0x800
_DAMAGED = (struct.error, zlib.error, ValueError, OverflowError, LookupError, MemoryError)
_DEEPEST = 40
_LARGEST, _SMALL, _GROWTH = 2**31, 2**26, 100
"""Bytes that a variable may unpack to; those that it always may; and times its own size."""


class MatError(ValueError):
    """The bytes are no Matlab file, or a damaged one."""


def read_variables(data: bytes, names: Collection[str]) -> dict[str, Any]:
    """Read those variables of a Matlab file that have one of `names`.

    Returns:
        by name; a number is a `float`, an array of numbers an array, in their own shape, a text a
        `str`; a struct is a dictionary, an array of structs a list of them, cells are a list, both
        by columns; what is empty is None.

    Raises:
        MatError: the bytes are damaged or of another version.
    """
    if len(data) < 136 or data[126:128] not in (b"IM", b"MI"):
        raise MatError("it does not begin like a Matlab file of version 5 to 7")
    reader = _Reader("<" if data[126:128] == b"IM" else ">")
    try:
        return dict(reader.variables(memoryview(data)[128:], names))
    except MatError:
        raise
    except _DAMAGED as error:
        raise MatError(str(error) or type(error).__name__) from error


class _Reader:
    """Reads elements; `order` is `<` or `>`."""

    def __init__(self, order: str) -> None:
        self.order = order
        self._tag = struct.Struct(order + "II")
        self._dtypes = {kind: np.dtype(order + code) for kind, code in _NUMBERS.items()}

    def variables(self, data: memoryview, names: Collection[str]) -> list[tuple[str, Any]]:
        """Return name and value of the variables with one of `names`."""
        found, at = [], 0
        while at < len(data):
            kind, content, at = self._element(data, at, padded=False)
            if kind == _COMPRESSED:
                kind, content, _ = self._element(_unpacked(content), 0, padded=False)
            if kind == _MATRIX:
                name, value = self._matrix(content, 0, names)
                if name in names:
                    found.append((name, value))
        return found

    def _element(
        self, data: memoryview, at: int, padded: bool = True
    ) -> tuple[int, memoryview, int]:
        """Return the kind and the content of the element at a place, and where the next one is."""
        kind, size = self._tag.unpack_from(data, at)
        if kind >> 16:
            kind, size, start, end = kind & 0xFFFF, kind >> 16, at + 4, at + 8
            if size > 4:
                raise MatError("a small element is too large")
        else:
            start = at + 8
            end = start + size + (-size % 8 if padded else 0)
        if start + size > len(data):
            raise MatError("it ends too early")
        return kind, data[start : start + size], end

    def _matrix(
        self, data: memoryview, depth: int, names: Collection[str] | None = None
    ) -> tuple[str, Any]:
        """Return name and value; no value where the name is not among `names`."""
        if depth > _DEEPEST:
            raise MatError("it is nested too deeply")
        if not len(data):
            return "", None
        _, flags, at = self._element(data, 0)
        (word,) = struct.unpack_from(self.order + "I", flags)
        kind, content, at = self._element(data, at)
        shape = tuple(int(n) for n in self._array(kind, content))
        if not 2 <= len(shape) <= 32 or min(shape) < 0:
            raise MatError("an array has no shape")
        _, content, at = self._element(data, at)
        name = bytes(content).decode("latin-1")
        if names is not None and name not in names:
            return name, None
        return name, self._value(word, shape, data, at, depth)

    def _value(
        self, word: int, shape: tuple[int, ...], data: memoryview, at: int, depth: int
    ) -> Any:
        what = word & 0xFF
        count = math.prod(shape)
        if what == _CELL:
            return self._matrices(data, at, count, depth)[0] or None
        if what == _STRUCT:
            return self._structs(data, at, count, depth)
        if what != _CHAR and (what not in _NUMERIC or word & _COMPLEX):
            raise MatError(f"it has values of the class {what}, which are not read here")
        if not count:
            return None
        kind, content, _ = self._element(data, at)
        if what == _CHAR:
            return self._text(kind, content, count)
        values = self._array(kind, content)
        if len(values) != count:
            raise MatError(f"an array of {count} numbers has {len(values)}")
        return float(values[0]) if count == 1 else values.reshape(shape, order="F")

    def _array(self, kind: int, content: memoryview) -> Any:
        if kind not in self._dtypes:
            raise MatError(f"it has numbers of an unknown kind, {kind}")
        dtype = self._dtypes[kind]
        if len(content) % dtype.itemsize:
            raise MatError("a number is cut off")
        return np.frombuffer(content, dtype)

    def _text(self, kind: int, content: memoryview, count: int) -> str:
        encoding = _ENCODINGS[kind]
        if encoding not in ("latin-1", "utf-8"):
            encoding += "-le" if self.order == "<" else "-be"
        text = bytes(content).decode(encoding)
        if len(text) > count:
            raise MatError(f"a text of {count} letters has {len(text)}")
        return text

    def _matrices(self, data: memoryview, at: int, count: int, depth: int) -> tuple[list[Any], int]:
        if count > (len(data) - at) // 8:
            raise MatError("it ends too early")
        values = []
        for _ in range(count):
            kind, content, at = self._element(data, at)
            if kind != _MATRIX:
                raise MatError(f"a value is of the unknown kind {kind}")
            values.append(self._matrix(content, depth + 1)[1])
        return values, at

    def _structs(self, data: memoryview, at: int, count: int, depth: int) -> Any:
        """Return a dictionary, a list of them, or None for none."""
        kind, content, at = self._element(data, at)
        (length,) = (int(n) for n in self._array(kind, content)[:1])
        _, content, at = self._element(data, at)
        if length < 1 or len(content) % length:
            raise MatError("the names of fields are cut off")
        raw = bytes(content)
        cut = (raw[i : i + length] for i in range(0, len(raw), length))
        fields = [name.partition(b"\0")[0].decode("latin-1") for name in cut]
        if not fields and count > 1:
            raise MatError("structs without fields")
        values, _ = self._matrices(data, at, count * len(fields), depth)
        step = len(fields)
        rows = [
            dict(zip(fields, values[i * step : (i + 1) * step], strict=True)) for i in range(count)
        ]
        return rows[0] if count == 1 else rows or None


def _unpacked(content: memoryview) -> memoryview:
    stream = zlib.decompressobj()
    most = min(_LARGEST, max(_SMALL, _GROWTH * len(content)))
    data = stream.decompress(content, most)
    if stream.unconsumed_tail:
        raise MatError(f"a variable of {len(content)} bytes unpacks to more than {most}")
    return memoryview(data)
