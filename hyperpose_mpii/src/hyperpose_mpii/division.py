"""The division: which images with public annotations are for training, which for validation."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from hyperpose_core.errors import DataError

SPLITS = {"train": "train", "valid": "valid", "val": "valid"}
"""What splits are called, and which part of the division they mean."""


def valid_names(root: Path) -> frozenset[str]:
    """Return the names of the images for validation.

    They are the usual ones, 2,729 images with 2,958 people (Tompson and others, 2014), as the
    stacked hourglass authors list them; where the dataset's folder has a `split.json` with other
    names in its list `valid`, those.

    Raises:
        DataError: `split.json` has no such list of names.
    """
    path = root / "split.json"
    if not path.is_file():
        return usual_valid_names()
    try:
        names = json.loads(path.read_bytes())["valid"]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise TypeError("'valid' is no list of names")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise DataError(
            f"{path} must be an object with a list of image names 'valid' ({error}); remove the "
            f"file to have the usual division"
        ) from error
    return frozenset(names)


def usual_valid_names() -> frozenset[str]:
    """Return the 2,729 names of the usual division."""
    return frozenset((files("hyperpose_mpii") / "valid_images.txt").read_text("utf-8").split())
