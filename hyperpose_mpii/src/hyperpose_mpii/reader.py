"""Reading MPII's official file for a conversion."""

from __future__ import annotations

from pathlib import Path

from hyperpose_core.data.raw import RawSplit
from hyperpose_core.errors import InputError
from hyperpose_mpii.annotations import FILE
from hyperpose_mpii.dataset import MPIIDataset


def read(source: Path, split: str) -> RawSplit:
    """Read a split, `train` or `valid`; a `contracts.AnnotationReader`.

    Args:
        source: the folder of the dataset, or the official file in it.

    Raises:
        InputError: the file has another name than the official one.
        DataError: there is no such file or split, or something is wrong with it.
    """
    if not source.is_dir() and source.name != FILE:
        raise InputError(f"MPII's file is called {FILE}: {source} is not")
    dataset = MPIIDataset(source if source.is_dir() else source.parent)
    return RawSplit(split, dataset.skeleton, list(dataset.raw_samples(split)))
