"""Custom data in COCO's form: any JSON with its own categories, keypoints and skeleton.

The folder `data.path` holds, unless `data.options` says otherwise::

    annotations/train.json    images/train/...
    annotations/val.json      images/val/...
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperpose_coco.custom.options import Options
from hyperpose_coco.form.annotations import (
    Annotations,
    part_of,
    read_annotations,
)
from hyperpose_coco.form.categories import Category, find_category
from hyperpose_coco.form.dataset import CocoStyleDataset, Humans, Id, Split
from hyperpose_coco.oks.oks import humans_to_results
from hyperpose_core.build.known_skeletons import named_skeleton, skeleton_with
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig


@dataclass
class CocoCustomDataset(CocoStyleDataset):
    """A `contracts.Dataset` of one category of files in COCO's form.

    Args:
        category: its name; None: the only one that has keypoints.
    """

    category: str | None = None

    def evaluate(self, humans: Humans, image_ids: Collection[Id] | None = None) -> dict[str, float]:
        """Score predictions with OKS, as `CocoStyleDataset.evaluate`.

        Raises:
            ConfigError: the skeleton has no sigmas.
        """
        self.check_evaluation()
        return super().evaluate(humans, image_ids)

    def to_results(self, humans: Humans) -> list[dict[str, Any]]:
        """Return predictions as COCO's results list, of the category of the file."""
        path = self.splits[self.eval_split].annotations
        category = find_category(path, self.category).id if path.is_file() else 1
        return humans_to_results(humans, self.skeleton, category)

    @property
    def category_name(self) -> str:
        """What is annotated, as the files call it."""
        return find_category(self.splits[self.eval_split].annotations, self.category).name

    def protocol(self) -> dict[str, Any]:
        """Return what makes the numbers comparable: sigmas, and areas that nobody gave."""
        from hyperpose_coco.scoring.metrics import estimated_areas

        return super().protocol() | estimated_areas(self.raw_samples(self.eval_split))

    def check_evaluation(self) -> None:
        """See that there is what a score needs; errors as `evaluate`."""
        if not self.skeleton.sigmas:
            raise ConfigError(
                f"OKS needs a sigma for each keypoint of {self.skeleton.name!r}, and there is no "
                f"default: measure them with `hyperpose estimate-sigmas` on images that several "
                f"people annotated, and give them as data.options.sigmas, or in the TOML file of "
                f"data.options.skeleton"
            )

    def _read(
        self, split: Split, unique: bool = True, least_area: float | None = None
    ) -> Annotations:
        category = find_category(split.annotations, self.category)
        _check_names(category, self.skeleton, split.annotations)
        count = len(self.skeleton)
        found = read_annotations(
            split.annotations, count, unique=unique, category=category.id, least_area=least_area
        )
        part = part_of(found, split.part)
        if len(found.rows) and not len(part.rows):
            raise DataError(
                f"data.options.val_part leaves none of the {len(found.rows)} images of "
                f"{split.annotations} to one of the splits: choose it nearer to 0.5, or name a "
                f"file for each split"
            )
        return part


def open_dataset(config: DataConfig) -> CocoCustomDataset:
    """Open the folder `config.path`, or the current one.

    Raises:
        ConfigError: an unknown or wrong option, or a skeleton that does not fit the files.
        DataError: no annotation file is there, or its categories are malformed.
    """
    options = Options.read(config.options)
    root = Path(os.path.expanduser(config.path or "."))
    names = dict.fromkeys((config.train_split, config.eval_split))
    splits = {
        name: Split(
            root / options.file("annotations", name),
            root / options.file("images", name),
            part=options.part(name),
        )
        for name in names
    }
    return CocoCustomDataset(
        skeleton=_skeleton(options, splits),
        splits=splits,
        train_split=config.train_split,
        eval_split=config.eval_split,
        least_area=options.least_area,
        how_to_get=(
            "Say with data.path which folder has them, and with data.options.annotations and "
            "data.options.images where in it they are"
        ),
        category=options.category,
    )


def _skeleton(options: Options, splits: Mapping[str, Split]) -> Skeleton:
    """Return the skeleton of the files, or the user's, with the sigmas that there are."""
    try:
        files = [split.annotations for split in splits.values() if split.annotations.is_file()]
    except OSError as error:
        raise DataError(
            f"cannot look for {error.filename}: {error.strerror}; mend that, or name another "
            f"folder with data.path, or another file with data.options.annotations"
        ) from error
    if not files:
        missing = " and ".join(str(split.annotations) for split in splits.values())
        raise DataError(
            f"annotation file not found: {missing}. Say with data.path which folder has it, and "
            f"with data.options.annotations where in it it is"
        )
    category = find_category(files[0], options.category)
    if options.skeleton is not None:
        skeleton = named_skeleton(os.path.expanduser(options.skeleton))
        _check_names(category, skeleton, files[0])
    else:
        skeleton = _of_category(category, files[0])
    return _with_sigmas(skeleton, options.sigmas)


def _of_category(category: Category, path: Path) -> Skeleton:
    if not category.keypoints:
        raise DataError(
            f"{path}: the category {category.name!r} has no 'keypoints': name them there, or in a "
            f"TOML file that data.options.skeleton names"
        )
    known = skeleton_with(category.keypoints)
    own = Skeleton(category.name, category.keypoints, category.limbs, (), {}, category.flip_pairs)
    return own if known is None or known.flip != own.flip else known


def _with_sigmas(skeleton: Skeleton, given: Any) -> Skeleton:
    from hyperpose_coco.sigmas.given import with_sigmas

    try:
        return with_sigmas(skeleton, given)[0]
    except ConfigError as error:
        raise ConfigError(f"data.options.sigmas: {error}") from error


def _check_names(category: Category, skeleton: Skeleton, path: Path) -> None:
    if category.keypoints and category.keypoints != skeleton.keypoints:
        raise DataError(
            f"{path}: the keypoints of {category.name!r} are {', '.join(category.keypoints)}; "
            f"those of the skeleton {skeleton.name!r} are {', '.join(skeleton.keypoints)}: they "
            f"must be the same, in the same order"
        )
