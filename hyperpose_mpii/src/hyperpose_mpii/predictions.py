"""Predictions: reading result files of anybody's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_core.data.humans import Human
from hyperpose_core.errors import InputError
from hyperpose_mpii.hdf5 import read_hdf5
from hyperpose_mpii.matlab import is_hdf5, read_mat
from hyperpose_mpii.people import JOINTS
from hyperpose_mpii.skeleton import MPII
from hyperpose_scores.pck import Floats

KEY = "preds"
_MOST = 1_000_000 * JOINTS * 3
"""Numbers that a file of predictions may have: x, y and score of a million people."""
_LAYOUTS = f"{KEY} must be numbers of shape [people, {JOINTS}, 2]"


def read_table(path: Path) -> Floats:
    """Read `preds` of a .mat or .h5 file: one prediction for each person, in their order.

    Returns:
        `[N, 16, 2]`, pixels counted from 1 as such files have them. NaN and infinite values stay:
        they are joints that were not found.

    Raises:
        InputError: the file cannot be read, or has no such numbers.
    """
    return _table(path, read_hdf5(path, KEY, _MOST) if _is_hdf5(path) else read_mat(path, KEY)[KEY])


def _is_hdf5(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_hdf5(file.read(16))
    except OSError as error:
        raise InputError(f"cannot read the results {path}: {error.strerror or error}") from error


def _table(path: Path, value: Any) -> Floats:
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise InputError(f"{path}: {KEY} has {array.dtype} values; {_LAYOUTS}")
    if array.ndim == 2:  # Matlab leaves out how many people there are where it is one
        array = array[None]
    if array.ndim == 3 and array.shape[1:] != (JOINTS, 2):
        if array.shape[:2] == (JOINTS, 2):  # as the ground truth of the official evaluation
            array = array.transpose(2, 0, 1)
        elif array.shape[:2] == (2, JOINTS):  # as Matlab writes HDF5
            array = array.transpose(2, 1, 0)
    if array.ndim != 3 or array.shape[1] != JOINTS or array.shape[2] not in (2, 3):
        raise InputError(f"{path}: {KEY} has the shape {list(np.shape(value))}; {_LAYOUTS}")
    with np.errstate(over="ignore", invalid="ignore"):
        return array[..., :2].astype(float)


def read_people(path: Path) -> dict[int | str, list[Human]]:
    """Read what `hyperpose eval` writes for MPII: a JSON list of people with their images.

    Returns:
        image id to people, pixels counted from 0.

    Raises:
        InputError: the file cannot be read, or an entry is not as it must be.
    """
    try:
        entries = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read the results {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}") from error
    if not isinstance(entries, list):
        raise InputError(f"{path} must be a list of people")
    humans: dict[int | str, list[Human]] = {}
    for number, entry in enumerate(entries):
        image_id, human = _person(path, number, entry)
        humans.setdefault(image_id, []).append(human)
    return humans


def _person(path: Path, number: int, entry: Any) -> tuple[int | str, Human]:
    name = entry.get("image_id") if isinstance(entry, dict) else None
    if type(name) is not int and not isinstance(name, str):
        raise InputError(
            f"{path}: entry {number} must be an object with an 'image_id', a whole number or a text"
        )
    points, score = _floats(entry.get("keypoints")), _floats(entry.get("score"))
    if points.shape != (3 * JOINTS,) or score.shape != ():
        raise InputError(
            f"{path}: entry {number} must have 'keypoints', {3 * JOINTS} finite numbers (x, y and "
            f"score of MPII's joints), and a finite 'score'"
        )
    keypoints = points.reshape(JOINTS, 3).astype(np.float32)
    return name, Human(keypoints, float(score), MPII)


def _floats(value: Any) -> Floats:
    """Return finite numbers below a million million as an array; anything else as `[0, 0]`."""
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):
        array = np.asarray(None)
    if array.dtype.kind not in "iuf" or not (np.abs(array.astype(float)) < 1e12).all():
        return np.zeros((0, 0))
    return array.astype(float)
