"""Options of custom data in COCO's form, as `data.options` has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from hyperpose_core.errors import ConfigError
from hyperpose_core.support.names import did_you_mean


@dataclass(frozen=True)
class Options:
    """Where the files are and what is in them.

    Args:
        annotations: the JSON file of a split, in the dataset's folder: a text in which `{split}`
            stands for its name, or a table from split to file.
        images: the folder of its images, likewise.
        category: which of the files' categories; None: the only one that has keypoints.
        skeleton: a TOML file with the skeleton, or the name of a registered one; None: as the
            category says.
        sigmas: of OKS, a list, a table by keypoint, or a TOML file, as `hyperpose estimate-sigmas`
            writes; None: those of the skeleton.
        val_part: of one file for both splits, the part of its images that are not in the split
            `train`; they are in every other, and chosen by their ids. 0: no image is left out.
        least_area: people with a smaller silhouette, in pixels, become the mask.
    """

    annotations: str | Mapping[str, str] = "annotations/{split}.json"
    images: str | Mapping[str, str] = "images/{split}"
    category: str | None = None
    skeleton: str | None = None
    sigmas: Any = None
    val_part: float = 0.0
    least_area: float = 0.0

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Options:
        """Check `data.options`.

        Raises:
            ConfigError: an unknown name, or a value of the wrong type.
        """
        names = [field.name for field in fields(cls)]
        for name in given:
            if name not in names:
                raise ConfigError(
                    f"coco-custom has no option {name!r}{did_you_mean(name, names)}; there are "
                    f"{', '.join(names)}"
                )
        for name in ("annotations", "images"):
            _check(name, given.get(name, ""), _is_place, "a text, or a table from split to text")
        for name in ("category", "skeleton"):
            _check(name, given.get(name, ""), _is_text, "a text")
        _check("val_part", given.get("val_part", 0), _is_part, "a number from 0 to less than 1")
        _check("least_area", given.get("least_area", 0), _is_area, "a number of pixels")
        return cls(**given)

    def part(self, split: str) -> tuple[float, float]:
        """Return which images of its file a split has, as a range of 0 to 1."""
        if not self.val_part:
            return 0.0, 1.0
        return (self.val_part, 1.0) if split == "train" else (0.0, self.val_part)

    def file(self, what: str, split: str) -> str:
        """Return the path of the `annotations` or `images` of a split.

        Raises:
            ConfigError: the table does not have the split.
        """
        place = getattr(self, what)
        if isinstance(place, str):
            return place.replace("{split}", split)
        if split not in place:
            raise ConfigError(
                f"data.options.{what} has no {split!r}: it has {', '.join(place) or 'nothing'}"
            )
        return str(place[split])


def _check(name: str, value: Any, holds: Any, wanted: str) -> None:
    if not holds(value):
        raise ConfigError(f"data.options.{name} must be {wanted}; got {value!r:.80}")


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_place(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values())
    )


def _is_area(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _is_part(value: Any) -> bool:
    return _is_area(value) and value < 1
