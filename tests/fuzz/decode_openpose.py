"""The decoder of openpose: any maps, with NaN and infinities among them, give finite people."""

from __future__ import annotations

from fuzz_maps import check_people, maps_of, seeds

from hyperpose_coco.skeleton import COCO
from hyperpose_openpose.postprocess import Postprocessor

__all__ = ["seeds", "target"]
DECODE = Postprocessor(skeleton=COCO, stride=8, options={})
CHANNELS = (len(COCO) + 1, 2 * len(COCO.limbs))


def target(data: bytes) -> None:
    check_people(DECODE(maps_of(data, CHANNELS)))
