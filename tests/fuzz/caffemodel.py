"""Caffe's weights: a protobuf message that is read field by field."""

from __future__ import annotations

import numpy as np
from fuzzing import written

from hyperpose_weights.caffemodel import read_blobs


def field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def seeds() -> list[bytes]:
    numbers = np.arange(6, dtype="<f4").tobytes()
    blob = field(7, field(1, bytes([2, 3]))) + field(5, numbers)
    old = b"".join(_varint(n << 3) + bytes([v]) for n, v in enumerate((1, 1, 2, 3), 1))
    new = field(100, field(1, b"conv1_1") + field(7, blob))
    return [new, field(2, field(4, b"conv1_1") + field(6, old + field(5, numbers)))]


def target(data: bytes) -> None:
    for blobs in read_blobs(written("net.caffemodel", data)).values():
        assert all(blob.dtype == np.float32 for blob in blobs)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])
