"""The report of a check: findings by kind, and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS: dict[str, tuple[str, str]] = {
    "unreadable-split": ("split that cannot be read", "splits that cannot be read"),
    "unreadable-image": ("image that cannot be read", "images that cannot be read"),
    "image-size": ("image of another size than annotated",) * 2,
    "repeated-id": ("id that is there twice", "ids that are there twice"),
    "same-image": ("image that is there twice", "images that are there twice"),
    "keypoint-outside": ("person with keypoints outside the image",) * 2,
    "left-right": ("person whose left and right look exchanged",) * 2,
    "mirrored": ("dataset whose left and right look exchanged",) * 2,
    "bad-box": ("box that is empty or far from its keypoints",) * 2,
    "bad-area": ("area that does not fit its box", "areas that do not fit their boxes"),
    "not-found-again": ("skeleton that even a perfect network finds in part only",) * 2,
    "bad-region": ("segmentation that cannot be read", "segmentations that cannot be read"),
}
"""What is found, in words for one and for many."""
EXAMPLES = 3


@dataclass(frozen=True)
class Finding:
    """One thing that looks wrong.

    Args:
        kind: one of `KINDS`.
        image: the image's id; None where it is not about an image.
        detail: what was seen.
    """

    kind: str
    split: str
    image: int | str | None
    detail: str

    def to_dict(self) -> dict[str, Any]:
        """Return the finding for JSON."""
        return {"split": self.split, "image": self.image, "detail": self.detail}


@dataclass
class Report:
    """What `hyperpose check-data` found.

    Args:
        dataset: what was looked at: name, path, version.
        splits: by name, what is in each (`counts.counted`).
        findings: in the order of the pass.
        sides: how often each left keypoint is where a left one is (`sides.Sides.to_dict`).
    """

    dataset: Mapping[str, Any]
    splits: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    sides: dict[str, Any] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each kind; only kinds that there are."""
        found = Counter(finding.kind for finding in self.findings)
        return {kind: found[kind] for kind in KINDS if found[kind]}

    def of(self, kind: str) -> list[Finding]:
        """Return the findings of a kind."""
        return [finding for finding in self.findings if finding.kind == kind]

    def to_dict(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "dataset": dict(self.dataset),
            "splits": self.splits,
            "sides": self.sides,
            "counts": self.counts,
            "findings": {kind: [f.to_dict() for f in self.of(kind)] for kind in self.counts},
        }
