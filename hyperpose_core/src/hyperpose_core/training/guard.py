"""The guard: a loss or gradient that is not finite ends the training, or its batch is left out."""

from __future__ import annotations

import shutil
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hyperpose_core.contracts import Model, Strategy
from hyperpose_core.errors import DataError, HyperposeError
from hyperpose_core.runs import Run
from hyperpose_core.training import bad_batch
from hyperpose_core.training.diagnosis import Diagnosis, diagnose
from hyperpose_core.training.probe import is_finite
from hyperpose_core.training.report import poison, report_of, sentence
from hyperpose_core.training.samples import Images

if TYPE_CHECKING:
    from hyperpose_core.contracts import Batch
    from hyperpose_core.training.step import TrainStep

RECENT = 20
"""Over how many steps a loss is looked at that grew."""


class NotFiniteError(HyperposeError):
    """A loss or gradient is not finite; the last checkpoint is as it was before."""


class Guard:
    """Watches every step. All workers call the same methods.

    Args:
        state: with the configuration, of which `train.skip_bad_batches` is how many bad batches may
            be left out in the whole training.
        skipped: how many were, in earlier parts of it.

    Raises:
        DataError: an annotation is not finite, and no bad batch may be left out.
    """

    def __init__(
        self,
        run: Run,
        state: TrainStep,
        model: Model,
        images: Images,
        strategy: Strategy,
        warn: Callable[[str], None],
        skipped: int = 0,
    ) -> None:
        self.run, self.state, self.model = run, state, model
        self.images, self.strategy, self.warn = images, strategy, warn
        self.train, self.skipped = state.config.train, skipped
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._met: Counter[int] = Counter()
        if images.poisoned and not self.train.skip_bad_batches:
            raise DataError(poison(images))

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
        data = {i: [known[n]] for i, n in enumerate(numbers) if n in known}
        if not any(self.strategy.gather(b"1" if data else b"")):
            return True
        self._leave_out(batch, step, 0.0, Diagnosis(data=data), {})
        return False

    def passes(
        self, batch: Batch, step: int, rate: float, losses: Mapping[str, float], finite: bool
    ) -> bool:
        """Say whether a step was well; where it was not, it has changed no weight.

        Args:
            rate: the learning rate.
            finite: what the step says, the same on all workers.

        Raises:
            NotFiniteError: it was not, and no more batches may be left out.
        """
        if finite:
            self._recent.append(losses["loss"])
            return True
        found = diagnose(self.state, self.model, batch, list(self._recent))
        self._leave_out(batch, step, rate, found, losses)
        return False

    def check_saving(self, step: int) -> None:
        """Raise NotFiniteError where a weight is not finite: no checkpoint of that is of use."""
        bad = [n for n, variable in self.state.variables.items() if not is_finite(variable)]
        if bad:
            raise NotFiniteError(
                f"step {step}: {bad[0]}{_others(bad)} not finite, although losses and gradients "
                f"were: lower train.learning_rate (now {self.train.learning_rate:g}), or take "
                f"another train.optimizer (now {self.train.optimizer}). Nothing is saved, the last "
                f"checkpoint is untouched"
            )

    def _leave_out(
        self, batch: Batch, step: int, rate: float, found: Diagnosis, losses: Mapping[str, float]
    ) -> None:
        report = report_of(found, batch, self.images, step, self.strategy.rank, rate, losses)
        packed = self.strategy.gather(bad_batch.pack(batch, report))
        everything = [bad_batch.unpack(data) for data in packed]
        guilty = [pair for pair in everything if pair[1]["found"]] or everything
        self._met[step] += 1
        folder = self.run.bad_batch(step, self._met[step])
        if self.strategy.rank == 0:
            # What a run left there that was stopped and resumed with fewer workers.
            shutil.rmtree(folder, ignore_errors=True)
            for arrays, one in guilty:
                bad_batch.save(folder, arrays, one, many=self.strategy.size > 1)
        self.skipped += 1
        text = f"step {step}: {sentence(guilty[0][1], self.train)} It is kept in {folder}."
        if self.skipped > self.train.skip_bad_batches:
            raise NotFiniteError(
                f"{text} The last checkpoint is untouched; --skip-bad-batches N leaves out up to N "
                f"such batches"
            )
        self.warn(f"{text} Left out, {self.skipped} of at most {self.train.skip_bad_batches}")


def _others(names: Sequence[str]) -> str:
    return " is" if len(names) == 1 else f" and {len(names) - 1} more arrays are"
