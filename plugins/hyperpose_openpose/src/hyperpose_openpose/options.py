"""Options of the family's functions, as users set them in the group `model.options`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from hyperpose_core.errors import ConfigError


@dataclass(frozen=True)
class Options:
    """How targets are made and maps are decoded. Lengths are in cells of the maps.

    Args:
        sigma: standard deviation of the Gaussian around a keypoint. OpenPose's is 7 pixels at
            stride 8.
        limb_width: how far from the line between two keypoints their limb's field reaches.
        foreground: how much more a cell on a person weighs in the loss than one on the background,
            0 as in the paper. Small networks learn from few images several times faster with 15.
        peak_threshold: lowest confidence of a keypoint that can begin a person.
        weak_threshold: lowest confidence of a keypoint that may complete a person.
        upsample: factor by which confidence maps are enlarged before peaks are looked for.
        min_parts: people with fewer keypoints are left out.
        min_score: people with a lower mean confidence of their keypoints are left out.
    """

    sigma: float = 0.875
    limb_width: float = 1.0
    foreground: float = 0.0
    peak_threshold: float = 0.15
    weak_threshold: float = 0.05
    upsample: int = 1
    min_parts: int = 3
    min_score: float = 0.0

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Options:
        """Take what belongs to the family's functions; the rest is the architecture's.

        Raises:
            ConfigError: a value of the wrong type or range, or a name that is nearly one of these.
        """
        names = {f.name: f.type for f in fields(cls)}
        for name in options:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.8)
            if name not in names and near:
                raise ConfigError(f"unknown option {name!r}: did you mean {near[0]!r}?")
        return cls(**{n: _number(n, options[n], t) for n, t in names.items() if n in options})

    def __post_init__(self) -> None:
        if not self.foreground >= 0:
            raise ConfigError(f"option 'foreground' is {self.foreground}: it must be 0 or more")
        for name in ("sigma", "limb_width", "upsample"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"option {name!r} is {getattr(self, name)}: it must be above 0")


def _number(name: str, value: Any, kind: Any) -> Any:
    whole = kind == "int"
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        allowed = "a whole number" if whole else "a number"
        raise ConfigError(f"option {name!r} is {value!r}: it must be {allowed}")
    return value
