"""Evaluation: every image of a dataset through the newest model, scored officially."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hyperpose_core.build.strategy import naming_lost, start
from hyperpose_core.config import Config
from hyperpose_core.contracts import Dataset, Model
from hyperpose_core.contracts.uses import EvaluationEvent
from hyperpose_core.evaluation.evaluate import EvalResult, Evaluation
from hyperpose_core.evaluation.text import result_lines
from hyperpose_core.inference import Predictor
from hyperpose_core.plugins.life_cycle import PluginHooks
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.runs import Run
from hyperpose_core.support.messages import Messages, printable, report_to

__all__ = ["EvalPipeline", "EvalResult", "get_eval"]


class EvalPipeline:
    """What `get_eval` returns: call it with a model and a dataset.

    Args:
        say: gets each line of the report; None: standard output, unless `log.quiet`.
    """

    def __init__(
        self,
        config: Config,
        registry: Registry | None = None,
        say: Callable[[str], object] | None = None,
    ) -> None:
        self.config, self.registry, self.say = config, registry, say

    def __call__(self, model: Model | Predictor, dataset: Dataset, **settings: Any) -> EvalResult:
        """Load the run's newest model, run it on the dataset, score it, and say what came out.

        Args:
            model: gets the run's weights; or a predictor, as `load_predictor` returns it, which is
                scored as it is.
            settings: the 2021 library's `vis_num`, `total_eval_num` and
                `enable_multiscale_search`, for this call only.

        Raises:
            CheckpointError: the run holds no trained model, or one of another architecture.
        """
        registry = self.registry or get_registry()
        strategy = start(self.config, registry)
        with naming_lost(strategy, "evaluate again"):
            result = Evaluation(model, dataset, self.config, registry, **settings)()
        say, run = report_to(self.say, self.config.log.quiet), Run.of(self.config)
        if strategy.rank == 0:
            event = EvaluationEvent(
                run=run.folder,
                metrics=result.metrics,
                scores={call: score.metrics for call, score in result.scores.items()},
                images=result.images,
                protocol=result.protocol,
            )
            PluginHooks(registry.records, Messages()).tell(event)
        for line in result_lines(result, run) if strategy.rank == 0 else ():
            say(printable(line))
        return result


def get_eval(
    config: Config,
    registry: Registry | None = None,
    say: Callable[[str], object] | None = None,
) -> EvalPipeline:
    """Return the evaluation pipeline of a configuration: `evaluate(model, dataset)`.

    It gives an `EvalResult`, with `metrics`, `images` and `protocol`; `help(get_eval(config))` says
    more.

    Args:
        config: is not changed.
        registry: where the components come from; None: the installed plugins.
        say: gets each line of what is said at the end; None: standard output, unless `log.quiet`.
    """
    return EvalPipeline(config, registry, say)
