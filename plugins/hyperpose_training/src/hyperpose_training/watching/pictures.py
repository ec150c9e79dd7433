"""Pictures of a training: targets and predictions of one image, and the people found in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.contracts import Batch
from hyperpose_core.contracts.events import StepEvent
from hyperpose_core.data.drawing import Picture, save_picture
from hyperpose_core.data.humans import draw_humans
from hyperpose_core.errors import HyperposeError
from hyperpose_core.families import Family
from hyperpose_core.inference.forward import Forward
from hyperpose_core.runs import Run
from hyperpose_core.support.promises import as_raised


class Painter:
    """Draws the first image of a batch; listeners that ask for the same step get one drawing.

    Args:
        forward: the model, as inference runs it.
        interval: steps between two pictures.
        last: the last step, at which there is always one.
    """

    def __init__(self, family: Family, forward: Forward, interval: int, last: int) -> None:
        self.family, self.forward = family, forward
        self.interval, self.last = interval, last
        self._step = 0
        self._predicted: list[NDArray[np.float32]] = []
        self._drawn: dict[str, Picture] = {}

    def due(self, step: int) -> bool:
        """Say whether there are pictures of a step."""
        return step % self.interval == 0 or step == self.last

    def draw(self, step: int, batch: Batch, what: str) -> Picture:
        """Return `maps`, targets above predictions, or `skeletons`, the people found.

        Raises:
            KeyError: there is no such picture.
        """
        drawing = {"maps": self._maps, "skeletons": self._skeletons}[what]
        if self._step != step:
            with as_raised():
                predicted = [output.numpy()[0] for output in self.forward(batch.images[:1])]
            self._step, self._predicted, self._drawn = step, predicted, {}
        if what not in self._drawn:
            image = np.clip(np.rint(255 * batch.images[0].numpy()), 0, 255).astype(np.uint8)
            self._drawn[what] = drawing(image, batch)
        return self._drawn[what]

    def _maps(self, image: Picture, batch: Batch) -> Picture:
        names = self.family.preprocessor.map_names
        targets = [batch.targets[name][0].numpy() for name in names]
        rows = [self.family.picture(image, maps) for maps in (targets, self._predicted)]
        return np.concatenate(rows, axis=0)

    def _skeletons(self, image: Picture, batch: Batch) -> Picture:
        return draw_humans(image, self.family.people(self._predicted))


class TrainPictures:
    """Saves pictures of maps into the run's `train_vis_dir`, as long as they can be drawn and there
    is room for them.

    Args:
        warn: is told why there are no more.
    """

    def __init__(self, run: Run, warn: Callable[[str], object]) -> None:
        self.folder, self._warn = run.pictures("train"), warn
        self._fails = False

    def on_step(self, event: StepEvent) -> None:
        """Save the picture that is due."""
        if not event.pictured or self._fails:
            return
        try:
            picture = event.draw("maps")
            save_picture(self.folder / f"step_{event.step:08d}.png", picture)
        except (HyperposeError, OSError) as error:
            self._fails = True
            self._warn(f"no picture of step {event.step} and of those after it: {error}")
