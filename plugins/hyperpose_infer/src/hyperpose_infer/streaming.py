"""Streaming: frames through the network, read ahead of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hyperpose_infer.sources import Frame

if TYPE_CHECKING:
    from hyperpose_core.data.humans import Human
    from hyperpose_core.inference import Predictor


def people_of(
    predictor: Predictor, frames: Iterable[Frame], batch_size: int | None = None
) -> Generator[tuple[Frame, list[Human]]]:
    """Yield each frame with its people, in order.

    Args:
        batch_size: None: that of the predictor's settings; 1 for what nobody may wait for.
    """
    # As many as the predictor reads ahead, which is bounded.
    waiting: deque[Frame] = deque()

    def images() -> Iterator[NDArray[np.uint8]]:
        for frame in frames:
            waiting.append(frame)
            yield frame.pixels

    for humans in predictor.each(images(), batch_size):
        yield waiting.popleft(), humans
