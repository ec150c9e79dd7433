"""Running: every source through the network, with a recorder behind it in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tqdm import tqdm

from hyperpose_core.errors import DataError
from hyperpose_core.support.messages import Messages, bar_settings
from hyperpose_infer.beside import Beside
from hyperpose_infer.recording import Recorder
from hyperpose_infer.sources import Frame, Source
from hyperpose_infer.stopping import Stopping
from hyperpose_infer.streaming import people_of

if TYPE_CHECKING:
    from hyperpose_core.inference import Predictor


@dataclass(frozen=True)
class Task:
    """A source, and what makes its recorder once it is open."""

    source: Source
    recorder: Callable[[], Recorder]


class Running:
    """Does tasks, one after the other; a signal ends the one that is being done, and all.

    Args:
        strict: what cannot be read is an error.
    """

    def __init__(self, predictor: Predictor, messages: Messages, strict: bool = False) -> None:
        self.predictor, self.messages, self.strict = predictor, messages, strict
        self.done: list[Recorder] = []
        self.stopped = False

    def __call__(self, tasks: Sequence[Task]) -> None:
        """Do them; `done` has their recorders then, and `stopped` says whether a signal came.

        Raises:
            DataError: a task's source cannot be read, and it is the only one or `strict` holds.
        """
        with Stopping(self.messages.warn) as stopping:
            for task in tasks:
                if stopping.requested:
                    break
                try:
                    self._do(task, stopping)
                except DataError as error:
                    if self.strict or len(tasks) == 1:
                        raise
                    self.messages.warn(f"skipped: {error}")
            self.stopped = stopping.requested

    def _do(self, task: Task, stopping: Stopping) -> None:
        source = task.source
        source.open()
        with closing(source):
            recorder = task.recorder()
            frames = _until(source.frames(), stopping)
            size = 1 if source.live else None
            try:
                with (
                    Beside(recorder) as record,
                    self._bar(source) as bar,
                    closing(people_of(self.predictor, frames, size)) as seen,
                ):
                    for frame, answer in seen:
                        record(frame, answer)
                        bar.update()
                        if stopping.requested:  # what is under way would take its time
                            break
            finally:
                # Also when an error or a second Ctrl-C ends it: what is written is to be whole.
                recorder.close(stopping.requested)
                if recorder.frames:
                    self.done.append(recorder)

    def _bar(self, source: Source) -> tqdm[None]:
        settings = bar_settings(self.messages.quiet)
        return tqdm(desc=source.name, total=source.count, unit=source.unit, **settings)


def _until(frames: Iterator[Frame], stopping: Stopping) -> Iterator[Frame]:
    for frame in frames:
        if stopping.requested:
            return
        yield frame
