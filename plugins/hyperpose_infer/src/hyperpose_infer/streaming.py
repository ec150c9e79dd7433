"""Streaming: frames through the network, read ahead of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hyperpose_infer.sources import Frame

if TYPE_CHECKING:
    from hyperpose_core.inference import Predictor
    from hyperpose_core.inference.stream import Seen


def people_of(
    predictor: Predictor, frames: Iterable[Frame], batch_size: int | None = None
) -> Generator[tuple[Frame, Seen]]:
    """Yield each frame with what came of it, in order: its people, and the network's maps.

    Args:
        batch_size: None: that of the predictor's settings; 1 for what nobody may wait for.
    """
    from hyperpose_core.inference.stream import Stream

    # As many as the predictor reads ahead, which is bounded.
    waiting: deque[Frame] = deque()

    def images() -> Iterator[NDArray[np.uint8]]:
        for frame in frames:
            waiting.append(frame)
            yield frame.pixels

    with closing(iter(Stream(predictor, images(), batch_size))) as stream:
        for seen in stream:
            yield waiting.popleft(), seen
