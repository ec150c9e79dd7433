"""Events of evaluation and inference: what plugins are told of a trained model's use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from hyperpose_core.data.humans import Human


@dataclass(frozen=True, kw_only=True)
class EvaluationEvent:
    """`hyperpose_on_evaluation`: a model was scored; told on worker 0, not while training.

    Args:
        run: the run's folder, `save_dir/<model_name>`.
        metrics: the dataset's official numbers.
        scores: those of the metrics of `eval.metrics`, by metric and name.
        images: how many images they are over.
        protocol: what makes the numbers comparable.
    """

    hook: ClassVar[str] = "evaluation"

    run: Path
    metrics: Mapping[str, float]
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    images: int
    protocol: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class InferenceEvent:
    """`hyperpose_on_inference`: people were looked for in an image, by `hyperpose infer`.

    Args:
        model: the run's folder, or the model's file.
        image: the image's file; for every frame of a video that of the video.
        humans: who was found, in pixels of the image, the surest first.
        picture: the file with the people drawn; a video's is there when its last frame is.
    """

    hook: ClassVar[str] = "inference"

    model: Path
    image: Path
    humans: Sequence[Human]
    picture: Path
