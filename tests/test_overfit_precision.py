"""Trained in 16 bits, a network learns pictures by heart as well as in float32 (slow)."""

import json

import pytest

from hyperpose_core import Config, get_dataset, get_eval, get_model, get_train
from hyperpose_core.runs import Run

PICTURES = {
    "train_images": 2,
    "val_images": 1,
    "width": 96,
    "height": 96,
    "max_people": 2,
    "smallest": 70,
    "clutter": 0,
}


def trained(folder, pictures, precision, steps):
    """Train on two pictures and return the configuration, model and dataset."""
    config = Config()
    config.log.save_dir, config.log.quiet, config.log.interval = str(folder), True, steps // 2
    config.model.name = f"{precision}-{steps}"
    config.model.type, config.model.backbone = "MobilenetThinOpenpose", "Vggtiny"
    config.model.width, config.model.stages, config.model.input_size = 0.25, 1, (96, 96)
    config.model.options = {"foreground": 15.0}
    config.data.type, config.data.path = "Synthetic", str(pictures)
    config.data.options, config.data.eval_split = PICTURES, "train"
    config.data.augment = False
    config.train.batch_size, config.train.steps, config.train.precision = 2, steps, precision
    config.train.learning_rate, config.train.warmup_steps = 5e-3, 20
    config.train.save_interval = config.train.vis_interval = 1000
    model, dataset = get_model(config), get_dataset(config)
    get_train(config)(model, dataset)
    return config, model, dataset


def average_precision(folder, pictures, precision):
    config, model, dataset = trained(folder, pictures, precision, 300)
    return get_eval(config)(model, dataset, vis_num=0).metrics["AP"]


def losses(folder, pictures, precision):
    """Return the mean of the first twenty steps and that of the next."""
    config, *_ = trained(folder, pictures, precision, 40)
    lines = Run.of(config).metrics.read_text().splitlines()
    return [json.loads(line)["loss"] for line in lines if "loss" in line]


@pytest.mark.slow
def test_learns_by_heart_in_16_bits_what_it_learns_in_32(tmp_path, tmp_path_factory):
    pictures = tmp_path_factory.mktemp("pictures")
    exact = average_precision(tmp_path, pictures, "float32")
    assert exact >= 0.9
    found = average_precision(tmp_path, pictures, "bfloat16")
    assert found == pytest.approx(exact, abs=0.02)


@pytest.mark.slow  # processors compute float16 some thirty times as slowly
def test_float16_learns_as_float32_does(tmp_path, tmp_path_factory):
    pictures = tmp_path_factory.mktemp("pictures")
    first, exact = losses(tmp_path, pictures, "float32")
    assert exact < first / 2
    _, found = losses(tmp_path, pictures, "float16")
    assert found == pytest.approx(exact, rel=0.2)
