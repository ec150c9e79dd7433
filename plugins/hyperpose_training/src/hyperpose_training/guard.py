"""The guard: a loss or gradient that is not finite ends the training, or its batch is left out."""

from __future__ import annotations

import shutil
from collections import Counter, deque
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from hyperpose_core.config import to_dict
from hyperpose_core.contracts import Batch, Model
from hyperpose_core.contracts.events import Explanation, NotFiniteEvent
from hyperpose_core.errors import DataError, HyperposeError
from hyperpose_core.runs import Run
from hyperpose_core.support.files import atomic_path
from hyperpose_training.start.samples import Images
from hyperpose_training.steps.not_finite import packed, plainly, together, unpacked
from hyperpose_training.steps.step import TrainStep
from hyperpose_training.watching.listeners import PluginHooks

RECENT = 20
"""How many losses before a bad step are told of."""


class NotFiniteError(HyperposeError):
    """A loss or gradient is not finite; the last checkpoint is as it was before."""


class Guard:
    """Watches every step. All workers call the same methods.

    Args:
        state: with the configuration, of which `train.skip_bad_batches` is how many bad batches may
            be left out in the whole training.
        plugins: are asked to explain a bad batch.
        skipped: how many were left out in earlier parts of the training.

    Attributes:
        keeps: whether files are kept of bad batches; not in a dry run.

    Raises:
        DataError: an annotation is not finite, and no bad batch may be left out.
    """

    def __init__(
        self,
        run: Run,
        state: TrainStep,
        model: Model,
        images: Images,
        plugins: PluginHooks,
        warn: Callable[[str], None],
        skipped: int = 0,
    ) -> None:
        self.run, self.state, self.model, self.plugins = run, state, model, plugins
        self.images, self.strategy, self.warn = images, state.strategy, warn
        self.train, self.skipped = state.config.train, skipped
        self.keeps = True
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._met: Counter[int] = Counter()
        if images.poisoned and not self.train.skip_bad_batches:
            raise DataError(images.poison())

    def admits(self, batch: Batch, step: int) -> bool:
        """Say whether a batch may be trained on: one with an annotation that is not finite may not.

        Args:
            step: number of the step, the first being 1.

        Raises:
            NotFiniteError: it may not, and no more may be left out.
        """
        # All workers know all images, so that all are clean, or all have to ask one another.
        if not self.images.poisoned:
            return True
        known, numbers = self.images.poisoned, self.images.of(batch)
        annotations = {i: [known[n]] for i, n in enumerate(numbers) if n in known}
        if not any(self.strategy.gather(b"1" if annotations else b"")):
            return True
        self._leave_out(batch, step, 0.0, {}, annotations)
        return False

    def passes(
        self, batch: Batch, step: int, rate: float, losses: Mapping[str, float], finite: bool
    ) -> bool:
        """Say whether a step was well; where it was not, it has changed no weight.

        Args:
            rate: the learning rate.
            finite: what the step says, the same on all workers.

        Raises:
            NotFiniteError: it was not, and no more batches may be left out; or the weights that it
                began with were not.
        """
        if finite:
            self._recent.append(losses["loss"])
            return True
        if self._recent:  # else no step was taken that could have spoiled the weights
            self.check_variables(step - 1)
        self._leave_out(batch, step, rate, losses, {})
        return False

    def check_variables(self, step: int) -> None:
        """Raise NotFiniteError where a step made a weight or a slot, of any worker, not finite."""
        own = [n for n, variable in self.state.variables.items() if not _is_finite(variable)]
        others = f" and {len(own) - 1} more arrays are" if len(own) > 1 else " is"
        text = f"{own[0]}{others} not finite" if own else ""
        found = [said.decode() for said in self.strategy.gather(text.encode()) if said]
        if found:
            raise NotFiniteError(
                f"step {step}: {found[0]}, although losses and gradients were: lower "
                f"train.learning_rate (now {self.train.learning_rate:g}), or take another "
                f"train.optimizer (now {self.train.optimizer}). Nothing is saved, the last "
                f"checkpoint is untouched"
            )

    def _leave_out(
        self,
        batch: Batch,
        step: int,
        rate: float,
        losses: Mapping[str, float],
        annotations: Mapping[int, list[str]],
    ) -> None:
        event = self._event(batch, step, rate, losses, annotations)
        text = f"step {step}: {self._explained(event)}"
        self.skipped += 1
        if self.skipped > self.train.skip_bad_batches:
            raise NotFiniteError(
                f"{text} The last checkpoint is untouched; --skip-bad-batches N leaves out up to N "
                f"such batches"
            )
        self.warn(f"{text} Left out, {self.skipped} of at most {self.train.skip_bad_batches}")

    def _event(
        self,
        batch: Batch,
        step: int,
        rate: float,
        losses: Mapping[str, float],
        annotations: Mapping[int, list[str]],
    ) -> NotFiniteEvent:
        groups, names = self.state.groups, self.images.of(batch)
        return NotFiniteEvent(
            run=self.run.folder,
            step=step,
            worker=self.strategy.rank,
            batch=batch,
            samples=[(self.images.ids[n], self.images.source.paths[n]) for n in names],
            annotations=annotations,
            losses=losses,
            learning_rate=rate,
            recent=list(self._recent),
            settings=to_dict(self.state.config),
            model=self.model,
            weights=self.state.weights,
            trained=groups.trained,
            statistics=groups.statistics,
            compute=self.state.gradients.of_part,
        )

    def _explained(self, event: NotFiniteEvent) -> str:
        """Ask the plugins of every worker, keep what they give in files, and return the text."""
        own = [one for one in self.plugins.tell(event) if isinstance(one, Explanation)]
        found = packed(together(own) if own else plainly(event))
        everybodys = list(enumerate(map(unpacked, self.strategy.gather(found))))
        guilty = [pair for pair in everybodys if pair[1].guilty] or everybodys
        kept = {
            f"worker-{rank}/{name}" if self.strategy.size > 1 else name: content
            for rank, one in guilty
            for name, content in one.files.items()
        }
        said, advice = guilty[0][1].text, self.plugins.advice(event.hook)
        if len(guilty) > 1 and not guilty[0][1].guilty:
            said = " ".join(f"Worker {rank}: {one.text}" for rank, one in guilty)
        if not (kept and self.keeps):
            return f"{said}{advice}"
        self._met[event.step] += 1
        folder = self.run.bad_batch(event.step, self._met[event.step])
        if self.strategy.rank == 0:
            _keep(folder, kept)
        return f"{said} It is kept in {folder}.{advice}"


def _keep(folder: Path, files: Mapping[str, bytes]) -> None:
    # What a run left there that was stopped and resumed with fewer workers.
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        with atomic_path(folder / name) as temporary:
            temporary.write_bytes(content)


def _is_finite(variable: tf.Variable) -> bool:
    return bool(np.isfinite(variable.numpy()).all())
