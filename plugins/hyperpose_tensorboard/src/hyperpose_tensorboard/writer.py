"""TensorBoard: its event files, written with TensorFlow alone.

An event file is a TFRecord file of `Event` messages; the package tensorboard is needed to look at
it, not to write it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from hyperpose_core.contracts.events import Picture, StartEvent, StepEvent
from hyperpose_core.errors import HyperposeError
from hyperpose_core.support.files import atomic_path, make_folder, remove_leftovers

_log = logging.getLogger(__name__)
Event, Summary = tf.compat.v1.Event, tf.compat.v1.Summary
NAME = "events.out.tfevents"
"""How TensorBoard knows its files."""


class TensorBoard:
    """Writes scalars, pictures and the graph of the model into the folder `tensorboard` of a run.

    Tags: `train/<name>` for what a line of `metrics.jsonl` has, `evaluate/<name>` for losses and
    metrics of evaluations, `train/maps` and `train/skeletons` for pictures.

    Args:
        start: where the training goes on; what earlier parts wrote of later steps is dropped, so
            that no step is there twice.
    """

    def __init__(self, start: StartEvent) -> None:
        self.folder, self.forward = make_folder(start.run / "tensorboard"), start.forward
        remove_leftovers(self.folder)
        old = sorted(self.folder.glob(f"{NAME}.*"))
        for path in old:
            drop_after(path, start.step, start.unscored)
        self._graph_is_written = any(event.graph_def for path in old for event in read(path))
        name = f"{NAME}.{time.time_ns() // 10**6:013d}.hyperpose"
        self._writer = tf.io.TFRecordWriter(str(self.folder / name))
        self._write(Event(file_version="brain.Event:2"))

    def pictures(self, event: StepEvent) -> None:
        """Write the pictures of a step, and the graph with the first."""
        for name in ("maps", "skeletons"):
            try:
                drawn = event.draw(name)
            except HyperposeError as error:  # of a plugin that draws: it costs the picture only
                _log.warning("TensorBoard gets no picture of step %d: %s", event.step, error)
                continue
            self._summary(event.step, Summary.Value(tag=f"train/{name}", image=_image(drawn)))
        if not self._graph_is_written:
            self._graph(event.step)
        self._writer.flush()

    def scalars(self, step: int, group: str, values: Mapping[str, float]) -> None:
        """Write numbers by name."""
        for name, value in values.items():
            self._summary(step, Summary.Value(tag=f"{group}/{name}", simple_value=value))
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()

    def _graph(self, step: int) -> None:
        """The graph of inference: the one with gradients is too large to look at."""
        traced = self.forward.get_concrete_function()  # type: ignore[attr-defined]
        definition = traced.graph.as_graph_def()
        self._write(Event(step=step, graph_def=definition.SerializeToString()))
        self._graph_is_written = True

    def _summary(self, step: int, value: Any) -> None:
        self._write(Event(step=step, summary=Summary(value=[value])))

    def _write(self, event: Any) -> None:
        event.wall_time = time.time()
        self._writer.write(event.SerializeToString())


def read(path: Path) -> Iterator[Any]:
    """Yield the events of a file up to where a killed process left off."""
    try:
        for record in tf.data.TFRecordDataset(str(path)):
            yield Event.FromString(record.numpy())
    except tf.errors.DataLossError:
        return


def drop_after(path: Path, step: int, unscored: bool = False) -> None:
    """Write an event file anew without what came after a step.

    Args:
        unscored: nor the evaluation of the step itself, which comes again.
    """
    kept = [
        event
        for event in read(path)
        if event.step <= step - (unscored and any(map(_is_of_evaluation, event.summary.value)))
    ]
    with atomic_path(path) as temporary, tf.io.TFRecordWriter(str(temporary)) as writer:
        for event in kept:
            writer.write(event.SerializeToString())


def _is_of_evaluation(value: Any) -> bool:
    return bool(value.tag.startswith("evaluate/"))


def _image(picture: Picture) -> Any:
    _, coded = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    height, width, channels = picture.shape
    return Summary.Image(
        height=height, width=width, colorspace=channels, encoded_image_string=coded.tobytes()
    )
