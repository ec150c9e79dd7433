"""Matlab's files: MPII's annotations, and predictions."""

from __future__ import annotations

import io

import numpy as np
from fuzzing import folder, written

from hyperpose_core.errors import HyperposeError
from hyperpose_mpii.annotations import read_matlab
from hyperpose_mpii.predictions import read_table


def seeds() -> list[bytes]:
    from mpii_files import person, whole, write_mat
    from scipy.io import savemat

    release = folder() / "release.mat"
    write_mat(release, [("a.jpg", [person(whole())]), ("b.jpg", None)])
    made = [release.read_bytes()]
    for pack in (True, False):
        file = io.BytesIO()
        savemat(file, {"preds": np.ones((2, 16, 2))}, do_compression=pack)
        made.append(file.getvalue())
    return made


def target(data: bytes) -> None:
    path = written("preds.mat", data)
    try:
        read_matlab(path)
    except HyperposeError:
        if not data.startswith((b"\x89HDF", b"MATLAB 7.3")):  # those are the target hdf5's
            read_table(path)
