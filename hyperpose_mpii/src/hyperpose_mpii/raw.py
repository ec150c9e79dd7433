"""Raw samples: everybody whom the file names, whether or not the images can be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.raw import RawSample
from hyperpose_core.errors import DataError
from hyperpose_mpii.people import JOINTS, Image
from hyperpose_mpii.samples import image_id, sample_of


@dataclass
class RawMPII(RawSample):
    """One image of MPII with everybody in it.

    Args:
        head_boxes: `[P, 4]` float32, x, y, width, height; zeros for a person without one.
    """

    head_boxes: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))


def raw_samples(images: Sequence[Image], folder: Path) -> Iterator[RawMPII]:
    """Return every image with everybody in it; people without joints have rows of zeros.

    The file does not say how large images are: an image that cannot be read is 0 by 0 and without
    people.
    """
    for image in images:
        try:
            sample = sample_of(image, folder)
        except DataError:
            nobody = np.zeros((0, JOINTS, 3), np.float32)
            yield RawMPII(
                image_id(image.name),
                folder / image.name,
                0,
                0,
                nobody,
                np.zeros((0, 4), np.float32),
            )
            continue
        hidden = np.zeros((len(sample.hidden), JOINTS, 3), np.float32)
        yield RawMPII(
            image_id=sample.image_id,
            path=sample.path,
            width=sample.width,
            height=sample.height,
            keypoints=np.concatenate([sample.keypoints, hidden]),
            boxes=np.concatenate([sample.boxes, sample.hidden]),
            head_boxes=np.concatenate([sample.head_boxes, np.zeros_like(sample.hidden)]),
        )
