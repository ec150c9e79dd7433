"""COCOMeta: one image of COCO as filters see it."""

from __future__ import annotations

from dataclasses import dataclass

from hyperpose_coco.form.samples import CocoSample


@dataclass
class COCOMeta(CocoSample):
    """One image of COCO, with the names that filters of 2021 use.

    `image_id`, `width`, `height`, `joint_list` (`[17, 3]` each), `is_crowd`, `masks` (regions, as
    pycocotools has them, of people without usable keypoints) and `areas` are those of `CocoSample`.
    """

    @property
    def img_url(self) -> str:
        """The path of the image file."""
        return str(self.path)

    @property
    def bbx_list(self) -> list[list[float]]:
        """Boxes x, y, width, height of the people in `joint_list`, pixels."""
        return [[float(v) for v in box] for box in self.boxes]
