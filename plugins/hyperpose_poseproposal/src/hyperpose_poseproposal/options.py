"""Options of the family, as users set them in the group `model.options`."""

from __future__ import annotations

from dataclasses import dataclass

from hyperpose_core.contracts import Size
from hyperpose_core.errors import ConfigError
from hyperpose_core.families.options import FamilyOptions


@dataclass(frozen=True)
class Options(FamilyOptions):
    """How the network's edges reach, how targets are made and how maps are decoded.

    Args:
        window: width and height, odd, in cells: edges lead from a cell to the cells around it in a
            window of this size. The paper's W' and H'.
        part_size: side of a part's square box, in parts of the longer side of the person's box.
        instance_size: factor from the person's box to the box of its instance.
        negative_edges: weight of an edge that is not there against one that is.
        threshold: lowest response times IoU of a part.
        edge_threshold: lowest value of an edge that joins two parts.
        nms_threshold: boxes of one part that overlap with a larger IoU are one detection.
        min_parts: people with fewer parts, the instance among them, are left out, but for those
            who have all of them.
        min_score: people with a lower score are left out.
    """

    window: Size = (9, 9)
    part_size: float = 0.125
    instance_size: float = 1.0
    negative_edges: float = 1.0
    threshold: float = 0.15
    edge_threshold: float = 0.1
    nms_threshold: float = 0.3
    min_parts: int = 3
    min_score: float = 0.0

    def __post_init__(self) -> None:
        if any(side < 1 or side % 2 == 0 for side in self.window):
            raise ConfigError(f"option 'window' is {self.window}: use odd numbers of cells")
        for name in ("part_size", "instance_size"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"option {name!r} is {getattr(self, name)}: it must be above 0")
