"""Options: how many pictures, of which size, and where they are kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperpose_core.errors import ConfigError

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig

GENERATOR = 2
"""Raised whenever the same options give other pictures, so that old ones are not taken for new."""
VERSIONS = ("coco", "mpii")
_LIMITS = {
    "train_images": (1, 1_000_000),
    "val_images": (1, 1_000_000),
    "width": (64, 4096),
    "height": (64, 4096),
    "max_people": (1, 20),
    "smallest": (10, 90),
    "clutter": (0, 10),
    "seed": (0, 2**32 - 1),
}


@dataclass(frozen=True)
class Options:
    """What `data.options` may hold.

    Args:
        train_images, val_images: how many pictures to draw.
        width, height: of a picture, in pixels.
        max_people: in one picture.
        smallest: a person's least height, in hundredths of the picture's.
        clutter: how much of what lies around is drawn, in tenths.
        seed: other people in other places.
    """

    train_images: int = 600
    val_images: int = 80
    width: int = 320
    height: int = 240
    max_people: int = 4
    smallest: int = 33
    clutter: int = 10
    seed: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """Number of pictures by split."""
        return {"train": self.train_images, "val": self.val_images}

    def folder(self, version: str) -> str:
        """Return the name of the folder that holds these pictures."""
        return (
            f"{version}-seed{self.seed}-train{self.train_images}-val{self.val_images}"
            f"-{self.width}x{self.height}-people{self.max_people}-smallest{self.smallest}-clutter{self.clutter}-v{GENERATOR}"
        )


def read_options(given: Mapping[str, Any]) -> Options:
    """Check `data.options`.

    Raises:
        ConfigError: an unknown name, or a value out of its range.
    """
    names = [field.name for field in fields(Options)]
    for name, value in given.items():
        if name not in names:
            raise ConfigError(
                f"Synthetic has no option {name!r}: data.options may hold {', '.join(names)}"
            )
        low, high = _LIMITS[name]
        if type(value) is not int or not low <= value <= high:
            raise ConfigError(
                f"data.options.{name} is {value!r}: it must be a whole number, {low} to {high}"
            )
    return Options(**given)


def read_version(version: str | None) -> str:
    """Return which skeleton the annotations are to have; ConfigError for an unknown one."""
    if version is not None and version not in VERSIONS:
        raise ConfigError(
            f"Synthetic has no version {version!r}: choose one of {', '.join(VERSIONS)}"
        )
    return version or VERSIONS[0]


def cache_folder(config: DataConfig) -> Path:
    """Return `data.path`, or the user's cache folder; ConfigError where there is no such home."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(cache) / "hyperpose" / "synthetic" if config.path is None else Path(config.path)
    try:
        return folder.expanduser()
    except RuntimeError as error:
        raise ConfigError(
            f"{folder} begins with the home of a user who is not known here: say with --data (or "
            f"data.path) which folder the pictures go to, beginning with /"
        ) from error
