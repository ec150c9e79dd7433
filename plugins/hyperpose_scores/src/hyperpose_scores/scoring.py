"""Score: a result file on the dataset that a configuration names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

from hyperpose_core.config import DataConfig
from hyperpose_core.contracts import Score, Scorer
from hyperpose_core.errors import InputError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.specs import DatasetSpec


def score_results(
    results: Path,
    config: DataConfig,
    *,
    ground_truth: Path | None = None,
    metric: str | None = None,
    registry: Registry | None = None,
) -> Score:
    """Score a result file with the dataset's own scorer, or by COCO's protocol on its files.

    Args:
        config: names the dataset, its folder, version and `eval_split`.
        ground_truth: an annotation file instead of the dataset's.

    Raises:
        InputError: the dataset cannot be scored on, or the scorer says that something is wrong.
    """
    registry = registry or get_registry()
    spec = cast(DatasetSpec, registry.get("dataset", config.type))
    if spec.scorer is not None:
        scorer = cast(Scorer, registry.load_part("dataset", config.type, "scorer"))
        return scorer(results, ground_truth=ground_truth, config=config, metric=metric)
    # The sigmas are for the score, not for the dataset.
    options = {key: value for key, value in config.options.items() if key != "sigmas"}
    dataset = registry.make("dataset", config.type, replace(config, options=options))
    if not callable(score := getattr(dataset, "score", None)):
        raise InputError(
            f"the dataset {spec.name} has no scorer: convert its annotations to COCO's form, and "
            f"give them with --dataset coco-custom"
        )
    version = config.version or next(iter(spec.versions), None)
    return cast(
        Score,
        score(
            results,
            name=spec.name,
            version=version,
            ground_truth=ground_truth,
            config=config,
            metric=metric,
        ),
    )
