"""Pictures of a training: targets and predictions of one image, and the people found in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hyperpose_core.contracts.events import StepEvent
from hyperpose_core.data.drawing import Picture, save_picture
from hyperpose_core.data.humans import draw_humans
from hyperpose_core.families import Family
from hyperpose_core.inference.forward import Forward
from hyperpose_core.runs import Run
from hyperpose_core.training.observer import Observer

if TYPE_CHECKING:
    from hyperpose_core.pipeline.batches import Batch


class Painter:
    """Draws the first image of a batch; two observers that ask for the same step get one drawing.

    Args:
        forward: the model, as inference runs it.
        interval: steps between two pictures.
        last: the last step, at which there is always one.
        people: find and draw people too.
    """

    def __init__(
        self, family: Family, forward: Forward, interval: int, last: int, people: bool = True
    ) -> None:
        self.family, self.forward = family, forward
        self.interval, self.last, self.people = interval, last, people
        self._drawn: tuple[int, dict[str, Picture]] = (0, {})

    def due(self, step: int) -> bool:
        """Say whether there are pictures of a step."""
        return step % self.interval == 0 or step == self.last

    def draw(self, step: int, batch: Batch) -> dict[str, Picture]:
        """Return `maps`, targets above predictions, and `skeletons`, the people found, by name."""
        if self._drawn[0] != step:
            self._drawn = (step, self._draw(batch))
        return self._drawn[1]

    def _draw(self, batch: Batch) -> dict[str, Picture]:
        image = np.clip(np.rint(255 * batch.images[0].numpy()), 0, 255).astype(np.uint8)
        predicted = [output.numpy()[0] for output in self.forward(batch.images[:1])]
        names = self.family.preprocessor.map_names
        targets = [batch.targets[name][0].numpy() for name in names]
        rows = [
            self.family.visualizer(image, maps, self.family.skeleton)
            for maps in (targets, predicted)
        ]
        drawn = {"maps": np.concatenate(rows, axis=0)}
        if self.people:
            drawn["skeletons"] = draw_humans(image, self.family.postprocessor(predicted))
        return drawn


class TrainPictures(Observer):
    """Saves pictures of maps into the run's `train_vis_dir`."""

    def __init__(self, run: Run, painter: Painter) -> None:
        self.folder, self.painter = run.pictures("train"), painter

    def on_step(self, event: StepEvent, batch: Batch) -> None:
        """Save the picture that is due."""
        if self.painter.due(event.step):
            picture = self.painter.draw(event.step, batch)["maps"]
            save_picture(self.folder / f"step_{event.step:08d}.png", picture)
