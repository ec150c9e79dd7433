"""One array inside of a whole archive, whose checksum is right: a weight, or a pickled list."""

from __future__ import annotations

import io
import zipfile

import numpy as np
from fuzzing import folder

from hyperpose_core.build.weights import check_numbers, load_weights
from hyperpose_core.errors import HyperposeError
from hyperpose_report.reading.weights_file import read_weights_file
from hyperpose_weights.importing.npz import read_pickled_list


def seeds() -> list[bytes]:
    values = [
        np.ones((3, 3), np.float32),
        np.array([np.ones(2), np.ones(3)], object),
        np.asfortranarray(np.ones((2, 3))),
        np.array("text"),
        np.zeros(3, [("a", "f4")]),
    ]
    made = []
    for value in values:
        file = io.BytesIO()
        np.save(file, value, allow_pickle=True)
        made.append(file.getvalue())
    return made


def target(data: bytes) -> None:
    path = folder() / "entry.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("params.npy", data)
    assert read_weights_file(path)
    try:
        check_numbers(load_weights(path), path)
    except HyperposeError:
        read_pickled_list(path, "params", trust_pickle=True)
