"""Datasets in COCO's form: a file of annotations and a folder of images for each split."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperpose_coco.form.annotations import Annotations, read_annotations
from hyperpose_coco.form.samples import CocoSample, make_samples
from hyperpose_coco.oks.oks import evaluate_oks, humans_to_results, oks_protocol
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_datatools.image_files import check_images

if TYPE_CHECKING:
    from hyperpose_core.contracts import Score
    from hyperpose_core.data.raw import RawSample
    from hyperpose_core.data.samples import Sample

Id = int | str
Humans = Mapping[Id, Sequence[Human]]


@dataclass(frozen=True)
class Split:
    """Where the annotations and the images of one split are.

    Args:
        public: False where the file only names the images: people are found in them, and whoever
            has the annotations scores the results.
        part: which of the file's images, a range of 0 to 1, by what their ids hash to.
    """

    annotations: Path
    images: Path
    public: bool = True
    part: tuple[float, float] = (0.0, 1.0)


@dataclass
class CocoStyleDataset:
    """A `contracts.Dataset` on files in COCO's form, scored by OKS.

    Args:
        skeleton: names the keypoints of the files, in their order.
        splits: by name, the ones to train and to evaluate on at least.
        least_area: people with a smaller silhouette, in pixels, become the mask.
        how_to_get: what to do when files are missing, one sentence.
        make: the class of its samples.
    """

    skeleton: Skeleton
    splits: Mapping[str, Split]
    train_split: str
    eval_split: str
    least_area: float = 32.0 * 32.0
    how_to_get: str = ""
    make: Callable[..., CocoSample] = CocoSample

    def train_samples(self) -> list[CocoSample]:
        """Return the images of the training split in which somebody is annotated."""
        return self._samples(self.train_split, with_people_only=True)

    def eval_samples(self) -> list[CocoSample]:
        """Return every image of the evaluation split, also those in which nobody is annotated."""
        return self._samples(self.eval_split, with_people_only=False)

    def check_images(self, samples: Iterable[Sample]) -> None:
        """Raise DataError, which says how to get them, where files of samples are not there."""
        check_images((sample.path for sample in samples), "the annotations name", self.how_to_get)

    def raw_samples(self, split: str) -> list[RawSample]:
        """Return every image of a split with everybody in it; missing files are not looked for."""
        from hyperpose_coco.form.raw import raw_samples

        files = self._split(split)
        return list(raw_samples(self._read(files, unique=False), files.images))

    def evaluate(self, humans: Humans, image_ids: Collection[Id] | None = None) -> dict[str, float]:
        """Score predictions with COCO's OKS.

        Args:
            humans: image id to people in this dataset's skeleton, pixels of the image.
            image_ids: score over these images only; None: over all of the evaluation split.

        Returns:
            AP, AP50, AP75, APm, APl, AR, AR50, AR75, ARm, ARl in [0, 1]; nothing for a split whose
            annotations are not public.
        """
        if not self._split(self.eval_split).public:
            return {}
        annotations = self._read(self._split(self.eval_split))
        wanted = [image["id"] for image in annotations.images] if image_ids is None else image_ids
        truth = (person for people in annotations.people.values() for person in people)
        return evaluate_oks(truth, self.to_results(humans), self.skeleton.sigmas, wanted)

    def protocol(self) -> dict[str, Any]:
        """Return what makes the numbers of `evaluate` comparable."""
        return oks_protocol(self.skeleton) if self._split(self.eval_split).public else {}

    def annotations(self, path: Path | None = None) -> Annotations:
        """Read the annotations of the evaluation split, whether or not the images are there.

        Args:
            path: another file with the same keypoints instead.

        Raises:
            DataError: there is no such split or file, or an entry is not as it must be.
        """
        if path is not None:
            return self._read(Split(path, path.parent))
        self._check_name(self.eval_split)
        split = self.splits[self.eval_split]
        if not split.annotations.is_file():
            raise DataError(
                f"annotation file not found: {split.annotations}. {self.how_to_get}".strip()
            )
        return self._read(split)

    def to_results(self, humans: Humans) -> list[dict[str, Any]]:
        """Return predictions as COCO's results list."""
        return humans_to_results(humans, self.skeleton)

    def score(self, results: Path, **given: Any) -> Score:
        """Score a result file in COCO's form; see `hyperpose_coco.scoring.form`."""
        from hyperpose_coco.scoring.form import score_coco_form

        return score_coco_form(results, dataset=self, **given)

    def _samples(self, name: str, with_people_only: bool) -> list[CocoSample]:
        split = self._split(name)
        return make_samples(
            self._read(split, least_area=self.least_area),
            split.images,
            least_area=self.least_area,
            make=self.make,
            with_people_only=with_people_only,
        )

    def _read(
        self, split: Split, unique: bool = True, least_area: float | None = None
    ) -> Annotations:
        count, people = len(self.skeleton), split.public
        return read_annotations(
            split.annotations, count, unique=unique, people=people, least_area=least_area
        )

    def _check_name(self, name: str) -> None:
        if name not in self.splits:
            raise DataError(f"there is no split {name!r}: choose one of {', '.join(self.splits)}")

    def _split(self, name: str) -> Split:
        self._check_name(name)
        split = self.splits[name]
        for what, path in _missing(split):
            raise DataError(f"{what} not found: {path}. {self.how_to_get}".strip())
        return split


def _missing(split: Split) -> Iterator[tuple[str, Path]]:
    if not split.annotations.is_file():
        yield "annotation file", split.annotations
    if not split.images.is_dir():
        yield "image folder", split.images
