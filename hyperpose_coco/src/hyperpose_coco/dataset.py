"""The dataset: COCO's people, from a folder with the official files.

::

    annotations/person_keypoints_train2017.json    train2017/000000000009.jpg ...
    annotations/person_keypoints_val2017.json      val2017/000000000139.jpg ...

and the same with 2014. The split `test-dev` of 2017 has no public annotations: people are found in
it, and COCO's server scores the results file::

    annotations/image_info_test-dev2017.json       test2017/000000000001.jpg ...

The files are described at https://cocodataset.org/#download.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from hyperpose_coco.form.dataset import CocoStyleDataset, Split
from hyperpose_coco.meta import COCOMeta
from hyperpose_coco.skeleton import COCO
from hyperpose_core.errors import ConfigError

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig

VERSIONS = ("2017", "2014")
DEFAULT_PATH = Path("data", "coco")
LEAST_AREA = 16.0 * 16.0
"""Smaller people, in pixels of silhouette, are no use to learn from; COCO has hardly any."""


def open_dataset(config: DataConfig) -> CocoStyleDataset:
    """Open COCO in the folder `config.path`, or `data/coco`.

    Nothing is read before it is asked for; what is missing then is a DataError that names it.

    Args:
        config: `train_split` and `eval_split` are `train` and `val`, or with the year, `train2017`;
            `eval_split` may be `test-dev`, of 2017.

    Raises:
        ConfigError: an unknown version.
    """
    version = config.version or VERSIONS[0]
    if version not in VERSIONS:
        raise ConfigError(f"COCO has no version {version!r}: choose one of {', '.join(VERSIONS)}")
    root = DEFAULT_PATH if config.path is None else Path(os.path.expanduser(config.path))
    return CocoStyleDataset(
        skeleton=COCO,
        splits=_splits(root, version),
        train_split=config.train_split,
        eval_split=config.eval_split,
        least_area=LEAST_AREA,
        how_to_get=_how_to_get(root, version),
        make=COCOMeta,
    )


def _splits(root: Path, version: str) -> dict[str, Split]:
    splits = {}
    for name in ("train", "val"):
        full = f"{name}{version}"
        annotations = root / "annotations" / f"person_keypoints_{full}.json"
        splits[name] = splits[full] = Split(annotations, root / full)
    if version == "2017":
        names = root / "annotations" / "image_info_test-dev2017.json"
        splits["test-dev"] = Split(names, root / "test2017", public=False)
    return splits


def _how_to_get(root: Path, version: str) -> str:
    return (
        f"`hyperpose prepare coco --version {version} --to {shlex.quote(str(root))}` gets them "
        f"(see https://cocodataset.org); or say with --data (or data.path) which folder has them"
    )
