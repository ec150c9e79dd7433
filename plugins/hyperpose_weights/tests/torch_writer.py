"""Files of `torch.save`, written byte by byte: what its pickles hold, without PyTorch."""

from __future__ import annotations

import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np

from hyperpose_weights.torch_files import MAGIC, PROTOCOL
from hyperpose_weights.torch_tensors import DTYPES

KINDS = {np.dtype(text): kind for kind, text in DTYPES.items() if kind != "BFloat16Storage"}


def text(value: str) -> bytes:
    """BINUNICODE."""
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def integer(value: int) -> bytes:
    """BININT."""
    return b"J" + struct.pack("<i", value)


def numbers(values: tuple[int, ...]) -> bytes:
    """MARK, numbers, TUPLE."""
    return b"(" + b"".join(map(integer, values)) + b"t"


def storage(array: np.ndarray, key: str, *, legacy: bool) -> bytes:
    """A persistent id: ("storage", the class, the key, the device, the count)."""
    kind = KINDS[array.dtype].encode()
    fields = text("storage") + b"ctorch\n" + kind + b"\n" + text(key) + text("cpu")
    return b"(" + fields + integer(array.size) + (b"N" if legacy else b"") + b"tQ"


def tensor(array: np.ndarray, key: str, *, legacy: bool) -> bytes:
    """A call of _rebuild_tensor_v2."""
    steps = tuple(s // array.itemsize for s in array.strides)
    arguments = storage(array, key, legacy=legacy) + integer(0)
    arguments += numbers(array.shape) + numbers(steps) + b"\x89" + b"}"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + b"tR"


def state(arrays: dict[str, np.ndarray], *, legacy: bool = False, more: bytes = b"") -> bytes:
    """A pickle of an OrderedDict of tensors, as a state dict is."""
    items = b"".join(
        text(name) + tensor(array, str(number), legacy=legacy)
        for number, (name, array) in enumerate(arrays.items())
    )
    return b"\x80\x02ccollections\nOrderedDict\n)R(" + items + more + b"u."


def write_zip(path: Path, data: bytes, arrays: dict[str, np.ndarray]) -> Path:
    """Write the zip form."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", data)
        archive.writestr("archive/byteorder", "little")
        for number, array in enumerate(arrays.values()):
            archive.writestr(f"archive/data/{number}", array.tobytes())
    return path


def write_legacy(path: Path, data: bytes, arrays: dict[str, np.ndarray]) -> Path:
    """Write the legacy form."""
    head = [MAGIC, PROTOCOL, {"protocol_version": PROTOCOL, "little_endian": True}]
    rows = b"".join(pickle.dumps(value, 2) for value in head) + data
    rows += pickle.dumps([str(number) for number in range(len(arrays))], 2)
    for array in arrays.values():
        rows += struct.pack("<q", array.size) + array.tobytes()
    path.write_bytes(rows)
    return path
