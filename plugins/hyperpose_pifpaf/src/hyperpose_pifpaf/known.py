"""Known: what a dataset does not annotate, kept out of the loss."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.contracts import Tensors
from hyperpose_pifpaf.fields import OUTPUTS, PAF, PIF
from hyperpose_training.labelled import known_part

SURE = 1000.0
"""The logit of a confidence of 1, and the other way of 0, whose cross-entropy is exactly 0."""
NO_LOSS = 0.5
"""The spread at which a vector without an error has a loss of exactly 0."""


def as_known(predicted: Tensors, targets: Tensors) -> Tensors:
    """Put what has no loss into the channels of the predictions that are not labelled.

    Args:
        predicted: by the names in `fields.OUTPUTS`, in either layout.
        targets: what `Preprocessor.encode` made, batched; all of it counts unless it says what is
            labelled.
    """
    if "pif_labelled" not in targets:
        return predicted
    return {name: _known(name, predicted[name], targets) for name in OUTPUTS}


def _known(name: str, predicted: tf.Tensor, targets: Tensors) -> tf.Tensor:
    prefix, _, what = name.partition("_")
    what = what.removeprefix("plain_")
    labelled = targets[f"{prefix}_labelled"]
    if labelled.shape[1:].num_elements() != 1:  # one channel fits any number of them
        axis = 3 if labelled.shape[1] == 1 else 1
        field = PIF if prefix == "pif" else PAF
        labelled = tf.repeat(labelled, len(field.get(what, ("logit",))), axis)
    if what == "logits":
        best = SURE * (2 * targets[f"{prefix}_confidence"] - 1)
    elif what == "spreads":
        best = tf.fill(tf.shape(predicted), NO_LOSS)
    else:
        best = targets[f"{prefix}_{what}"]
    return known_part(predicted, best, labelled)
