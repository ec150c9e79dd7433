"""The published Lightweight OpenPose as the beginning of a training, on real images."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hyperpose_core import get_dataset, get_model
from hyperpose_core.build.strategy import start
from hyperpose_core.cli.main import main
from hyperpose_core.config import resolve_config
from hyperpose_core.registry import get_registry
from hyperpose_training.pipeline import TrainPipeline
from hyperpose_training.setup import Setup

NAMES = (
    "left_wrist",
    "left_elbow",
    "left_shoulder",
    "right_wrist",
    "right_elbow",
    "right_shoulder",
)
LINES = ((3, 6), (2, 3), (1, 2), (6, 5), (5, 4))
"""Drawn between them, from 1: no neck, and one that the published model has no field for."""
SIGMAS = (0.062, 0.072, 0.079, 0.062, 0.072, 0.079)


@pytest.mark.slow
def test_the_first_loss_is_that_of_evaluation(shared_data, tmp_path):
    given = {
        **{"model.type": "LightweightOpenpose", "data.augment": False, "train.batch_size": 4},
        "model.weights": str(shared_data / "weights" / "lightweight_openpose_coco.npz"),
        **{"data.type": "COCO", "data.path": str(shared_data / "coco"), "log.quiet": True},
        "log.save_dir": str(tmp_path),
    }
    registry, config = get_registry(), resolve_config(options=given)
    config = resolve_config(options={**TrainPipeline.of_origin(config, registry), **given})
    assert (config.train.norm, config.eval.fit) == ("frozen", "height")
    model = get_model(config)
    built = Setup(model, get_dataset(config), config, registry, start(config))
    batch = next(iter(built.batches))
    model.eval()
    outputs = model.forward(batch.images, is_train=True)
    evaluated = built.family.preprocessor.losses(model, outputs, batch.targets)["loss"]
    trained = built.state(batch.images, batch.targets, 0.0, 0)["loss"]
    np.testing.assert_allclose(trained, evaluated, rtol=1e-3)
    assert float(trained) < 0.4, "it is the published network"


@pytest.mark.slow
def test_six_keypoints_find_people_as_the_whole_model_does(shared_data, tmp_path, capsys):
    arms, coco = arms_of(shared_data / "coco", tmp_path / "data"), shared_data / "coco"
    images = ", ".join(f'{split}="{coco}/{split}2017"' for split in ("train", "val"))
    options = f"data.options={{images={{{images}}}, sigmas={list(SIGMAS)}}}"
    own = ("--dataset", "coco-custom", "--data", str(arms), "--set", options)
    published = str(shared_data / "weights" / "lightweight_openpose_coco.npz")
    model = ("--from", published, "--model", "LightweightOpenpose", "--steps", "0")
    runs = ("--save-dir", str(tmp_path), "--quiet")
    scored = ("--set", "eval.limit=16", "--set", "eval.vis_num=0", "--json")
    found = {}
    for name, where in (("whole", ("--dataset", "coco", "--data", str(coco))), ("arms", own)):
        assert main(["train", "--name", name, *model, *where, *runs]) == 0
        capsys.readouterr()
        assert main(["eval", "--name", name, *own, *runs, *scored]) == 0
        found[name] = json.loads(capsys.readouterr().out)["metrics"]["AP"]
    assert found["whole"] > 0.4
    assert found["arms"] == pytest.approx(found["whole"], abs=0.01)


def arms_of(coco, folder):
    """Write COCO's annotations of six keypoints under other numbers, and return their folder."""
    (folder / "annotations").mkdir(parents=True)
    for split in ("train", "val"):
        file = coco / "annotations" / f"person_keypoints_{split}2017.json"
        content = json.loads(file.read_text())
        category = content["categories"][0]
        places = [category["keypoints"].index(name) for name in NAMES]
        for person in content["annotations"]:
            points = person["keypoints"]
            kept = [v for i in places for v in points[3 * i : 3 * i + 3]]
            person |= {"keypoints": kept, "num_keypoints": sum(v > 0 for v in kept[2::3])}
        category |= {"keypoints": list(NAMES), "skeleton": [list(line) for line in LINES]}
        (folder / "annotations" / f"{split}.json").write_text(json.dumps(content))
    return folder
