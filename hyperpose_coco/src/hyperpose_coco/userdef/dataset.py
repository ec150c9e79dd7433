"""UserDataset: the samples and the scores of a user's own dataset; `userdef` says what it needs."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hyperpose_coco.oks.oks import evaluate_oks, humans_to_results, oks_protocol
from hyperpose_coco.skeleton import COCO
from hyperpose_coco.userdef.elements import Element, eval_elements, train_elements
from hyperpose_core.build.known_skeletons import registered_skeletons
from hyperpose_core.data.humans import Human
from hyperpose_core.data.image_size import image_size
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError, HyperposeError
from hyperpose_core.skeletons import Skeleton
from hyperpose_datatools.image_files import check_images

if TYPE_CHECKING:
    from hyperpose_core.config import Config

Id = int | str
Humans = Mapping[Id, Sequence[Human]]
_OTHER_SIGMA = 0.079
"""For keypoints that COCO does not have: that of its shoulders, but for those named below."""
_SIGMAS = {"headtop": 0.035, "pelvis": 0.107}
"""Of what lies where COCO has ears, and hips."""
_NOT_FOUND = -1000.0
_OWN_SCORES = ("evaluate", "official_eval")
_CORRECT = "Correct these paths, or leave the images out"


@dataclass
class UserDataset:
    """A `contracts.Dataset` around a user's object."""

    inner: Any
    config: Config

    @cached_property
    def skeleton(self) -> Skeleton:
        """The dataset's, the model's, COCO's or a registered one: the first that fits."""
        counts, without_last = self._counts()
        own = (self._own_skeleton, _model_skeleton(self.config), COCO)
        known = [s for s in (*own, *registered_skeletons()) if s]
        for fitting in (counts, without_last):
            for skeleton in known:
                if fitting <= {len(skeleton)}:
                    return skeleton
        sizes = dict.fromkeys(f"{skeleton.name!r} has {len(skeleton)}" for skeleton in known)
        raise DataError(
            f"the dataset {type(self.inner).__name__} has people of "
            f"{' and '.join(map(str, sorted(counts)))} keypoints, while {', '.join(sizes)}: give "
            f"it an attribute `skeleton`, or set model.skeleton"
        )

    def train_samples(self) -> list[Sample]:
        """Return the training images."""
        check_images((path for path, _ in self._train), "get_train_dataset names", _CORRECT)
        return [self._sample(i, path, element) for i, (path, element) in enumerate(self._train)]

    def eval_samples(self) -> list[Sample]:
        """Return the evaluation images, with what the training elements say about them."""
        check_images((path for path, _ in self._eval), "get_eval_dataset names", _CORRECT)
        nobody = Element(np.zeros((0, 0, 3), np.float32), np.zeros((0, 4), np.float32), None)
        known = dict(self._train)
        return [self._sample(name, path, known.get(path, nobody)) for path, name in self._eval]

    def evaluate(self, humans: Humans, image_ids: Collection[Id] | None = None) -> dict[str, float]:
        """Score predictions, as `userdef` says; no scores where there is nothing to compare."""
        if callable(own := getattr(self.inner, "evaluate", None)):
            return _as_scores(own(humans))
        if callable(own := getattr(self.inner, "official_eval", None)):
            return _as_scores(_with_folder(own, self.to_results(humans), self.config))
        known, wanted = dict(self._train), None if image_ids is None else set(image_ids)
        chosen = {
            name: known[path]
            for path, name in self._eval
            if path in known and (wanted is None or name in wanted)
        }
        if not chosen:
            return {}
        count = len(self.skeleton)
        truth = [a for name, e in chosen.items() for a in e.cut(count).annotations(name)]
        results = humans_to_results(humans, self.skeleton)
        return evaluate_oks(truth, results, _sigmas(self.skeleton), chosen)

    def protocol(self) -> dict[str, Any]:
        """Return what makes the numbers comparable, where they are made here."""
        own = any(callable(getattr(self.inner, name, None)) for name in _OWN_SCORES)
        known = dict(self._train)
        if own or not any(path in known for path, _ in self._eval):
            return {}
        return oks_protocol(replace(self.skeleton, sigmas=tuple(_sigmas(self.skeleton))))

    def to_results(self, humans: Humans) -> list[dict[str, Any]]:
        """Return predictions as COCO's results list, keypoints by the output converter if any."""
        get = getattr(self.inner, "get_output_kpt_cvter", None)
        convert = get() if callable(get) else None
        if convert is None:
            return humans_to_results(humans, self.skeleton)
        return [
            {
                "image_id": name,
                "category_id": 1,
                "keypoints": _flat(convert(_as_pairs(human))),
                "score": float(human.score),
            }
            for name, people in humans.items()
            for human in people
        ]

    @cached_property
    def _train(self) -> list[tuple[Path, Element]]:
        get = getattr(self.inner, "get_input_kpt_cvter", None)
        return list(
            train_elements(self.inner.get_train_dataset(), get() if callable(get) else None)
        )

    @cached_property
    def _eval(self) -> list[tuple[Path, Id]]:
        return list(eval_elements(self.inner.get_eval_dataset()))

    def _counts(self) -> tuple[set[int], set[int]]:
        """Return how many keypoints people have, and the same without a last one that nobody has.

        In 2021 such a one stood for the background.
        """
        people = [element.keypoints for _, element in self._train if len(element.keypoints)]
        counts = {points.shape[1] for points in people}
        used = any((points[:, -1, 2] > 0).any() for points in people)
        return counts, counts if used else {n - 1 for n in counts}

    @property
    def _own_skeleton(self) -> Skeleton | None:
        own = getattr(self.inner, "skeleton", None)
        return own if isinstance(own, Skeleton) else None

    def _sample(self, name: Id, path: Path, element: Element) -> Sample:
        width, height = image_size(path)
        element, mask = element.cut(len(self.skeleton)), element.mask(path, width, height)
        return Sample(name, path, width, height, element.keypoints, element.boxes, mask)


def _model_skeleton(config: Config) -> Skeleton | None:
    from hyperpose_core.build.skeleton import resolve_skeleton

    try:
        return resolve_skeleton(config)
    except HyperposeError:
        return None


def _sigmas(skeleton: Skeleton) -> Sequence[float]:
    known = {**_SIGMAS, **dict(zip(COCO.keypoints, COCO.sigmas, strict=True))}
    return skeleton.sigmas or [known.get(name, _OTHER_SIGMA) for name in skeleton.keypoints]


def _with_folder(function: Any, results: list[dict[str, Any]], config: Config) -> Any:
    """Call an `official_eval`, which in 2021 got a folder for its files too."""
    try:
        inspect.signature(function).bind(results)
    except TypeError:
        folder = Path(config.log.save_dir) / config.model.name / "eval_vis_dir"
        return function(results, str(folder))
    return function(results)


def _as_scores(scores: Any) -> dict[str, float]:
    if not isinstance(scores, Mapping):
        return {}
    return {str(name): float(value) for name, value in scores.items()}


def _as_pairs(human: Human) -> list[list[float]]:
    points = np.where(human.found[:, None], human.keypoints[:, :2], _NOT_FOUND)
    return [[float(x), float(y)] for x, y in points]


def _flat(keypoints: Any) -> list[float]:
    return [float(v) for v in np.asarray(keypoints, float).ravel()]
