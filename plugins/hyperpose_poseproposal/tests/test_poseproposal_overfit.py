"""Poseproposal learns four real images by heart: targets, losses and decoding agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from hyperpose_core import Config, get_dataset, get_eval, get_model, get_train

IMAGES = {785, 40083, 117425, 196141}
"""Of about the input's shape; one to four people each, one of them without keypoints."""


@pytest.mark.slow
def test_it_overfits_four_images_of_coco(shared_data: Path, tmp_path: Path) -> None:
    """The images vary a little, as much as evaluation's way of resizing them differs."""
    config = Config()
    config.model.name, config.model.type = "overfit", "Poseproposal"
    config.model.input_size, config.model.width = (288, 192), 0.5
    config.data.type, config.data.path = "COCO", str(shared_data / "coco")
    config.data.train_split = config.data.eval_split = "val"
    config.data.filter, config.data.filter_eval = lambda sample: sample.image_id in IMAGES, True
    config.data.rotation, config.data.scale, config.data.shift = 3.0, (0.9, 1.1), 0.03
    config.data.flip, config.data.color = 0.0, 0.1
    config.train.batch_size, config.train.steps, config.train.warmup_steps = 4, 600, 20
    config.log.save_dir, config.log.quiet = str(tmp_path), True
    model, dataset = get_model(config), get_dataset(config)
    get_train(config)(model, dataset)
    result = get_eval(config)(model, dataset)
    assert result.images == len(IMAGES)
    assert result.metrics["AP"] >= 0.8
