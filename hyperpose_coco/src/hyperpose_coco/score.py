"""The score: OKS AP and the error split of a result file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hyperpose_coco.dataset import VERSIONS, open_dataset
from hyperpose_coco.scoring.form import score_coco_form

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig
    from hyperpose_core.contracts import Score


def score(
    results: Path, *, ground_truth: Path | None, config: DataConfig, metric: str | None
) -> Score:
    """Score a result file in COCO's form; see `hyperpose_core.contracts.Scorer`."""
    return score_coco_form(
        results,
        dataset=open_dataset(config),
        name="COCO",
        version=config.version or VERSIONS[0],
        ground_truth=ground_truth,
        config=config,
        metric=metric,
    )
