"""Training: a model learns from a dataset."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hyperpose_core.build.strategy import naming_lost, start
from hyperpose_core.config import Config
from hyperpose_core.contracts import Dataset, Model
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.runs import Run
from hyperpose_core.support.messages import Messages, report_to
from hyperpose_training.start.beginning import alone, of_origin
from hyperpose_training.start.components import check_components
from hyperpose_training.start.workers import check_alone

if TYPE_CHECKING:
    from hyperpose_training.result import TrainResult
    from hyperpose_training.trying.estimate import Estimate


class TrainPipeline:
    """What `get_train` returns: call it with a model and a dataset.

    Args:
        say: gets each line of what is said at the end; None: standard output, unless `log.quiet`.
    """

    of_origin = staticmethod(of_origin)

    def __init__(
        self,
        config: Config,
        registry: Registry | None = None,
        say: Callable[[str], object] | None = None,
    ) -> None:
        self.config, self.registry, self.say = config, registry or get_registry(), say
        check_components(config, self.registry)  # before data is read

    def __call__(self, model: Model, dataset: Dataset, resume: bool | None = None) -> TrainResult:
        """Train until `train.steps`, and keep everything under `save_dir/<model_name>`.

        Args:
            resume: True goes on from the run's newest checkpoint, False refuses a run that has one,
                None goes on where there is one, as the 2021 library did.

        Returns:
            the run, its last step and losses, why it ended, the best evaluation if there was one.

        Raises:
            InputError: another process trains this run.
            Interrupted: the user pressed Ctrl-C, or a signal asked for the end; the run is saved.
            NotFiniteError: a loss or gradient is not finite; the last checkpoint is as it was.
            CheckpointError: the checkpoint belongs to another architecture.
            DataError: no image is left to train on.
        """
        from hyperpose_training.loop import Training

        registry = self.registry
        strategy = start(self.config, registry)
        check_alone(strategy, self.config, registry)
        run = Run.of(self.config)
        advice = f"go on from the last checkpoint with: hyperpose train {run.words} --resume"
        warn = Messages(silent=strategy.rank > 0).warn
        with naming_lost(strategy, advice), alone(run, strategy, warn):
            result = Training(model, dataset, self.config, registry, strategy, resume)()
        say = report_to(self.say, self.config.log.quiet)
        for line in result.lines() if strategy.rank == 0 else ():
            say(line)
        return result

    def dry_run(self, model: Model, dataset: Dataset, resume: bool = False) -> Estimate:
        """Do everything of the training once, keep nothing, and say what the whole will take."""
        from hyperpose_training.trying.dry_run import dry_run

        registry = self.registry
        strategy = start(self.config, registry)
        check_alone(strategy, self.config, registry)
        with naming_lost(strategy, "nothing was written"):
            return dry_run(model, dataset, self.config, registry, strategy, resume)
