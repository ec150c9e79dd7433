"""Fields: the names and the channels of what the family's models return.

Vectors and scales are multiplied by the confidence of their cell, as colours are by their opacity
where images are mixed: so the mean of several views weighs each by how sure it is, and what a view
says where nobody is does not count. Targets are the same with and without: there confidence is 0 or
1.

All lengths are in parts of the height of the network's input, which is the same at every scale;
those of the spreads, which nobody averages, are in cells.
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

FOR_LOSS = ("logits", "plain_vectors", "plain_scales", "spreads")
"""Of a field for its loss: confidence before the sigmoid, vectors and scales as they are."""

OUTPUTS = (*MAPS, *(f"{prefix}_{what}" for prefix in ("pif", "paf") for what in FOR_LOSS))
"""What `forward` returns in training."""

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
