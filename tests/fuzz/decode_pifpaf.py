"""The decoder of pifpaf: any maps, with NaN and infinities among them, give finite people."""

from __future__ import annotations

from fuzz_maps import check_people, maps_of, seeds

from hyperpose_coco.skeleton import COCO
from hyperpose_pifpaf.fields import channels
from hyperpose_pifpaf.postprocess import Postprocessor

__all__ = ["seeds", "target"]
DECODE = Postprocessor(skeleton=COCO, stride=8, options={})
CHANNELS = tuple(channels(COCO).values())


def target(data: bytes) -> None:
    check_people(DECODE(maps_of(data, CHANNELS)))
