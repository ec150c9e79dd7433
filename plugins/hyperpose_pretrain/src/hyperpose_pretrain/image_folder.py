"""ImageFolder: images whose class is the folder that they are in, as ImageNet's are kept."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_core.config import DataConfig
from hyperpose_core.data.humans import Human
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.support.messages import Messages

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp"})
TOP = 5


class ImageFolder:
    """A dataset `<path>/<split>/<class>/*.jpg`; see `contracts.Dataset`.

    The classes are the folders of the training split in alphabetical order, those of the
    evaluation split where there is no other. Where there is a folder `imagenet` instead of the
    splits they are looked for there, as the 2021 library did.

    The images' sizes are not read, which would take minutes for a million of them: they are 0.

    Args:
        config: `path`, `train_split` and `eval_split` are used.

    Raises:
        DataError: there are no classes, or the system does not let the folder be looked into.
    """

    def __init__(self, config: DataConfig) -> None:
        self._said: set[str] = set()
        splits = (config.train_split, config.eval_split)
        with _looking():
            self.root, self.config = _root(config), config
            self.classes = next((found for s in splits if (found := self._folders(s))), ())
        if not self.classes:
            raise DataError(
                f"there are no classes in {self.root}: it needs a folder "
                f"{config.train_split}/<class> for every class, with its images, and "
                f"{config.eval_split}/<class> likewise; name it with --data, or "
                f"Config.set_pretrain_dataset_path"
            )
        self.skeleton = Skeleton("imagefolder", self.classes)

    def train_samples(self) -> list[Sample]:
        """Return the images of the training split."""
        with _looking():
            return self._samples(self.config.train_split)

    def eval_samples(self) -> list[Sample]:
        """Return the images of the evaluation split."""
        with _looking():
            return self._samples(self.config.eval_split)

    def evaluate(
        self,
        humans: Mapping[int | str, Sequence[Human]],
        image_ids: Sequence[int | str] | None = None,
    ) -> dict[str, float]:
        """Return `top1` and `top5`, the parts of the images whose class is the surest, or among the
        five surest; an image without a prediction counts as wrong.
        """
        wanted = None if image_ids is None else set(image_ids)
        asked = [s for s in self.eval_samples() if wanted is None or s.image_id in wanted]
        ranks = [_rank(humans.get(s.image_id, ()), s.label) for s in asked]
        count = max(1, len(ranks))
        return {f"top{k}": sum(rank < k for rank in ranks) / count for k in (1, TOP)}

    def to_results(self, humans: Mapping[int | str, Sequence[Human]]) -> list[dict[str, Any]]:
        """Return a row an image: `image_id`, and by class the probability of the surest."""
        return [
            {"image_id": image_id, "classes": _surest(found[0])}
            for image_id, found in humans.items()
            if found
        ]

    def protocol(self) -> dict[str, Any]:
        """Return what makes the numbers comparable."""
        return {"classes": len(self.classes)}

    def _folders(self, split: str) -> tuple[str, ...]:
        folder = self.root / split
        if not folder.is_dir():
            return ()
        return tuple(sorted(f.name for f in folder.iterdir() if f.is_dir() and f.name[0] != "."))

    def _samples(self, split: str) -> list[Sample]:
        numbers = {name: i for i, name in enumerate(self.classes)}
        keypoints = np.zeros((0, len(self.classes), 3), np.float32)
        boxes = np.zeros((0, 4), np.float32)
        samples: list[Sample] = []
        folders = self._folders(split)
        beside = sorted((self.root / split).iterdir()) if folders else []
        left_out = [path for path in beside if path.name not in folders]
        for name in folders:
            if name not in numbers:
                raise DataError(
                    f"{self.root / split / name} is a class that {self.config.train_split} has "
                    f"not: rename it, or take it out"
                )
            inside = sorted((self.root / split / name).iterdir())
            found = [path for path in inside if path.suffix.lower() in ENDINGS]
            left_out += [path for path in inside if path.suffix.lower() not in ENDINGS]
            samples += [
                Sample(f"{name}/{path.name}", path, 0, 0, keypoints, boxes, label=numbers[name])
                for path in found
            ]
        if not samples:
            raise DataError(
                f"there is no image in {self.root / split}: it needs a folder for every class, "
                f"with images ({', '.join(sorted(ENDINGS))}); name another split with --split"
            )
        self._say_left_out(split, left_out)
        return samples

    def _say_left_out(self, split: str, paths: Sequence[Path]) -> None:
        """Say once what of a split is no image in a class's folder."""
        if not paths or split in self._said:
            return
        self._said.add(split)
        others = ", ".join(sorted({path.suffix or path.name for path in paths}))
        Messages().say(
            f"{self.root / split}: {len(paths)} files and folders are left out, as they are "
            f"hidden, lie outside of the classes' folders, or end in none of "
            f"{', '.join(sorted(ENDINGS))}: {others}"
        )


@contextlib.contextmanager
def _looking() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(
            f"cannot look into {error.filename}: {error.strerror}; mend that, or name another "
            f"folder with --data"
        ) from error


def _root(config: DataConfig) -> Path:
    root = Path(os.path.expanduser(config.path or "."))
    inner = root / "imagenet"
    has_splits = any((root / s).is_dir() for s in (config.train_split, config.eval_split))
    return inner if inner.is_dir() and not has_splits else root


def _rank(found: Sequence[Human], label: int) -> int:
    """Return how many classes are surer than the right one; `TOP` where it was not found."""
    if not found or not found[0].keypoints[label, 2] > 0:
        return TOP
    scores = found[0].keypoints[:, 2]
    return int((scores > scores[label]).sum())


def _surest(human: Human) -> dict[str, float]:
    scores = human.keypoints[:, 2]
    order = [i for i in np.argsort(-scores, kind="stable")[:TOP] if scores[i] > 0]
    return {human.skeleton.keypoints[i]: round(float(scores[i]), 6) for i in order}
