"""Video files, up to five of their frames."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
from fuzzing import folder, written

from hyperpose_core.support.messages import Messages
from hyperpose_infer.sources.video import Video

FRAMES = 5


def seeds() -> list[bytes]:
    made = []
    for name, codec in (("a.avi", "MJPG"), ("a.mp4", "mp4v")):
        path = folder() / name
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 10, (64, 48))
        for grey in range(0, 150, 50):
            writer.write(np.full((48, 64, 3), grey, np.uint8))
        writer.release()
        made.append(path.read_bytes())
    return made


def target(data: bytes) -> None:
    video = Video(written("video", data), Messages(silent=True))
    video.open()
    try:
        for frame in itertools.islice(video.frames(), FRAMES):
            assert frame.pixels.dtype == np.uint8
        video.problems()
    finally:
        video.close()
