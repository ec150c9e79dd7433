"""Each architecture learns a handful of real COCO images by heart, from scratch (slow)."""

import dataclasses
from pathlib import Path

import pytest

from hyperpose_core import Config, get_dataset, get_eval, get_model, get_train

# Eight people, all of whom come back from the true maps: where a neck cannot be made, because a
# shoulder is not annotated, part affinity fields leave a person in two halves.
IMAGES = {785, 5060, 40083, 196141}


def few(sample):
    return sample.image_id in IMAGES


def computes_bfloat16():
    cpu = Path("/proc/cpuinfo")
    return cpu.is_file() and "bf16" in cpu.read_text()


def configure(shared_data, tmp_path, architecture):
    config = Config()
    config.log.save_dir, config.log.quiet = str(tmp_path), True
    config.model.name, config.model.type = architecture, architecture
    config.model.backbone, config.model.width = "Vggtiny", 0.5
    config.model.input_size, config.model.stages = (256, 256), 2
    config.model.options = {"foreground": 15.0}
    config.data.type, config.data.path = "COCO", str(shared_data / "coco")
    config.data.train_split = config.data.eval_split = "val"
    config.data.filter, config.data.filter_eval, config.data.augment = few, True, False
    config.train.batch_size, config.train.steps = 4, 400
    config.train.learning_rate, config.train.warmup_steps = 5e-3, 20
    config.train.save_interval = config.train.vis_interval = 1000
    return config


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "learning_rate", "steps"),
    [
        ("MobilenetThinOpenpose", 5e-3, 400),
        ("LightweightOpenpose", 5e-3, 400),
        # Its stages have no batch normalisation, and want smaller steps.
        ("Openpose", 2e-3, 500),
    ],
)
def test_learns_four_images_by_heart(shared_data, tmp_path, architecture, learning_rate, steps):
    config = configure(shared_data, tmp_path, architecture)
    config.train.learning_rate, config.train.steps = learning_rate, steps
    model, dataset = get_model(config), get_dataset(config)
    get_train(config)(model, dataset)
    result = get_eval(config)(model, dataset)
    assert result.images == len(IMAGES)
    assert result.protocol["filtered"]
    assert result.metrics["AP"] >= 0.9


@pytest.mark.slow
@pytest.mark.skipif(not computes_bfloat16(), reason="this processor emulates bfloat16, for hours")
def test_learns_them_in_bfloat16_as_in_float32(shared_data, tmp_path):
    found = {}
    for precision in ("float32", "bfloat16"):
        config = configure(shared_data, tmp_path, "MobilenetThinOpenpose")
        config.model.name = config.train.precision = precision
        model, dataset = get_model(config), get_dataset(config)
        get_train(config)(model, dataset)
        found[precision] = get_eval(config)(model, dataset).metrics["AP"]
    assert found["bfloat16"] == pytest.approx(found["float32"], abs=0.02)


def test_trains_and_evaluates_on_all_of_the_subset(shared_data, tmp_path):
    """A few steps on every training image; every validation image counts in the evaluation."""
    config = configure(shared_data, tmp_path, "MobilenetThinOpenpose")
    config.model.backbone, config.model.width = "MobilenetV1", 0.25
    config.model.input_size = (64, 64)
    config.data = dataclasses.replace(
        config.data, train_split="train", filter=None, filter_eval=False, augment=True
    )
    config.train.steps = 3
    model, dataset = get_model(config), get_dataset(config)
    trained = get_train(config)(model, dataset)
    assert trained.step == 3
    result = get_eval(config)(model, dataset, vis_num=1)
    assert result.images == 44
    assert set(result.metrics) >= {"AP", "AP50", "AP75", "APm", "APl", "AR"}
