"""Pifpaf learns four real images by heart: targets, losses and decoding agree (slow)."""

from __future__ import annotations

from pathlib import Path

import pytest

from hyperpose_core import Config, get_dataset, get_eval, get_model, get_train

IMAGES = {785, 5060, 40083, 196141}
"""Eight people, one to four an image."""


@pytest.mark.slow
def test_it_overfits_four_images_of_coco(shared_data: Path, tmp_path: Path) -> None:
    config = Config()
    config.model.name, config.model.type = "overfit", "Pifpaf"
    config.model.backbone, config.model.width = "Resnet18", 0.5
    config.model.input_size = (256, 256)
    config.data.type, config.data.path = "COCO", str(shared_data / "coco")
    config.data.train_split = config.data.eval_split = "val"
    config.data.filter, config.data.filter_eval = lambda sample: sample.image_id in IMAGES, True
    config.data.augment = False
    config.train.batch_size, config.train.steps, config.train.warmup_steps = 4, 400, 20
    config.train.learning_rate = 2e-3
    config.train.save_interval = config.train.vis_interval = 1000
    config.log.save_dir, config.log.quiet = str(tmp_path), True
    model, dataset = get_model(config), get_dataset(config)
    get_train(config)(model, dataset)
    result = get_eval(config)(model, dataset)
    assert result.images == len(IMAGES)
    assert result.metrics["AP"] >= 0.9
