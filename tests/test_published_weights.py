"""The published weights of Lightweight OpenPose find real people."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from hyperpose_core.cli import main
from hyperpose_core.config import resolve_config
from hyperpose_core.errors import CheckpointError
from hyperpose_core.inference import load_predictor
from hyperpose_openpose.import_lightweight import importer
from hyperpose_weights.importing import import_weights


@pytest.fixture(scope="module")
def run(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = shared_data / "weights" / "lightweight_openpose_coco.npz"
    if not file.is_file():
        pytest.skip(f"no published weights at {file}")
    options = {"model.type": "LightweightOpenpose", "model.name": "published"}
    folder = tmp_path_factory.mktemp("runs")
    return import_weights(file, {**options, "log.save_dir": folder}).run.folder


def test_maps_are_those_of_the_original(run: Path, shared_data: Path) -> None:
    fixture = np.load(shared_data / "weights" / "lightweight_openpose_coco.fixture.npz")
    image = fixture["img"][None, :, :, ::-1].astype(np.float32) / 255
    conf, paf = load_predictor(run).network(image)
    for got, name in ((conf, "Mconv7_stage2_L2"), (paf, "Mconv7_stage2_L1")):
        expected = np.moveaxis(fixture[name], 1, -1)
        assert np.abs(expected).max() > 0.3
        assert np.abs(got - expected).max() < 0.01


def test_the_run_is_evaluated_as_its_authors_do(run: Path) -> None:
    config = resolve_config(run=run / "config.json")
    assert (config.eval.fit, config.model.input_size[1], config.data.type) == (
        "height",
        368,
        "COCO",
    )
    assert config.model.skeleton is not None
    assert len(config.model.skeleton.limbs) == 19


def test_another_backbone_is_named_array_by_array(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "weights" / "lightweight_openpose_coco.npz"
    options = {"model.type": "LightweightOpenpose", "model.name": "a", "model.backbone": "Vggtiny"}
    with pytest.raises(CheckpointError) as caught:
        import_weights(file, {**options, "log.save_dir": tmp_path})
    assert "backbone/layers/0/0/filters is missing" in str(caught.value)
    assert "backbone/blocks/11/2/0/filters is left over" in str(caught.value)
    assert "neck/align/filters has shape (1, 1, 512, 128)" in str(caught.value)


@pytest.mark.parametrize("name", ["pre/multiply", "conv1/bias", "conv1/kernel"])
@pytest.mark.parametrize("value", [np.zeros(2, np.float32), np.zeros(3, int)])
def test_a_changed_file_names_the_array(
    shared_data: Path, tmp_path: Path, name: str, value: np.ndarray
) -> None:
    arrays = dict(np.load(shared_data / "weights" / "lightweight_openpose_coco.npz"))
    np.savez(tmp_path / "changed.npz", **{**arrays, name: value})
    with pytest.raises(CheckpointError, match=f"has for {name} "):
        importer.read(tmp_path / "changed.npz", model=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "views",
    [
        {"eval.fit": "box"},
        {"eval.fit": "height"},
        pytest.param({"eval.scales": [1.0, 0.5], "eval.flip": True}, marks=pytest.mark.slow),
    ],
    ids=["box", "height", "scales, flip"],
)
def test_photos_in_batches_are_as_one_by_one(run: Path, shared_data: Path, views: dict) -> None:
    photos = sorted((shared_data / "coco" / "val2017").glob("*.jpg"))[:7]
    config = resolve_config(run=run / "config.json", options={"eval.batch_size": 3, **views})
    find = load_predictor(run, config)
    alone = [find(photo) for photo in photos]
    found: dict[str, list] = {}
    threads = [
        threading.Thread(target=lambda: found.update(batches=find(photos))),
        threading.Thread(target=lambda: found.update(again=list(find(iter(photos))))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, alone)) > 10
    for people, others, same in zip(found["batches"], alone, found["again"], strict=True):
        for human, other, third in zip(people, others, same, strict=True):
            np.testing.assert_allclose(human.keypoints, other.keypoints, atol=2e-3)
            # Which images share a batch does not depend on the clock: to the bit.
            np.testing.assert_array_equal(human.keypoints, third.keypoints)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_ap_on_real_images(
    run: Path, shared_data: Path, capfd: pytest.CaptureFixture, precision: str
) -> None:
    """What a plain decoder of another implementation reaches on these images is 0.490."""
    words = ["--name", run.name, "--save-dir", str(run.parent), "--json", "--quiet"]
    words += ["--dataset", "coco", "--data", str(shared_data / "coco")]
    assert main(["eval", *words, "--set", f"eval.precision={precision}"]) == 0
    result = json.loads(capfd.readouterr().out)
    assert result["images"] == 44
    assert result["protocol"]["precision"] == precision
    assert (result["protocol"]["scales"], result["protocol"]["flip"]) == ([1.0], False)
    assert result["metrics"]["AP"] >= 0.49
