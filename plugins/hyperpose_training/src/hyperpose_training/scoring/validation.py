"""Validation while training: loss and official metric on images that are not learnt from."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import tensorflow as tf

from hyperpose_core.config import Config
from hyperpose_core.contracts import Dataset, Model, Preprocessor, Strategy, Tensors
from hyperpose_core.evaluation.evaluate import Evaluation
from hyperpose_core.families import Family
from hyperpose_core.registry import Registry
from hyperpose_core.support.promises import as_raised
from hyperpose_training.feeding.convert import convert_samples
from hyperpose_training.feeding.example import example_maker
from hyperpose_training.feeding.source import Source
from hyperpose_training.scoring.numbers import lower_is_better, named, together
from hyperpose_training.steps import promised
from hyperpose_training.steps.gradients import channels_first


@dataclass(frozen=True)
class Validated:
    """What a validation found.

    Args:
        metrics: the dataset's numbers, and those of `eval.metrics` and `train.best_metric`.
        losses: by name; empty where no image of the split is annotated.
        images: how many were looked at.
        wanted: the name of the number that `train.best_metric` asks for.
        lower: the metrics of which the smaller number is the better.
    """

    metrics: dict[str, float]
    losses: dict[str, float]
    images: int
    wanted: str | None = None
    lower: frozenset[str] = frozenset()


class Validation:
    """Scores the model as it is when called, in evaluation mode: with moving statistics.

    Every worker calls it; images are shared and all get the same result.

    Args:
        limit: only the first so many images; None: all.

    Raises:
        DataError: there is no image to score on.
    """

    def __init__(
        self,
        model: Model,
        dataset: Dataset,
        config: Config,
        registry: Registry,
        strategy: Strategy,
        limit: int | None = None,
    ) -> None:
        self.config, self.strategy = _settings(config, limit), strategy
        self.registry, self.best = registry, named(config.train.best_metric, registry)
        if self.best is not None and self.best not in self.config.eval.metrics:
            self.config.eval.metrics = [*self.config.eval.metrics, self.best]
        self.family = Family.of(config, registry)
        self._evaluation = Evaluation(model, dataset, self.config, registry, live=True)
        # Here, not when the first evaluation is due: a training without images to score ends now.
        samples, own = self._evaluation.samples(), self.family.skeleton
        self.samples = convert_samples(samples, dataset.skeleton, own, registry)
        self._losses = loss_function(model, self.family.preprocessor, config.model.data_format)

    def __call__(self) -> Validated:
        """Score the model."""
        losses = self._mean_losses()
        result = self._evaluation()
        numbers, first = together(result.metrics, result.scores)
        calls = [call for call in self.config.eval.metrics if call in first]
        lower = {first[call] for call in calls if lower_is_better(call, self.registry)}
        wanted = self.config.train.best_metric
        if wanted not in numbers and self.best is not None:
            wanted = first.get(self.best, wanted)
        return Validated(numbers, losses, result.images, wanted, frozenset(lower))

    @property
    def annotated(self) -> bool:
        """Whether anybody is annotated in the images, or a class given."""
        return any(len(sample.keypoints) or sample.label >= 0 for sample in self.samples)

    def _mean_losses(self) -> dict[str, float]:
        sums: dict[str, float] = {}
        for images, targets in self._batches():
            with as_raised():
                found = self._losses(images, targets)
            for name, value in found.items():
                sums[name] = sums.get(name, 0.0) + float(value) * len(images)
            sums[""] = sums.get("", 0.0) + len(images)
        shares = [json.loads(s) for s in self.strategy.gather(json.dumps(sums).encode())]
        total = sum(share.get("", 0.0) for share in shares)
        names = {name: None for share in shares for name in share if name}
        return {name: sum(share.get(name, 0.0) for share in shares) / total for name in names}

    def _batches(self) -> Iterator[tuple[tf.Tensor, Tensors]]:
        for batch in self._examples if self.annotated else ():
            batch.pop("counter")
            yield batch.pop("image"), batch

    @functools.cached_property
    def _examples(self) -> tf.data.Dataset:
        """This worker's images with their targets in batches; traced once."""
        family, source = self.family, Source(self.samples)
        examples = example_maker(source, family.preprocessor, family.skeleton, self.config)
        mine = tf.data.Dataset.range(self.strategy.rank, len(self.samples), self.strategy.size)
        mapped = mine.map(
            tf.autograph.experimental.do_not_convert(examples), num_parallel_calls=tf.data.AUTOTUNE
        )
        return mapped.ignore_errors().batch(self.config.train.batch_size)


def loss_function(
    model: Model, preprocessor: Preprocessor, data_format: str
) -> tf.types.experimental.PolymorphicFunction:
    """Return the losses of a batch in evaluation mode, as a traced function."""

    @tf.function(autograph=False, reduce_retracing=True)
    def losses(images: tf.Tensor, targets: Tensors) -> Tensors:
        model.eval()
        if data_format == "channels_first":
            images = channels_first(images)
            targets = {name: channels_first(target) for name, target in targets.items()}
        outputs = promised.forward(model, images)
        promised.check_maps(model, preprocessor, outputs, targets)
        return promised.losses(model, preprocessor, outputs, targets)

    traced: Callable[[tf.Tensor, Tensors], Tensors] = losses
    return traced


def _settings(config: Config, limit: int | None) -> Config:
    """Return a configuration that evaluates quietly, without pictures and augmentation."""
    config = copy.copy(config)
    config.eval, config.data = copy.copy(config.eval), copy.copy(config.data)
    config.log = copy.copy(config.log)
    config.eval.limit, config.eval.vis_num = limit, 0
    config.data.augment, config.log.quiet = False, True
    return config
