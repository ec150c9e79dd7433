"""Pifpaf is exported without a line of its own in an exporter, under the names of its fields."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from hyperpose_core import get_model
from hyperpose_core.build import completed
from hyperpose_core.build.weights import named_weights, save_weights
from hyperpose_core.cli import main
from hyperpose_core.config import resolve_config
from hyperpose_core.inference import load_predictor
from hyperpose_core.registry import get_registry
from hyperpose_core.runs import Run
from hyperpose_export import load
from hyperpose_pifpaf.fields import MAPS

FORMATS = {
    "saved_model": (),
    "tflite": ("ai_edge_litert",),
    "onnx": ("tf2onnx", "onnxruntime"),
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return an untrained run, which the comparison of maps does not mind."""
    options = {
        "model.name": "fields",
        "model.type": "Pifpaf",
        "model.backbone": "Resnet18",
        "model.width": 0.125,
        "model.input_size": (64, 64),
        "log.save_dir": str(tmp_path),
    }
    config = completed(resolve_config(options=options), get_registry())
    run = Run.of(config)
    run.model_dir.mkdir(parents=True)
    arrays = {name: v.numpy() for name, v in named_weights(get_model(config)).items()}
    save_weights(run.newest_model, arrays)
    run.save_config(config, {})
    return run


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_has_the_maps_of_the_model_at_any_size(run, tmp_path, ending):
    """Sizes that the backbone's stride of 16 does not divide are filled up inside the file."""
    for module in FORMATS[ending]:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed: an extra of hyperpose-export")
    file = tmp_path / f"fields.{ending}"
    folder = str(tmp_path / "fields")
    words = ["--to", ending.replace("_", "-"), "--out", str(file), "--no-verify"]
    assert main(["export", folder, *words]) == 0
    assert tuple(json.loads(Path(f"{file}.json").read_text())["outputs"]) == MAPS
    network, model = load(file).network, load_predictor(folder).network
    random = np.random.default_rng(0)
    for shape in ((1, 64, 64, 3), (2, 72, 40, 3)):
        images = random.random(shape, np.float32)
        pairs = zip(MAPS, network(images), model(images), strict=True)
        for name, ours, theirs in pairs:
            assert ours.shape[1:3] == (shape[1] // 8, shape[2] // 8)
            np.testing.assert_allclose(ours, theirs, atol=1e-5, err_msg=name)
