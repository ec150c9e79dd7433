"""Added data: a user's own training images beside those of a dataset."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperpose_core.contracts import Dataset
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_core.samples import Sample
from hyperpose_core.skeletons import Skeleton


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

    def samples(self, skeleton: Skeleton) -> list[Sample]:
        """Return the images as samples of a skeleton.

        Raises:
            DataError: an image is missing, or a target is malformed: which one.
        """
        from hyperpose_core.datasets.coco_samples import check_images
        from hyperpose_core.datasets.image_size import image_size
        from hyperpose_core.datasets.userdef_elements import train_elements

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


@dataclass
class AddedDataset:
    """A dataset with added training images, or (`official` false) with these alone.

    Everything else is the dataset's own.
    """

    base: Dataset
    added: AddedData | None
    official: bool = True

    @property
    def skeleton(self) -> Skeleton:
        """That of the dataset: the added people are annotated in it."""
        return self.base.skeleton

    def train_samples(self) -> list[Sample]:
        """Return the dataset's own images, unless they are switched off, and the added ones."""
        return [*(self.base.train_samples() if self.official else ()), *self.added_samples()]

    def added_samples(self) -> list[Sample]:
        """Return the added images; filters do not see them."""
        return [] if self.added is None else self.added.samples(self.skeleton)

    def evaluate(
        self, humans: Mapping[int | str, Any], image_ids: Collection[int | str] | None = None
    ) -> Mapping[str, float]:
        """Score predictions as the dataset does."""
        return self.base.evaluate(humans, image_ids)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        if name == "base":  # not there yet, while an object is copied
            raise AttributeError(name)
        return getattr(self.base, name)


def with_added(dataset: Dataset, added: AddedData | None, official: bool) -> Dataset:
    """Return a dataset with what `data.added` and `data.official` say.

    Raises:
        ConfigError: nothing is left to train on.
    """
    if added is None and official:
        return dataset
    if added is None:
        raise ConfigError(
            "data.official is false and there is no added data: add some with "
            "Config.set_useradd_data, or train on the dataset's own images too"
        )
    return AddedDataset(dataset, added, official)  # type: ignore[return-value]
