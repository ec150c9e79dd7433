"""MPIIMeta: one image of MPII as filters see it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.samples import Sample


def _none() -> NDArray[np.float32]:
    return np.zeros((0, 4), np.float32)


@dataclass
class MPIIMeta(Sample):
    """One image of MPII, with the names that filters of 2021 use.

    Everything is in pixels of the image, the centre of the upper left pixel at (0, 0); the file
    itself counts from 1. People are in the order of the file.

    Args:
        head_boxes: `[P, 4]` float32, x, y, width, height; zeros for a person without one.
        scales: `[P]` float32, the person's height in units of 200 pixels; 0 where not given.
        centers: `[P, 2]` float32, the person's rough middle; NaN where not given.
        separated: `[P]` bool: who stands apart from others (`single_person` of the file).
        activity: what people do in the image; empty where the file does not say.
        hidden: `[H, 4]` float32, boxes around people whose joints nobody annotated, as far as the
            file lets one know. `mask` is made of them when asked for.
    """

    head_boxes: NDArray[np.float32] = field(default_factory=_none)
    scales: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    centers: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    separated: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    activity: str = ""
    hidden: NDArray[np.float32] = field(default_factory=_none)

    @property  # type: ignore[misc]
    def mask(self) -> bytes | None:
        """Where the loss counts, made anew at each call: many thousands of them stay small."""
        from hyperpose_coco import masks

        given: bytes | None = self.__dict__.get("given_mask")
        return masks.from_boxes(self.hidden, self.width, self.height) if given is None else given

    @mask.setter
    def mask(self, value: bytes | None) -> None:
        self.__dict__["given_mask"] = value

    @property
    def image_path(self) -> str:
        """The path of the image file."""
        return str(self.path)

    @property
    def headbbx_list(self) -> list[NDArray[np.float32]]:
        """Head boxes of the people as x and y of the middle, width, height."""
        middle = self.head_boxes + np.pad(self.head_boxes[:, 2:] / 2, ((0, 0), (0, 2)))
        return list(middle)

    @property
    def scale_list(self) -> list[np.float32]:
        """The people's heights in pixels."""
        return list(self.scales * np.float32(200))

    @property
    def center_list(self) -> list[NDArray[np.float32]]:
        """The people's rough middles, x and y."""
        return list(self.centers)
