"""`browse --augmented`: what the network sees, of every family, dataset and with a mask."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tiny_runs import PICTURES

from hyperpose_core.build import get_dataset
from hyperpose_core.cli import main
from hyperpose_core.config import Config
from hyperpose_core.registry import get_registry
from hyperpose_datatools.browsing import choose
from hyperpose_datatools.browsing.augmented import NetworkView


@pytest.mark.parametrize("model", ["MobilenetThinOpenpose", "Poseproposal", "Pifpaf"])
@pytest.mark.parametrize("version", ["coco", "mpii"])
def test_people_are_drawn_where_they_are_before_and_after(tmp_path, model, version):
    config = Config()
    config.model.type, config.model.input_size = model, (192, 192)
    config.data.type, config.data.path = "synthetic", str(tmp_path)
    config.data.version, config.data.options = version, {**PICTURES, "width": 192, "height": 192}
    dataset, registry = get_dataset(config), get_registry()
    sample = max(choose(dataset, config, 6, registry), key=lambda s: s.boxes[:, 3].max())
    picture = NetworkView(config, dataset.skeleton, registry)(sample)
    assert picture.shape[0] == 2 * 192 + 6, "without augmentation above, with it below"
    seen, plain = picture[:192, :192], cv2.imread(str(sample.path))[..., ::-1]
    drawn = np.argwhere((seen.astype(int) != plain).any(-1))
    known = sample.keypoints[sample.keypoints[..., 2] > 0]
    assert len(drawn) > 100
    assert (drawn.min(0) >= known[:, 1::-1].min(0) - 12).all()
    assert (drawn.max(0) <= known[:, 1::-1].max(0) + 12).all()
    # the input differs: it is turned, moved or in other colours
    assert np.abs(picture[198:, :192].astype(int) - picture[:192, :192]).mean() > 5


def test_the_command_draws_real_images_of_both_datasets(shared_data, tmp_path):
    for name, split in (("coco", "val"), ("mpii", "valid")):
        words = ["browse", name, "--data", str(shared_data / name), "--split", split, "--quiet"]
        words += ["--augmented", "--input-size", "64x64", "--count", "2"]
        assert main([*words, "--to", str(tmp_path / name)]) == 0
        assert len(list((tmp_path / name).glob("*.png"))) == 2
