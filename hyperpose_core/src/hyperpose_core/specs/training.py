"""Specs of what a training is made of, and of where its weights come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hyperpose_core.specs.base import Spec


class TrainerSpec(Spec):
    """What trains a model on a dataset, step by step; `train.trainer` chooses it.
    `load()` gives a `contracts.TrainerFactory`.
    """

    kind = "trainer"


class StrategySpec(Spec):
    """How N workers train one model. `load()` gives a `contracts.StrategyFactory`."""

    kind = "train_strategy"


class ObjectiveSpec(Spec):
    """What training minimises besides the model's own loss; `train.objectives` chooses.
    `load()` gives a `contracts.ObjectiveFactory`.
    """

    kind = "train_objective"


class EngineSpec(Spec):
    """What moves numbers between the workers of a parallel training; `train.engine` chooses it.
    `load()` gives what is called with the cluster and returns the engine.
    """

    kind = "collective_engine"


@dataclass(frozen=True, kw_only=True)
class WeightImporterSpec(Spec):
    """Reads weights of another origin. `load()` gives a `contracts.WeightImporter`.

    Args:
        models: the names of the architectures that it can fill; none: any.
    """

    kind = "weight_importer"

    models: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OptimizerSpec(Spec):
    """How gradients change weights; `train.optimizer` chooses it.
    `load()` gives a `contracts.OptimizerFactory`.

    Args:
        settings: argument to the setting of `train` whose value it has, and whose rule it obeys,
            such as `{"beta": "momentum"}`; what is written in the call wins.
    """

    kind = "optimizer"

    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ScheduleSpec(Spec):
    """The learning rate's curve; `train.schedule` chooses it. `load()` gives a
    `contracts.Schedule`.

    Args:
        settings: as those of an `OptimizerSpec`.
    """

    kind = "schedule"

    settings: Mapping[str, str] = field(default_factory=dict)
