"""The dataset: MPII's people, from a folder with the official file and the images.

::

    mpii_human_pose_v1_u12_1.mat
    images/000001163.jpg ...

The file may also be in the folder `mpii_human_pose_v1_u12_2`, where the official archive has it.
The dataset is described at http://human-pose.mpi-inf.mpg.de.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperpose_coco.oks.oks import humans_to_results
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_datatools.image_files import check_images
from hyperpose_mpii.annotations import FILE, read_annotations
from hyperpose_mpii.division import SPLITS, valid_names
from hyperpose_mpii.evaluate import evaluate_people, people_protocol
from hyperpose_mpii.meta import MPIIMeta
from hyperpose_mpii.people import Image
from hyperpose_mpii.samples import make_samples
from hyperpose_mpii.skeleton import MPII

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig
    from hyperpose_core.data.raw import RawSample
    from hyperpose_core.data.samples import Sample

DEFAULT_PATH = Path("data", "mpii")
_INNER = "mpii_human_pose_v1_u12_2"
_OPTIONS = ("cache",)
Id = int | str


def open_dataset(config: DataConfig) -> MPIIDataset:
    """Open MPII in the folder `config.path`, or `data/mpii`.

    Nothing is read before it is asked for; what is missing then is a DataError that names it.

    Args:
        config: `train_split` and `eval_split` are `train` and `valid` (or `val`); the option
            `cache` is a folder for what is read of the annotation file, beside it where not given.

    Raises:
        ConfigError: an unknown version or option.
    """
    if config.version:
        raise ConfigError(f"MPII has one version only: leave {config.version!r} out")
    for name in config.options:
        if name not in _OPTIONS:
            raise ConfigError(f"MPII has no option {name!r}: it has {', '.join(_OPTIONS)}")
    kept = config.options.get("cache")
    if kept is not None and not isinstance(kept, str | Path):
        raise ConfigError(f"MPII's option 'cache' is {kept!r}: it must be a folder")
    root = DEFAULT_PATH if config.path is None else Path(os.path.expanduser(config.path))
    cache_folder = None if kept is None else Path(os.path.expanduser(kept))
    return MPIIDataset(root, config.train_split, config.eval_split, cache_folder)


@dataclass
class MPIIDataset:
    """A `contracts.Dataset` on the official files of MPII.

    Args:
        root: the folder.
        train_split, eval_split: `train` or `valid`.
        cache_folder: for what is read of the annotation file; None: beside it.
    """

    root: Path
    train_split: str = "train"
    eval_split: str = "valid"
    cache_folder: Path | None = None
    skeleton: Skeleton = MPII

    def train_samples(self) -> list[MPIIMeta]:
        """Return the images of the training split in which somebody's joints are annotated."""
        images = self.images(self.train_split)
        return self._samples([i for i in images if any(p.points is not None for p in i.people)])

    def eval_samples(self) -> list[MPIIMeta]:
        """Return every image of the evaluation split, also those in which nobody is annotated."""
        return self._samples(self.images(self.eval_split))

    def check_images(self, samples: Iterable[Sample]) -> None:
        """Raise DataError, which says how to get them, where files of samples are not there."""
        paths = (sample.path for sample in samples)
        check_images(paths, "MPII's annotations name", self._how_to_get())

    def images(self, split: str) -> list[Image]:
        """Return the annotations of a split, in the order of the file, in its own pixels.

        Raises:
            DataError: there is no such split, or no file, or something is wrong with it.
        """
        if split not in SPLITS:
            raise DataError(f"MPII has no split {split!r}: choose one of {', '.join(SPLITS)}")
        public = [i for i in read_annotations(self.annotation_file(), self.cache_folder) if i.train]
        valid = valid_names(self.root)
        return [i for i in public if (i.name in valid) == (SPLITS[split] == "valid")]

    def raw_samples(self, split: str) -> list[RawSample]:
        """Return every image of a split with everybody in it; missing files are not looked for."""
        from hyperpose_mpii.raw import raw_samples

        return list(raw_samples(self.images(split), self.root / "images"))

    def annotation_file(self) -> Path:
        """Return the path of the official file.

        Raises:
            DataError: it is not there.
        """
        for folder in (self.root, self.root / _INNER, self.root / "annotations"):
            if (folder / FILE).is_file():
                return folder / FILE
        raise DataError(f"annotation file not found: {self.root / FILE}. {self._how_to_get()}")

    def evaluate(
        self,
        humans: Mapping[Id, Sequence[Human]],
        image_ids: Collection[Id] | None = None,
    ) -> dict[str, float]:
        """Score predictions by the AP of joints and by PCKh; see `evaluate_people`.

        Args:
            humans: image id to people in MPII's skeleton, pixels of the image.
            image_ids: score over these images only; None: over all of the evaluation split.
        """
        samples = self.eval_samples()
        if image_ids is not None:
            wanted = set(image_ids)
            samples = [sample for sample in samples if sample.image_id in wanted]
        return evaluate_people(samples, humans)

    def protocol(self) -> dict[str, Any]:
        """Return what makes the numbers of `evaluate` comparable."""
        return people_protocol()

    def to_results(self, humans: Mapping[Id, Sequence[Human]]) -> list[dict[str, Any]]:
        """Return predictions as a list in the form of COCO's results, with MPII's 16 joints.

        `hyperpose score` reads it. Pixels are counted from 0, and a joint that was not found has
        the score 0.
        """
        return humans_to_results(humans, self.skeleton)

    def _samples(self, images: list[Image]) -> list[MPIIMeta]:
        folder = self.root / "images"
        if not folder.is_dir():
            raise DataError(f"image folder not found: {folder}. {self._how_to_get()}")
        return make_samples(images, folder)

    def _how_to_get(self) -> str:
        return (
            f"Download it with `hyperpose prepare mpii --to {self.root}` (or by hand from "
            f"http://human-pose.mpi-inf.mpg.de/#download), or say with --data (or data.path) which "
            f"folder has it"
        )
