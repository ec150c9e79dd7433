"""Options of the family, as users set them in the group `model.options`."""

from __future__ import annotations

from dataclasses import dataclass

from hyperpose_core.errors import ConfigError
from hyperpose_core.families.options import FamilyOptions


@dataclass(frozen=True)
class Options(FamilyOptions):
    """How targets are made, how they are learned and how maps are decoded.

    Args:
        side: width and height, in cells, of the square around a keypoint whose cells point at it.
        limb_width: how far from the line between two keypoints cells belong to their limb, in
            cells.
        focal: exponent of the focal loss (arXiv 1708.02002) of confidences; 0 is the paper's binary
            cross-entropy.
        cell_threshold: cells with a lower confidence are not read.
        fineness: cells of the accumulated confidence map along a cell of the network's maps.
        seed_threshold: lowest accumulated confidence of a keypoint that can begin a person.
        keypoint_threshold: lowest accumulated confidence of a keypoint that can join one.
        min_parts: people with fewer keypoints are left out, but for those who have all of them.
        min_score: people with a lower score are left out.
    """

    side: int = 4
    limb_width: float = 1.0
    focal: float = 0.0
    cell_threshold: float = 0.1
    fineness: int = 2
    seed_threshold: float = 0.15
    keypoint_threshold: float = 0.05
    min_parts: int = 3
    min_score: float = 0.0

    def __post_init__(self) -> None:
        for name in ("focal", "cell_threshold"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"option {name!r} is {getattr(self, name)}: it must be 0 or more")
        for name in ("side", "limb_width", "fineness"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"option {name!r} is {getattr(self, name)}: it must be above 0")
