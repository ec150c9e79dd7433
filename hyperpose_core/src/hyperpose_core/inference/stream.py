"""Many images: read ahead of the network, seen in batches of one size, decoded behind it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.humans import Human
from hyperpose_core.errors import DataError, InputError
from hyperpose_core.inference.views import View
from hyperpose_core.support.ahead import Threads

if TYPE_CHECKING:
    from hyperpose_core.inference.predictor import Predictor

Maps: TypeAlias = list[NDArray[np.float32]]
Image: TypeAlias = str | Path | NDArray[np.uint8]
BATCHES = 4
"""How many batches are in the making at most, one of them in the network."""


@dataclass
class Seen:
    """An image, and what came of it.

    Args:
        number: its place among the images.
        pixels: RGB uint8 `[H, W, 3]`, where they were to be kept.
        views: how it lies in the network's inputs.
        maps: the network's, averaged over the views; as the first shows them.
        people: in the model's skeleton, in pixels of the image, the surest first.
        unreadable: why there is nothing of all this.
        inputs, outputs: of the network, one a view, while it is on its way.
        failed: what is raised in its place.
    """

    number: int
    pixels: NDArray[np.uint8] | None = None
    views: list[View] = field(default_factory=list)
    maps: Maps = field(default_factory=list)
    people: list[Human] = field(default_factory=list)
    unreadable: DataError | None = None
    inputs: list[NDArray[np.float32]] = field(default_factory=list)
    outputs: list[Maps] = field(default_factory=list)
    failed: Exception | None = None


class Stream:
    """Images through a predictor: iterate over it, once, to get them in their order.

    One thread reads, one runs the network, one decodes. Images whose inputs have the same size
    share a batch. Which ones do depends on the images and not on the clock, so that numbers are the
    same every time: what waits for others of its size is seen when three batches' images have come
    after it. With a `batch_size` of 1 the next image but one is asked for when an image is done.

    Args:
        images: files or RGB uint8 `[H, W, 3]`, asked for in the first thread.
        batch_size: None: `eval.batch_size`.
        read: reads a file; None: as the predictor does.
        keep: leave the pixels with what is seen: memory for four batches of them.

    Raises:
        InputError: `batch_size` is below 1, or one of the images is none. What `images` raises is
            raised as it is, after the images before it. A file that cannot be read raises nothing:
            see `Seen.unreadable`.
    """

    def __init__(
        self,
        predictor: Predictor,
        images: Iterable[Image],
        batch_size: int | None = None,
        read: Callable[[str | Path], NDArray[np.uint8]] | None = None,
        keep: bool = False,
    ) -> None:
        self.predictor, self.images, self.keep = predictor, images, keep
        self.read = read or predictor.read
        self.size = predictor.config.eval.batch_size if batch_size is None else batch_size
        if not isinstance(self.size, int) or self.size < 1:
            raise InputError(f"a batch has 1 image or more; got batch_size={self.size!r}")
        self._threads = Threads(room=BATCHES * self.size if self.size > 1 else 2)

    def __iter__(self) -> Generator[Seen, None, None]:
        """Yield what was seen; the threads end with it, also when it is closed before."""
        ahead, done, number = self._threads.ahead, dict[int, Seen](), 0
        try:
            for ready in ahead(self._decoded(ahead(self._looked_at(ahead(self._prepared()))))):
                done[ready.number] = ready
                while (seen := done.pop(number, None)) is not None:
                    if seen.failed is not None:
                        raise seen.failed
                    number += 1
                    self._threads.taken()
                    yield seen
        finally:
            self._threads.close()

    def _prepared(self) -> Iterator[Seen]:
        """Yield images as inputs of the network."""
        number = 0
        try:
            for image in self._threads.with_room(self.images):
                yield self._prepare(number, image)
                number += 1
        except Exception as error:  # noqa: BLE001 - it is raised where its image would be
            yield Seen(number, failed=error)

    def _prepare(self, number: int, image: Image) -> Seen:
        try:
            pixels = self.predictor.pixels(image, self.read)
        except DataError as error:
            return Seen(number, unreadable=error)
        views = self.predictor.views(pixels)
        inputs = [view.apply(pixels) for view in views]
        return Seen(number, pixels if self.keep else None, views, inputs=inputs)

    def _looked_at(self, images: Iterable[Seen]) -> Iterator[Seen]:
        """Yield images as outputs of the network, not in their order."""
        waiting: dict[Any, list[Seen]] = {}
        for seen in images:
            sizes = tuple(view.padded for view in seen.views)
            waiting.setdefault(sizes, []).append(seen)
            if not sizes or len(waiting[sizes]) == self.size:
                yield from self._batch(waiting.pop(sizes))
            for oldest in list(waiting)[:1]:
                if waiting[oldest][0].number <= seen.number - (BATCHES - 1) * self.size:
                    yield from self._batch(waiting.pop(oldest))
        for batch in waiting.values():
            yield from self._batch(batch)

    def _batch(self, batch: list[Seen]) -> list[Seen]:
        """Run the network, once a view."""
        if self._threads.closed:
            return []
        inputs = zip(*(seen.inputs for seen in batch), strict=True)
        outputs = [self.predictor.network(np.stack(view)) for view in inputs]
        for place, seen in enumerate(batch):
            seen.outputs = [[maps[place] for maps in view] for view in outputs]
            seen.inputs = []
        return batch

    def _decoded(self, images: Iterable[Seen]) -> Iterator[Seen]:
        """Yield images with people."""
        for seen in images:
            if seen.outputs:
                seen.maps = self.predictor.averaged(seen.outputs, seen.views)
                seen.people = self.predictor.decode(seen.maps, seen.views[0])
                seen.outputs = []
            yield seen
