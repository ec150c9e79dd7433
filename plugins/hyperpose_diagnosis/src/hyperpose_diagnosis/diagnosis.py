"""Diagnosis: why a batch gave a loss or a gradient that is not finite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from hyperpose_core.contracts import Batch
from hyperpose_core.contracts.events import NotFiniteEvent
from hyperpose_diagnosis.probe import Probe, is_finite

GREW = 3.0
"""By what factor the loss has to have grown over the last steps to say that training diverged."""
HUGE = 1e3
"""Weights larger than this are those of a training that diverged: they begin below 1."""


@dataclass
class Diagnosis:
    """What was found on one worker.

    Args:
        layer: the first layer whose output is not finite.
        gradient: where all outputs are finite: the weights nearest to the loss whose gradient is
            not.
        largest_gradient: where all gradients are finite and their common norm is not: the weights
            with the largest.
        loss: where all outputs are finite: the losses that are not.
        statistics: where all outputs are finite: the moving statistics that are not any more.
        weights: weights that were not finite before the step.
        largest_weight: the largest absolute value of the weights that are trained.
        recent: the losses of the last steps, the newest last.
        data: number in the batch to what of the image or its targets is not finite.
    """

    layer: str | None = None
    gradient: str | None = None
    largest_gradient: str | None = None
    loss: list[str] = field(default_factory=list)
    statistics: list[str] = field(default_factory=list)
    weights: list[str] = field(default_factory=list)
    largest_weight: float = 0.0
    recent: list[float] = field(default_factory=list)
    data: dict[int, list[str]] = field(default_factory=dict)

    @property
    def found(self) -> bool:
        """Whether anything is wrong: on a worker with a good batch nothing is."""
        of_layers = self.layer or self.gradient or self.largest_gradient
        return bool(of_layers or self.loss or self.statistics or self.weights or self.data)

    @property
    def diverged(self) -> bool:
        """Whether the data is well and the weights have run away."""
        grew = len(self.recent) > 1 and self.recent[-1] > GREW * min(self.recent)
        return not self.data and (grew or self.largest_weight > HUGE)

    def where(self) -> str:
        """Name the place in the network."""
        if self.weights:
            return f"the weights {self.weights[0]} were not finite before the step"
        if self.layer:
            return f"the first layer whose output is not finite is {self.layer}"
        if self.loss:
            return f"all layers' outputs are finite, {' and '.join(self.loss)} is not"
        if self.statistics:
            return f"all layers' outputs are finite, the moving {self.statistics[0]} is not"
        if self.largest_gradient:
            return f"the gradients' norm overflows, the largest is that of {self.largest_gradient}"
        if self.gradient:
            return f"the first gradient that is not finite is that of {self.gradient}"
        return "computed once more, layer by layer, everything is finite"

    def to_dict(self) -> dict[str, Any]:
        """Return what `report.json` says of it."""
        return {**asdict(self), "data": {str(k): v for k, v in self.data.items()}}


def diagnose(event: NotFiniteEvent) -> Diagnosis:
    """Run a batch again, eagerly and layer by layer; nothing is changed by it."""
    found = Diagnosis(recent=list(event.recent), data=bad_data(event.batch))
    found.weights = [name for name, variable in event.weights.items() if not is_finite(variable)]
    found.largest_weight = _largest(event.trained)
    statistics = [(variable, variable.numpy()) for variable in event.statistics.values()]
    try:
        for images, targets in _parts(event.batch, event.settings["train"]["batch_size"]):
            _look(found, event, images, targets)
            if found.layer or found.loss or found.gradient or found.statistics:
                break
    finally:
        for variable, value in statistics:
            variable.assign(value)
    return found


def bad_data(batch: Batch) -> dict[int, list[str]]:
    """Return which images of a batch, or their targets, are not finite: number to names."""
    found: dict[int, list[str]] = {}
    for name, tensor in {"image": batch.images, **batch.targets}.items():
        values = tensor.numpy()
        if not np.issubdtype(values.dtype, np.floating):
            continue
        bad = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
        for number in np.flatnonzero(bad).tolist():
            found.setdefault(number, []).append(name)
    return found


def _look(
    found: Diagnosis, event: NotFiniteEvent, images: tf.Tensor, targets: Mapping[str, Any]
) -> None:
    probe = Probe()
    with probe.watch(event.model):
        losses, gradients = event.compute(images, targets)
    found.layer = probe.first
    if found.layer:
        return
    found.loss = [name for name, value in losses.items() if not is_finite(value)]
    statistics = event.statistics.items()
    found.statistics = [name for name, variable in statistics if not is_finite(variable)]
    named = dict(zip(event.trained, gradients, strict=True))
    bad = [name for name, gradient in named.items() if not is_finite(gradient)]
    if bad and not found.loss:
        found.gradient = probe.nearest_to_the_loss(bad)
    elif not is_finite(tf.linalg.global_norm(gradients)):
        found.largest_gradient = max(named, key=lambda n: float(tf.reduce_max(tf.abs(named[n]))))


def _parts(batch: Batch, size: int) -> list[tuple[tf.Tensor, dict[str, tf.Tensor]]]:
    """Cut a batch into pieces that fit into memory: those of `train.accumulate`."""
    return [
        (batch.images[i : i + size], {n: t[i : i + size] for n, t in batch.targets.items()})
        for i in range(0, len(batch.images), size)
    ]


def _largest(weights: Mapping[str, tf.Variable]) -> float:
    arrays = [variable.numpy() for variable in weights.values()]
    return float(max((np.abs(a[np.isfinite(a)]).max(initial=0) for a in arrays), default=0))
