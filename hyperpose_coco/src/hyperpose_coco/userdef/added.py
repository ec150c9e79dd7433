"""Added data: images of one's own with targets in the form of 2021."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperpose_coco.userdef.added_dataset import AddedDataset
from hyperpose_coco.userdef.elements import train_elements
from hyperpose_core.contracts import Dataset
from hyperpose_core.data.image_size import image_size
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_datatools.image_files import check_images


@dataclass(frozen=True)
class AddedData:
    """Images with annotations, as `hyperpose.Config.set_useradd_data` takes them.

    Args:
        paths: the image files.
        targets: for each a dictionary: `kpt`, for each person the keypoints of the chosen dataset
            in its order, `[x, y]` or `[x, y, v]`, negative or v 0 where not annotated; `bbx`, for
            each person x, y, width, height; `mask`, people without annotation in COCO's forms.
            `bbx` and `mask` may be None or left out.
        repeat: how often each image is there.

    Raises:
        ConfigError: there is not one target for each path, or `repeat` is not 1 or more.
    """

    paths: Sequence[str | Path]
    targets: Sequence[Mapping[str, Any] | bytes]
    repeat: int = 1

    def __post_init__(self) -> None:
        if len(self.paths) != len(self.targets) or not len(self.paths):
            raise ConfigError(
                f"added data needs a target for each image: got {len(self.paths)} paths and "
                f"{len(self.targets)} targets"
            )
        if not isinstance(self.repeat, int) or self.repeat < 1:
            raise ConfigError(
                f"the scale rate of added data is how often each image is there, a whole number "
                f"of 1 or more; got {self.repeat!r}"
            )

    def added_to(self, dataset: Dataset, official: bool) -> Dataset:
        """Return a dataset with these images, or with these alone; as `contracts.AddedData`."""
        return AddedDataset(dataset, self, official)  # type: ignore[return-value]

    def samples(self, skeleton: Skeleton) -> list[Sample]:
        """Return the images as samples of a skeleton.

        Raises:
            DataError: an image is missing, or a target is malformed: which one.
        """
        pairs = list(zip(map(str, self.paths), self.targets, strict=True))
        where = "the added data"
        elements = list(train_elements(pairs, None, where))
        check_images((path for path, _ in elements), f"{where} names", "Correct these paths")
        samples = []
        for number, (path, element) in enumerate(elements):
            people, count = element.keypoints.shape[:2]
            if people and count != len(skeleton):
                raise DataError(
                    f"element {number} of {where} ({path}) has people of {count} keypoints; "
                    f"{skeleton.name!r} has {len(skeleton)}: {', '.join(skeleton.keypoints)}"
                )
            width, height = image_size(path)
            element, mask = element.cut(len(skeleton)), element.mask(path, width, height)
            points, boxes = element.keypoints, element.boxes
            name = f"added-{number}"
            samples.append(Sample(name, path, width, height, points, boxes, mask))
        return samples * self.repeat
