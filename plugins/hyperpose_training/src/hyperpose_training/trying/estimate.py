"""The estimate that a dry run makes, as data and as text, and the memory that it measures."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import tensorflow as tf


@dataclass(frozen=True)
class Estimate:
    """What a training will take; seconds and bytes.

    Args:
        run: where it would be kept; nothing is written there.
        steps: how many are left.
        train_images: how many images it learns from.
        losses: of the last step that was taken.
        first_step, step: time of the first step, which traces the network, and of the others.
        images_per_second: of all workers.
        data_wait: the share of a step that is waiting for data.
        checkpoint: time to write one.
        disk: what the run's checkpoints and models will take up.
        evaluated_images: how many images were evaluated.
        evaluation: time to evaluate an image; None where that is not possible.
        evaluation_error: why it is not.
        total: time of the whole run, with its checkpoints and evaluations.
        memory: the largest size of this process; None where it is not known.
        gpu_memory: the same for every GPU, by name.
    """

    run: Path
    steps: int
    train_images: int
    losses: dict[str, float]
    first_step: float
    step: float
    images_per_second: float
    data_wait: float
    checkpoint: float
    disk: int
    total: float
    evaluated_images: int = 0
    evaluation: float | None = None
    evaluation_error: str | None = None
    memory: int | None = None
    gpu_memory: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return what `hyperpose train --dry-run --json` prints."""
        return {**asdict(self), "run": str(self.run)}

    def lines(self) -> list[str]:
        """Return the report, a line a subject."""
        gpus = "".join(f", {_size(taken)} on {name}" for name, taken in self.gpu_memory.items())
        evaluation = self.evaluation_error or f"{self.evaluation or 0:.3f} s an image"
        memory = "unknown" if self.memory is None else _size(self.memory)
        return [
            f"a step        {self.step:.3f} s, {self.images_per_second:.1f} images/s, "
            f"{100 * self.data_wait:.0f}% waiting for data; the first {self.first_step:.1f} s",
            f"a checkpoint  {self.checkpoint:.2f} s; the run will hold {_size(self.disk)} of them",
            f"evaluation    {evaluation}",
            f"memory        {memory} at most{gpus}",
            f"the whole run {_duration(self.total)} for {self.steps} steps on {self.train_images} "
            f"images",
            f"nothing was written to {self.run}",
        ]


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"


def _duration(seconds: float) -> str:
    minutes, hours = seconds / 60, seconds / 3600
    if hours >= 2:
        return f"about {hours:.1f} hours"
    return f"about {minutes:.0f} minutes" if minutes >= 2 else f"about {seconds:.0f} seconds"


def peak_memory() -> int | None:
    """Return the largest size in bytes that the process had in main memory; None where unknown."""
    try:
        import resource
    except ImportError:
        return None
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else 1024 * largest


def peak_gpu_memory() -> dict[str, int]:
    """Return the largest number of bytes that TensorFlow used on each GPU, by its name."""
    found = {}
    for device in tf.config.list_logical_devices("GPU"):
        name = device.name.removeprefix("/device:")
        found[name] = int(tf.config.experimental.get_memory_info(name)["peak"])
    return found
