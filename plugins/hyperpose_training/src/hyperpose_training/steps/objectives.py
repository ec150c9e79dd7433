"""Objectives: what a training minimises besides the model's own loss (`train.objectives`)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hyperpose_core.config import Config
from hyperpose_core.contracts import Model, Objective, Tensors
from hyperpose_core.errors import ConfigError
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.support.promises import broken, calling
from hyperpose_training.feeding.training_data import Share, TrainingData
from hyperpose_training.steps.autograph import converted
from hyperpose_training.steps.promised import watched
from hyperpose_training.steps.variable_groups import VariableGroups

if TYPE_CHECKING:
    import tensorflow as tf


class Objectives:
    """Those of one training.

    Args:
        named: name to objective; none: everything is as without.
    """

    def __init__(self, named: Mapping[str, Objective]) -> None:
        self.named = dict(named)

    @classmethod
    def of(cls, model: Model, config: Config, registry: Registry) -> Objectives:
        """Make those that the configuration names.

        Raises:
            UnknownComponentError, PluginError: there is none of that name.
            ConfigError: an argument is wrong; one is named twice; the model has no backbone whose
                features they could see.
        """
        made: dict[str, Objective] = {}
        for call in config.train.objectives:
            name = registry.get(call.kind, call.name).name
            if name in made:
                raise ConfigError(f"train.objectives names {name!r} twice: give it once")
            if not callable(getattr(getattr(model, "backbone", None), "forward", None)):
                raise ConfigError(
                    f"the objective {name!r} sees the features of model.backbone, and "
                    f"{type(model).__name__} has none: give it the attribute `backbone`, an object "
                    f"whose `forward` makes them, or leave out train.objectives"
                )
            made[name] = registry.bind(call, given=2)(model, config)
        return cls(made)

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """Their variables, as `<objective>/<variable>`."""
        return {
            f"{name}/{n}": v for name, one in self.named.items() for n, v in one.variables.items()
        }

    def trained_with(self, groups: VariableGroups) -> VariableGroups:
        """Return the groups of a model's weights with their variables among the trained ones."""
        own = {f"objective/{name}": variable for name, variable in self.variables.items()}
        factors = {**groups.factors, **dict.fromkeys(own, 1.0)}
        return replace(groups, trained={**groups.trained, **own}, factors=factors)

    def with_samples(self, data: TrainingData, skeleton: Skeleton) -> TrainingData:
        """Return the training data with the images that they add, each as often as another one."""
        extra = []
        for one in self.named.values():
            with calling(one, "samples"):
                extra += list(one.samples(skeleton))
        if not extra:
            return data
        shares = data.shares
        if shares:
            each = sum(share.weight for share in shares) / len(data.samples)
            shares = [*shares, Share(len(extra), each * len(extra))]
        counts = {**data.counts, "train.objectives": len(extra)}
        return replace(data, samples=[*data.samples, *extra], shares=shares, counts=counts)

    def watching(self, model: Any) -> AbstractContextManager[list[tf.Tensor]]:
        """Return a context with a list that gets what the model's backbone returns inside."""
        return watched(model.backbone, "forward") if self.named else nullcontext([])

    def without_theirs(self, targets: Tensors) -> Tensors:
        """Return the targets that the model's own loss gets: labels are the objectives'."""
        return {n: t for n, t in targets.items() if n != "label"} if self.named else targets

    def added_to(
        self,
        losses: Mapping[str, tf.Tensor],
        features: list[tf.Tensor],
        targets: Tensors,
        progress: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """Return the losses with theirs; see `contracts.Objective.losses`.

        Raises:
            ConfigError: the model did not ask its backbone for features.
        """
        total = dict(losses)
        for name, objective in self.named.items():
            if not features:
                raise ConfigError(
                    f"the objective {name!r} sees what model.backbone.forward returns, and the "
                    f"model's forward did not call it"
                )
            with calling(objective, "losses"):
                found = dict(converted(objective.losses)(features[-1], targets, progress))
            if "loss" not in found or getattr(found["loss"], "shape", None) != ():
                promised = "scalars by name, one called 'loss'"
                raise broken(objective, "losses", promised, f"{found!r:.80}")
            total["loss"] += found.pop("loss")
            total |= found
        return total
