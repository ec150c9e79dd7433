"""Fields: the names and the channels of what the family's models return.

All lengths are in parts of the height of the network's input, so that maps of several scales can be
averaged; those of the spreads, which nobody averages, are in cells.
"""

from __future__ import annotations

from collections.abc import Mapping

from hyperpose_core.skeletons import Skeleton

PIF: Mapping[str, tuple[str, ...]] = {
    "confidence": ("confidence",),
    "vectors": ("x", "y"),
    "scales": ("scale",),
    "spreads": ("spread",),
}
"""The intensity field, of each keypoint: that the cell is near it, in [0, 1]; the vector from the
cell's centre to it; how exactly it has a place; the uncertainty of the vector, the paper's b.
"""

PAF: Mapping[str, tuple[str, ...]] = {
    "confidence": ("confidence",),
    "vectors": ("x of first", "y of first", "x of second", "y of second"),
    "scales": ("scale of first", "scale of second"),
    "spreads": ("spread of first", "spread of second"),
}
"""The association field, of each limb: that the cell is on it; the rest for both its ends."""

MAPS = (
    *("pif_confidence", "pif_vectors", "pif_scales"),
    *("paf_confidence", "paf_vectors", "paf_scales"),
)
"""What `forward` returns, and what the targets are called: `[h, w, C]`, of each keypoint in turn
what `PIF` lists, or of each limb what `PAF` lists.
"""

OUTPUTS = (*MAPS, "pif_logits", "pif_spreads", "paf_logits", "paf_spreads")
"""What `forward` returns in training; logits are confidences before the sigmoid."""

LOSSES = (
    *("pif_confidence_loss", "pif_vector_loss", "pif_scale_loss"),
    *("paf_confidence_loss", "paf_vector_loss", "paf_scale_loss"),
)


def channels(skeleton: Skeleton) -> dict[str, int]:
    """Return the number of channels of each of `MAPS`."""
    return {
        f"{prefix}_{what}": count * len(field[what])
        for prefix, field, count in (
            ("pif", PIF, len(skeleton)),
            ("paf", PAF, len(skeleton.limbs)),
        )
        for what in ("confidence", "vectors", "scales")
    }
