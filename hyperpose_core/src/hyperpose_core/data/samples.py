"""Samples: one annotated image each, as datasets hand them to filters and to the input pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.support.promises import broken, calling


@dataclass
class Sample:
    """One annotated image. Datasets subclass it with fields of their own, which filters see.

    Args:
        image_id: unique in the dataset.
        path: the image file.
        width, height: of the image, in pixels; 0 where the dataset does not say.
        keypoints: `[P, K, 3]` float32: x and y in pixels of the image, the centre of the upper
            left pixel at (0, 0); visibility 0 not annotated, 1 annotated but occluded, 2 visible.
        boxes: `[P, 4]` float32: x, y, width, height in pixels of the image.
        mask: where the loss counts, PNG bytes of a `[height, width]` uint8 picture that is 0 on
            people who are in the image without keypoints and 255 elsewhere; None: all of it counts.
            Where it is 0 everywhere, what augmentation shows beside the image counts no more.
            `data.masks.encode` makes them.
        labelled: `[K]` bool: whether the dataset annotates the keypoint at all. One that it does
            not is unknown rather than absent, and no loss counts it; None: all are.
        label: of the whole image: the number of its class, which the dataset's skeleton names, or
            what an objective of the training gives it (a domain); -1: none.
    """

    image_id: int | str
    path: Path
    width: int
    height: int
    keypoints: NDArray[np.float32]
    boxes: NDArray[np.float32]
    mask: bytes | None = None
    labelled: NDArray[np.bool_] | None = None
    label: int = -1

    @property
    def joint_list(self) -> list[NDArray[np.float32]]:
        """The people's keypoints, `[K, 3]` each: the name that filters of 2021 use."""
        return list(self.keypoints)


def samples_from(dataset: object, method: str) -> list[Sample]:
    """Ask a dataset for its `train_samples` or `eval_samples`.

    Raises:
        PluginError: that fails; an id comes twice, or boxes do not go with the people: those of one
            image would be taken for another's.
    """
    with calling(dataset, method):
        samples = list(getattr(dataset, method)())
        ids: set[int | str] = set()
        for sample in samples:
            if sample.image_id in ids:
                raise broken(dataset, method, "a unique image_id", f"{sample.image_id!r} twice")
            ids.add(sample.image_id)
            people, boxes = np.shape(sample.keypoints), np.shape(sample.boxes)
            if len(people) != 3 or people[2] != 3 or boxes != (people[0], 4):
                came = f"keypoints {_text(people)} and boxes {_text(boxes)} of {sample.image_id!r}"
                raise broken(dataset, method, "keypoints [P, K, 3] and boxes [P, 4]", came)
    return samples


def _text(shape: Iterable[int]) -> str:
    return f"[{', '.join(map(str, shape))}]"
