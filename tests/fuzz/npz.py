"""Weights and checkpoints: an `.npz` file, and the heads that a report reads of it."""

from __future__ import annotations

import io

import numpy as np
from fuzzing import written

from hyperpose_core.build.weights import check_numbers, load_weights
from hyperpose_report.reading.weights_file import read_weights_file


def seeds() -> list[bytes]:
    made = []
    for save in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        save(file, **{"a/filters": np.ones((3, 3), np.float32), "n": np.array(7)})
        made.append(file.getvalue())
    return made


def target(data: bytes) -> None:
    path = written("model.npz", data)
    assert read_weights_file(path)
    check_numbers(load_weights(path), path)
