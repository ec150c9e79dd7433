"""Options of the family's functions, as users set them in the group `model.options`."""

from __future__ import annotations

from dataclasses import dataclass

from hyperpose_core.errors import ConfigError
from hyperpose_core.families.options import FamilyOptions


@dataclass(frozen=True)
class Options(FamilyOptions):
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
        min_parts: people with fewer keypoints are left out, but for those who have all of them.
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

    def __post_init__(self) -> None:
        if not self.foreground >= 0:
            raise ConfigError(f"option 'foreground' is {self.foreground}: it must be 0 or more")
        for name in ("sigma", "limb_width", "upsample"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"option {name!r} is {getattr(self, name)}: it must be above 0")
