"""Caffe's `.caffemodel` files: the blobs of every layer, read without Caffe.

A file is a protobuf message NetParameter (src/caffe/proto/caffe.proto): layers in field 100, in old
files in field 2, each with a name and blobs; a blob has numbers and a shape. Nothing else is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import CheckpointError

Array = NDArray[Any]
LAYERS = {100: (1, 7), 2: (4, 6)}
"""Field of a layer in the net to the fields of its name and its blobs."""
DATA, SHAPE, OLD_SHAPE = 5, 7, (1, 2, 3, 4)
MOST_BYTES = 2**31
"""A protobuf message has no more."""
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5


def read_blobs(path: Path) -> dict[str, list[Array]]:
    """Return the float32 blobs of each layer that has some, by the layer's name.

    Raises:
        CheckpointError: the file is missing, too large or damaged, or holds no layer with blobs.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CheckpointError(f"{path} is larger than {MOST_BYTES} bytes, as no model is")
        data = memoryview(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        found = dict(_layers(data))
    except (ValueError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path} is no caffemodel, or a damaged one: {error}") from error
    if not found:
        raise CheckpointError(f"{path} is no caffemodel: it has no layer with weights")
    return found


def _layers(net: memoryview) -> Iterator[tuple[str, list[Array]]]:
    for field, layer in _fields(net):
        if field not in LAYERS or not isinstance(layer, memoryview):
            continue
        name_field, blob_field = LAYERS[field]
        name, blobs = "", []
        for inner, value in _fields(layer):
            if inner == name_field and isinstance(value, memoryview):
                name = bytes(value).decode()
            elif inner == blob_field and isinstance(value, memoryview):
                blobs.append(_blob(value))
        if blobs:
            yield name, blobs


def _blob(message: memoryview) -> Array:
    parts: list[Array] = []
    shape: list[int] = []
    old = dict.fromkeys(OLD_SHAPE, 1)
    for field, value in _fields(message):
        if field == DATA and isinstance(value, memoryview):
            if len(value) % 4:
                raise ValueError("a blob with a part of a number")
            parts.append(np.frombuffer(value, "<f4"))
        elif field == SHAPE and isinstance(value, memoryview):
            for inner, dim in _fields(value):
                shape += _varints(dim) if isinstance(dim, memoryview) else [dim] * (inner == 1)
        elif field in old and isinstance(value, int):
            old[field] = value
    numbers = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    wanted = tuple(shape or old.values())
    if int(np.prod(wanted, dtype=object)) != len(numbers):
        raise ValueError(f"a blob of {len(numbers)} numbers with the shape {wanted}")
    return numbers.reshape(wanted)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field: a number, or the bytes of what is not one."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            length, place = _varint(message, place)
        elif kind in (_EIGHT, _FOUR):
            length = 8 if kind == _EIGHT else 4
        else:
            raise ValueError(f"a field of the unknown kind {kind}")
        if place + length > len(message):
            raise ValueError("it ends too early")
        yield key >> 3, message[place : place + length]
        place += length


def _varints(data: memoryview) -> list[int]:
    numbers, place = [], 0
    while place < len(data):
        number, place = _varint(data, place)
        numbers.append(number)
    return numbers


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    """Return a number in base 128, lowest digit first, and the place after it."""
    number = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise ValueError("it ends too early")
        digit = data[place]
        place += 1
        number |= (digit & 127) << shift
        if digit < 128:
            return number, place
    raise ValueError("a number of more than 64 bits")
