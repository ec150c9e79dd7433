"""Both families train on MPII, and every validation image counts in the evaluation."""

import math

import pytest

from hyperpose_core import Config, get_dataset, get_eval, get_model, get_train


def configure(shared_data, tmp_path, architecture):
    config = Config()
    config.log.save_dir, config.log.quiet = str(tmp_path), True
    config.model.name, config.model.type = architecture, architecture
    config.model.backbone, config.model.width = "Vggtiny", 0.25
    config.model.input_size, config.model.stages = (64, 64), 2
    config.data.type, config.data.path = "MPII", str(shared_data / "mpii")
    config.data.options = {"cache": str(tmp_path / "cache")}
    config.train.batch_size, config.train.steps = 2, 2
    config.train.save_interval = config.train.vis_interval = 1000
    return config


@pytest.mark.parametrize("architecture", ["MobilenetThinOpenpose", "Poseproposal", "Pifpaf"])
def test_trains_and_evaluates_on_mpii(shared_data, tmp_path, architecture):
    config = configure(shared_data, tmp_path, architecture)
    model, dataset = get_model(config), get_dataset(config)
    trained = get_train(config)(model, dataset)
    assert trained.step == 2
    result = get_eval(config)(model, dataset, vis_num=1)
    assert result.images == 20
    assert "14 joints" in result.protocol["mean"]
    assert {"mAP", "PCKh", "AP_Knee", "PCKh_weighted", "AUC"} <= set(result.metrics)
    assert all(0 <= value <= 100 and math.isfinite(value) for value in result.metrics.values())
