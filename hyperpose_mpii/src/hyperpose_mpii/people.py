"""People: the content of MPII's annotation file as plain data, in the file's own pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

JOINTS = 16
SIZE = 200.0
"""A person's height in pixels, divided by `Person.scale`."""


@dataclass(frozen=True)
class Person:
    """One `annorect`, in pixels of the image counted from 1, as the file has them.

    Args:
        points: `[16, 3]` float64: x, y, and 0 not annotated, 1 occluded, 2 visible (also where the
            file does not say); None for a person whose joints nobody annotated.
        head: x1, y1, x2, y2 of the head.
        scale: the person's height in units of 200 pixels.
        center: x and y of the person's rough middle.
        separated: whether the file counts the person among those who stand apart from others
            (`single_person`).
    """

    points: NDArray[np.float64] | None = None
    head: tuple[float, float, float, float] | None = None
    scale: float | None = None
    center: tuple[float, float] | None = None
    separated: bool = False


@dataclass(frozen=True)
class Image:
    """One image of the file.

    Args:
        name: of the image file.
        train: whether its annotations are public (`img_train`).
        people: in the order of the file.
        activity: what people do in it; empty where the file does not say.
    """

    name: str
    train: bool
    people: list[Person] = field(default_factory=list)
    activity: str = ""
