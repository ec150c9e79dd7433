"""Predictions in HDF5, which is read in a process of its own: half a second each."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from fuzzing import written

from hyperpose_mpii.predictions import read_table

PACKED = {"chunks": (2, 8, 2), "compression": 1, "shuffle": True, "fletcher32": True}


def seeds() -> list[bytes]:
    import h5py

    made = []
    ways: tuple[dict[str, Any], ...] = ({}, PACKED)
    for how in ways:
        file = io.BytesIO()
        with h5py.File(file, "w") as content:
            content.create_dataset("preds", data=np.ones((3, 16, 2)), **how)
        made.append(file.getvalue())
    return made


def target(data: bytes) -> None:
    read_table(written("preds.h5", data))
