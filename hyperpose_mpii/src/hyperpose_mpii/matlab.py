"""Matlab files as checked values: whatever is wrong is one error that names file and entry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_core.errors import DataError
from hyperpose_mpii.matfile import MatError, read_variables


def read_mat(path: Path, *names: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read variables of a Matlab file up to version 7; see `matfile.read_variables`.

    Raises:
        DataError: the file cannot be read, is damaged, or lacks one of `names`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    if is_hdf5(data):
        raise DataError(f"{path} is a Matlab file of version 7.3 or HDF5: save it with '-v7'")
    try:
        content = read_variables(data, (*names, *optional))
    except MatError as error:
        raise DataError(f"{path} is no Matlab file, or a damaged one: {error}") from error
    for name in names:
        if name not in content:
            raise DataError(f"{path} has no variable '{name}'")
    return content


def is_hdf5(head: bytes) -> bool:
    """Say whether a file that begins so is HDF5, as Matlab files of version 7.3 are."""
    return head.startswith((b"\x89HDF", b"MATLAB 7.3"))


class Node:
    """A value of a Matlab file with the way to it, checked when it is taken out.

    Args:
        path: the file.
        where: the way to the value, for messages.
        value: as `matfile.read_variables` gives it.
    """

    def __init__(self, path: Path, where: str, value: Any) -> None:
        self.path, self.where, self.value = path, where, value

    def fail(self, wanted: str) -> DataError:
        """Return the error that says what is here instead of what must be."""
        return DataError(f"{self.path}: {self.where} is {_kind(self.value)}; it must be {wanted}")

    @property
    def empty(self) -> bool:
        """Whether nothing is here: no such field, or an empty array or text."""
        return self.value is None or (isinstance(self.value, str) and not self.value.strip())

    def get(self, name: str) -> Node:
        """Return a field of this struct, empty where it has none of that name."""
        if self.value is not None and not isinstance(self.value, dict):
            raise self.fail("a struct")
        value = self.value.get(name) if self.value else None
        return Node(self.path, f"{self.where}.{name}", value)

    def structs(self) -> list[Node]:
        """Return the structs that are here, in order: none, one, or an array of them."""
        if self.empty:
            return []
        nodes = self.items()
        for node in nodes:
            if not isinstance(node.value, dict):
                raise node.fail("a struct")
        return nodes

    def one(self) -> Node:
        """Return the struct that is here, or an empty node."""
        nodes = self.structs()
        if len(nodes) > 1:
            raise self.fail("one struct")
        return nodes[0] if nodes else Node(self.path, self.where, None)

    def items(self) -> list[Node]:
        """Return the values of an array, by columns, or the one value, or nothing."""
        values = [] if self.value is None else [self.value]
        if isinstance(self.value, np.ndarray):
            values = self.value.ravel(order="F").tolist()
        elif isinstance(self.value, list):
            values = self.value
        return [Node(self.path, f"{self.where}({i})", v) for i, v in enumerate(values, start=1)]

    def number(self) -> float | None:
        """Return the finite number that is here, also one that is written as text, or None."""
        if self.empty:
            return None
        try:
            number = float(self.value)
        except (TypeError, ValueError):
            number = float("nan")
        if not abs(number) < 1e6:
            raise self.fail("one number of less than a million")
        return number

    def text(self) -> str:
        """Return the text that is here, empty where there is none."""
        if self.empty:
            return ""
        if not isinstance(self.value, str):
            raise self.fail("a text")
        return self.value.strip()


def _kind(value: Any) -> str:
    if value is None:
        return "missing or empty"
    if isinstance(value, np.ndarray):
        return f"an array of {'x'.join(map(str, value.shape))} numbers"
    if isinstance(value, dict | list):
        return "a struct" if isinstance(value, dict) else f"a list of {len(value)} values"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
