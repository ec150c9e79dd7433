"""Results: people in the form in which a dataset takes predictions, as COCO's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import cast

from hyperpose_core.config import DataConfig
from hyperpose_core.contracts import Dataset
from hyperpose_core.data.humans import Human
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.converters import check_common, convert
from hyperpose_core.support.files import atomic_path, naming_full_disk
from hyperpose_core.support.names import normalize
from hyperpose_core.support.promises import calling
from hyperpose_infer.image_files import text_of


class Results:
    """A file with a list of results, which appears when it is closed.

    Args:
        name: of an installed dataset, which says what the results look like.
        own: the settings of the run's own dataset, for a dataset of that name.
        skeleton: that of the people who are given; they are converted to the dataset's.

    Raises:
        UnknownComponentError: there is no such dataset.
        DataError: the dataset has to be there to say what its results look like, and is not.
        ConfigError: the two skeletons have nothing in common.
    """

    def __init__(
        self, path: Path, name: str, own: DataConfig, skeleton: Skeleton, registry: Registry
    ) -> None:
        same = normalize(own.type) == normalize(name)
        made = registry.make("dataset", name, own if same else DataConfig(type=name))
        self.path, self.registry, self.rows = path, registry, 0
        self.dataset = cast(Dataset, made)
        check_common(skeleton, self.dataset.skeleton, registry)
        self._closing = ExitStack()
        temporary = self._closing.enter_context(atomic_path(path))
        self._file = self._closing.enter_context(temporary.open("w", encoding="utf-8"))
        self._file.write("[")

    def write(self, image_id: int | str, humans: Sequence[Human]) -> None:
        """Add the people of one image."""
        theirs = self.dataset.skeleton
        people = [
            Human(convert(h.keypoints, h.skeleton, theirs, self.registry), h.score, theirs)
            for h in humans
        ]
        with calling(self.dataset, "to_results"):
            rows = self.dataset.to_results({image_id: people})
        with naming_full_disk(self.path):
            for row in rows:
                self._file.write(("," if self.rows else "") + "\n" + json.dumps(row))
                self.rows += 1

    def close(self) -> None:
        """End the list, and give the file its name."""
        with self._closing:
            self._file.write("\n]\n")


def image_ids(paths: Sequence[Path]) -> tuple[list[int | str], bool]:
    """Return what image files are called in results, and whether that is unambiguous by stem.

    The stem of the file's name; a number where all of them are, as COCO's `000000000139.jpg`. Of
    files that share a stem the whole paths.
    """
    stems = [text_of(path.stem) for path in paths]
    if len(set(stems)) < len(stems):
        return [text_of(path) for path in paths], False
    numbered = all(stem.isascii() and stem.isdigit() for stem in stems)
    if numbered and len({int(stem) for stem in stems}) == len(stems):
        return [int(stem) for stem in stems], True
    return list(stems), True
