"""What a configuration names besides model and dataset: looked for before anything is read."""

from __future__ import annotations

from hyperpose_core.build import metrics
from hyperpose_core.config import Config
from hyperpose_core.config.members import combination
from hyperpose_core.data.filters import filters
from hyperpose_core.registry import Registry
from hyperpose_training.optimizing.chosen import bind, in_their_spelling
from hyperpose_training.scoring.numbers import named


def check_components(config: Config, registry: Registry) -> None:
    """See that every component is there and takes its arguments.

    Raises:
        UnknownComponentError, PluginError: no usable plugin offers one of them.
        ConfigError: one does not take the arguments that it is given.
    """
    train, data = in_their_spelling(config.train, registry), config.data
    several = combination(data)
    members = registry.load("dataset", several).members(config) if several else [config]
    for member in members:
        filters(member.data, registry)
    for call in (train.optimizer, train.schedule):
        bind(registry, call, train, given=3)
    augmentations = data.augmentations if data.augment else []
    for part in (*train.objectives, *augmentations):
        registry.bind(part, given=2)
    best = named(train.best_metric, registry)
    for metric in (*config.eval.metrics, *filter(None, [best])) if train.eval_interval else ():
        metrics.check(metric, registry)
