"""What of the annotations a training cannot learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hyperpose_core.data.samples import Sample
from hyperpose_core.skeletons import Skeleton
from hyperpose_training.feeding.convert import convert_samples
from hyperpose_training.start.samples import not_learned

ONE_SIDE = Skeleton("one", ("left_hand", "head"))


def sample() -> Sample:
    points = np.full((1, len(ONE_SIDE), 3), 20.0, np.float32)
    return Sample(0, Path("0.png"), 40, 40, points, np.array([[5, 5, 30, 30]], np.float32))


@pytest.mark.parametrize("mirrored", [False, True])
def test_what_no_dataset_annotates_is_known(mirrored):
    """Seen mirrored, a left hand teaches the right one; a tail is taught by nobody."""
    model = Skeleton("model", ("left_hand", "right_hand", "tail", "head"))
    samples = convert_samples([sample()], ONE_SIDE, model)
    expected = ["tail"] if mirrored else ["right_hand", "tail"]
    assert not_learned(samples, model, mirrored) == expected
