"""Scoring: result files of anybody's, scored on a dataset."""

from hyperpose_core.scoring.coco_form import score_coco_form
from hyperpose_core.scoring.score import score_results

__all__ = ["score_coco_form", "score_results"]
