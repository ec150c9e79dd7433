"""The chain train, eval, score: the report of an evaluation, and its result file scored again."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tiny_runs import sets, settings

from hyperpose_coco.skeleton import COCO
from hyperpose_core.cli import main
from hyperpose_core.config import resolve_config
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError
from hyperpose_core.evaluation.evaluate import Evaluation
from hyperpose_core.evaluation.text import metric_lines
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_training.feeding.training_data import training_data


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chain")
    texts = sets(settings(folder / "pictures", f"log.save_dir={folder}"))
    model = ("--model", "Poseproposal", "--backbone", "Vggtiny", "--steps", "1", "--quiet")
    assert main(["train", "--name", "tiny", *model, *texts]) == 0
    return folder


@pytest.fixture
def run(trained, capsys):
    def run(*words, code=0):
        where = ("--name", "tiny", "--save-dir", str(trained), "--quiet")
        capsys.readouterr()
        assert main([words[0], *(where if words[0] == "eval" else ()), *words[1:]]) == code
        printed = capsys.readouterr()
        return printed.err if code else printed.out

    return run


def test_what_eval_wrote_is_scored_alike(trained, run):
    report = json.loads(run("eval", "--errors", "--json"))
    protocol = report["protocol"]
    expected = {"version": "coco", "split": "val", "images": 2, "keypoints": "coco"}
    expected |= {"sigmas": "of the skeleton coco", "scales": [1.0], "flip": False, "limit": None}
    assert {key: protocol[key] for key in expected} == expected
    assert 0 <= protocol["images_without_predictions"] <= 2

    texts = [text for text in settings(trained / "pictures") if text.startswith("data.")]
    file = str(trained / "tiny" / "eval_results.json")
    score = json.loads(run("score", file, "--dataset", "synthetic", *sets(texts), "--json"))
    assert score["metrics"] == pytest.approx(report["metrics"])
    assert score["tables"] == report["errors"]
    assert score["protocol"]["scales"].startswith("unknown")
    missing = score["protocol"]["images without predictions (they count)"]
    assert missing == protocol["images_without_predictions"]


def test_eval_prints_its_protocol(run):
    text = run("eval", "--errors")
    for words in ("version", "images without predictions", "sigmas", "flip", "what lacks to AP 1"):
        assert words in text


def test_errors_need_every_image(run):
    assert "every image" in run("eval", "--errors", "--set", "eval.limit=1", code=2)


def test_percents_have_two_digits_in_one_column():
    lines = list(metric_lines({"mAP": 12.3456, "PCKh_Head": 100.0}, {"unit": "percent"}))
    assert lines == ["mAP        12.35", "PCKh_Head  100.00"]
    assert list(metric_lines({"AP": 0.3716}, {})) == ["AP  0.372"]


def test_a_model_of_other_keypoints_is_refused_and_not_scored_0():
    config = resolve_config(sets=["model.type=MobilenetThinOpenpose", "data.type=Synthetic"])
    config.model.skeleton = Skeleton("horse", ("withers", "tail"), ((0, 1),))
    sample = Sample(0, Path(__file__), 9, 9, np.ones((1, 17, 3)), np.ones((1, 4)))
    dataset = SimpleNamespace(skeleton=COCO, train_samples=lambda: [sample])
    with pytest.raises(ConfigError, match=r"'horse' .* 'coco' .* no keypoint in common"):
        Evaluation(None, dataset, config, get_registry(), live=True)
    with pytest.raises(ConfigError, match=r"'coco' .* 'horse' .* no keypoint in common"):
        training_data(dataset, config.data, config.model.skeleton, get_registry())
