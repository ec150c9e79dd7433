"""Inference: people in an image, from a trained model."""

from __future__ import annotations

from hyperpose_core.inference.load import load_predictor
from hyperpose_core.inference.predictor import Predictor

__all__ = ["Predictor", "load_predictor"]
