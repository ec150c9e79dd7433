"""What YOLO-pose text cannot hold of a split, counted while it is written."""

from __future__ import annotations

from collections.abc import Iterator

from hyperpose_core.build.known_skeletons import skeleton_with
from hyperpose_core.data.raw import RawSample, RawSplit
from hyperpose_core.data.samples import Sample


class Lost:
    """Counts of what is lost or changed.

    The writer adds to `outside` (keypoints), `cut` (boxes), `files` (images that are not there),
    `ids`, `sizes` and `repeated` (images), `stale` and `replaced` (labels of before) and `moved`
    (names).
    """

    def __init__(self, split: RawSplit) -> None:
        self.outside = self.cut = self.files = self.ids = self.repeated = 0
        self.stale = self.replaced = self.sizes = 0
        self.crowds = self.areas = self.regions = self.heads = 0
        self.moved: list[str] = []
        known = skeleton_with(split.skeleton.keypoints)
        self.limbs = 0 if known else len(split.skeleton.limbs)

    def count(self, sample: Sample) -> None:
        """Count what a sample has and a label file has not."""
        if isinstance(sample, RawSample):
            self.crowds += int(sample.crowds.sum())
            self.regions += sum(bool(region) for region in sample.segmentations)
        elif sample.mask is not None:
            self.crowds += 1
        self.areas += len(getattr(sample, "areas", ()))
        self.heads += len(getattr(sample, "head_boxes", ()))

    def words(self) -> Iterator[str]:
        """Yield what is lost, each a part of a sentence."""
        moved = f"{', '.join(self.moved[:3])}{', ...' if self.moved[3:] else ''}"
        for count, words in (
            (self.crowds, f"crowds: {self.crowds} (their people count as background)"),
            (self.areas, f"areas: {self.areas}"),
            (self.regions, f"segmentations: {self.regions}"),
            (self.heads, f"head boxes and scales: {self.heads}"),
            (self.limbs, f"limbs: {self.limbs} (YOLO names keypoints only)"),
            (self.outside, f"keypoints outside of images: {self.outside}"),
            (self.cut, f"parts of boxes outside of images: {self.cut}"),
            (self.sizes, f"images of another size than annotated: {self.sizes}"),
            (self.ids, f"ids of images: {self.ids} (YOLO has names only)"),
            (
                self.repeated,
                f"entries of an image that is there before: {self.repeated} (their people are its)",
            ),
            (
                len(self.moved),
                f"names of images that differ in the ending only from others: {len(self.moved)} "
                f"(now {moved})",
            ),
            (
                self.files,
                f"image files that are not there: {self.files} (--images DIR says where)",
            ),
            (
                self.replaced,
                f"labels that were there before and had other people: {self.replaced}",
            ),
            (self.stale, f"labels that were there before and stay: {self.stale}"),
        ):
            if count:
                yield words
