"""The dataset: drawn people in COCO's form, made when they are first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hyperpose_coco.form.dataset import CocoStyleDataset, Split
from hyperpose_core.skeletons import COCO, MPII
from hyperpose_synthetic.generate import SPLITS, annotation_file, make_dataset
from hyperpose_synthetic.options import cache_folder, read_options, read_version

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig

LEAST_AREA = 200.0
"""The pictures are small: so are people who are still worth learning, in pixels."""


def open_dataset(config: DataConfig) -> CocoStyleDataset:
    """Open the drawn people, and draw them first where that has not been done.

    Args:
        config: `path` is the folder of all such datasets, `version` the skeleton (`coco` or
            `mpii`), `options` as in `hyperpose_synthetic.options.Options`.

    Raises:
        ConfigError: an unknown version or option.
        DataError: the folder cannot be written.
    """
    options, version = read_options(config.options), read_version(config.version)
    skeleton = {"coco": COCO, "mpii": MPII}[version]
    folder = make_dataset(cache_folder(config) / options.folder(version), skeleton, options)
    return CocoStyleDataset(
        skeleton=skeleton,
        splits={s: Split(annotation_file(folder, s), folder / s) for s in SPLITS},
        train_split=config.train_split,
        eval_split=config.eval_split,
        least_area=LEAST_AREA,
        how_to_get=f"Remove {folder} and start again: it will be made anew",
    )
