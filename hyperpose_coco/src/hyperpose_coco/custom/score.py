"""The scorer of custom data in COCO's form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hyperpose_coco.custom.dataset import open_dataset
from hyperpose_coco.scoring.form import score_coco_form

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig
    from hyperpose_core.contracts import Score


def score(
    results: Path, *, ground_truth: Path | None, config: DataConfig, metric: str | None
) -> Score:
    """Score a result file in COCO's form; see `contracts.Scorer`.

    The keypoints are those that `ground_truth`, or else the annotations in the folder, names.
    """
    # The sigmas may be a file, which score_coco_form reads.
    options = {key: value for key, value in config.options.items() if key != "sigmas"}
    if ground_truth is not None:
        options["annotations"] = str(ground_truth.absolute())
    return score_coco_form(
        results,
        dataset=open_dataset(replace(config, train_split=config.eval_split, options=options)),
        name="coco-custom",
        version=None,
        ground_truth=ground_truth,
        config=config,
        metric=metric,
    )
