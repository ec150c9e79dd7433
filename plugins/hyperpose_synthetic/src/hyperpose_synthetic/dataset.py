"""The dataset: drawn people in COCO's form, made when they are first asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hyperpose_coco.form.dataset import CocoStyleDataset, Split
from hyperpose_core.build.known_skeletons import named_skeleton
from hyperpose_synthetic.generate import SPLITS, annotation_file, make_dataset
from hyperpose_synthetic.options import cache_folder, read_options, read_version

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig

LEAST_AREA = 200.0
"""The pictures are small: so are people who are still worth learning, in pixels."""
_MPII_SIGMAS = (
    *(0.089, 0.087, 0.107),
    *(0.107, 0.087, 0.089),
    *(0.107, 0.079, 0.079, 0.035),
    *(0.062, 0.072, 0.079),
    *(0.079, 0.072, 0.062),
)
"""MPII has no OKS, but drawn people are scored by it. Points that COCO knows have COCO's sigmas;
pelvis, thorax, neck and head top have those of the hips, shoulders, shoulders and ears."""


def open_dataset(config: DataConfig) -> CocoStyleDataset:
    """Open the drawn people, and draw them first where that has not been done.

    Args:
        config: `path` is the folder of all such datasets, `version` the skeleton (`coco` or
            `mpii`), `options` as in `hyperpose_synthetic.options.Options`.

    Raises:
        ConfigError: an unknown version or option.
        UnknownComponentError: the plugin that has the skeleton is not installed.
        DataError: the folder cannot be written.
    """
    options, version = read_options(config.options), read_version(config.version)
    skeleton = named_skeleton(version)
    if not skeleton.sigmas:
        skeleton = replace(skeleton, sigmas=_MPII_SIGMAS)
    folder = make_dataset(cache_folder(config) / options.folder(version), skeleton, options)
    return CocoStyleDataset(
        skeleton=skeleton,
        splits={s: Split(annotation_file(folder, s), folder / s) for s in SPLITS},
        train_split=config.train_split,
        eval_split=config.eval_split,
        least_area=LEAST_AREA,
        how_to_get=f"Remove {folder} and start again: it will be made anew",
    )
