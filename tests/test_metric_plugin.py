"""A stranger's metric, used by the command line wherever metrics are, and broken."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import sets, settings

from hyperpose_core.cli import main
from hyperpose_core.registry import get_registry

PLUGIN = """
    from hyperpose_core import MetricSpec, hookimpl

    @hookimpl
    def hyperpose_register_metrics():
        yield MetricSpec(name="surplus", target="surplus:surplus", lower_is_better=True)
        yield MetricSpec(name="wrong", target="surplus:wrong")
        yield MetricSpec(name="no-score", target="surplus:no_score")
"""
TARGETS = """
from hyperpose_core.contracts import Score

def surplus(truth, found, skeleton, factor: float = 1.0):
    wanted = sum(int(sample.wanted.sum()) for sample in truth)
    there = sum(len(people) for people in found.values())
    protocol = {"metric": "people too many", "images": len(truth), "points": len(skeleton)}
    return Score({"surplus": factor * (there - wanted)}, protocol)

def wrong(truth, found, skeleton):
    return truth[0].no_such_field

def no_score(truth, found, skeleton):
    return {"surplus": 1.0}
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the command line with the plugins that are installed by then; return what it prints."""
    monkeypatch.chdir(tmp_path)

    def run(*words, code=0):
        get_registry.cache_clear()
        capsys.readouterr()
        assert main([*words]) == code
        printed = capsys.readouterr()
        return printed.err if code else printed.out

    yield run
    get_registry.cache_clear()


@pytest.fixture
def theirs(install_plugin):
    site = install_plugin("theirs", PLUGIN, distribution="theirs-metrics")
    (site / "surplus.py").write_text(TARGETS)
    return site


@pytest.fixture
def files(tmp_path):
    """Two people in two images, of whom three are found."""
    names = ["top", "left_hand", "right_hand"]
    points = [100, 50, 2, 40, 200, 2, 160, 200, 1]
    person = {"category_id": 1, "keypoints": points, "area": 9e3, "bbox": [30, 40, 140, 200]}
    truth = {
        "images": [{"id": n, "file_name": f"{n}.jpg", "width": 300, "height": 300} for n in (1, 2)],
        "annotations": [{**person, "id": n, "image_id": n, "iscrowd": 0} for n in (1, 2)],
        "categories": [{"id": 1, "name": "person", "keypoints": names}],
    }
    one = {"image_id": 1, "category_id": 1, "keypoints": points, "score": 0.3}
    for name, content in (("truth", truth), ("found", [one] * 3)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    given = ("--ground-truth", "truth.json", "--dataset", "coco-custom", "--sigmas", "0.1,0.1,0.1")
    return "score", "found.json", *given


def test_score_uses_it_with_its_arguments(run, theirs, files):
    words = tuple(word for word in files if not word.startswith(("--sigmas", "0.1")))
    document = json.loads(run(*words, "--metric", "surplus(factor=2)", "--json"))
    assert document["metrics"] == {"surplus": 2.0}
    expected = {"metric": "people too many", "images": 2, "points": 3, "predictions": 3}
    assert {key: document["protocol"][key] for key in expected} == expected
    wrong = run(*words, "--metric", "surplus(factor='two')", code=2)
    assert "factor must be a number" in wrong


def test_eval_reports_it_and_training_keeps_the_best_model_by_it(run, theirs, tmp_path):
    texts = settings(tmp_path / "pictures", "log.save_dir=runs", "train.eval_interval=1")
    chosen = ("train.best_metric=surplus(factor=3)", 'eval.metrics=["pck(threshold=0.1)"]')
    model = ("--model", "Poseproposal", "--backbone", "Vggtiny", "--steps", "2", "--quiet")
    run("train", "--name", "tiny", *model, *sets([*texts, *chosen]))
    best = json.loads((tmp_path / "runs/tiny/model_dir/best_model.json").read_text())
    lines = (tmp_path / "runs/tiny/metrics.jsonl").read_text().splitlines()
    evaluations = [line for line in map(json.loads, lines) if line["kind"] == "evaluate"]
    assert best["metric"] == "surplus"
    assert best["score"] == min(line["surplus"] for line in evaluations)
    assert best["step"] == 1 + int(np.argmin([line["surplus"] for line in evaluations]))

    where = ("--name", "tiny", "--save-dir", "runs", "--quiet")
    more = ("--set", 'eval.metrics=["surplus", "pck(threshold=0.1)"]')
    report = json.loads(run("eval", *where, *more, "--json"))
    assert list(report["scores"]) == ["surplus", "pck(threshold=0.1)"]
    assert report["scores"]["surplus"]["protocol"]["images"] == 2
    assert "surplus" not in report["metrics"]
    file = str(tmp_path / "runs" / "tiny" / "eval_results.json")
    data = sets([text for text in texts if text.startswith("data.")])
    for call, found in report["scores"].items():
        words = ("score", file, "--dataset", "synthetic", *data, "--metric", call, "--json")
        assert json.loads(run(*words))["metrics"] == found["metrics"]
    text = run("eval", *where, *more)
    assert "people too many" in text
    assert "PCK@0.1" in text


def test_the_metric_of_the_documentation_works(run, install_plugin, shared_data, tmp_path):
    page = (Path(__file__).resolve().parent.parent / "docs" / "scores.md").read_text()
    metric, plugin = re.findall(r"```python\n# \w+/(?:metric|plugin).py\n(.*?)```", page, re.DOTALL)
    site = install_plugin("wrists", plugin, distribution="theirs-wrists", module="wrists_plugin")
    (site / "hyperpose_wrists").mkdir()
    (site / "hyperpose_wrists" / "metric.py").write_text(metric)
    coco = shared_data / "coco"
    truth = json.loads((coco / "annotations" / "person_keypoints_val2017.json").read_text())
    found = [
        {key: person[key] for key in ("image_id", "category_id", "keypoints")} | {"score": 1.0}
        for person in truth["annotations"]
        if person["num_keypoints"] and not person["iscrowd"]
    ]
    (tmp_path / "found.json").write_text(json.dumps(found))
    words = ("score", "found.json", "--dataset", "coco", "--data", str(coco), "--json")
    document = json.loads(run(*words, "--metric", "wrists(within=5)"))
    assert document["metrics"] == {"wrists": 100.0}


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("wrong", "the metric 'wrong' of plugin 'theirs' (theirs-metrics 1.0) failed: Attribute"),
        ("no-score", "the metric 'no-score' must return a contracts.Score"),
        ("surplus(size=2)", "the metric 'surplus' takes no 'size'"),
        ("surpluss", "unknown metric 'surpluss': did you mean 'surplus'?"),
    ],
)
def test_a_failure_names_it_in_one_sentence(run, theirs, files, metric, words):
    said = run(*files, "--metric", metric, code=2)
    assert words in said
    assert len(said.splitlines()) == 1


def test_a_broken_plugin_costs_its_own_metrics_only(run, install_plugin, files):
    install_plugin("theirs", "import nothing_of_that_name", distribution="theirs-metrics")
    broken = run(*files, "--metric", "surplus", code=2)
    assert "unknown metric 'surplus'" in broken
    assert "theirs (failed: ModuleNotFoundError" in broken
    assert "AP " in run(*files)


def test_a_broken_metric_ends_a_training_before_its_first_step(run, theirs, tmp_path):
    code = (theirs / "surplus.py").read_text()
    (theirs / "surplus.py").write_text(f"import nothing_of_that_name\n{code}")
    texts = settings(tmp_path / "pictures", "log.save_dir=runs", "train.eval_interval=1")
    model = ("--model", "Poseproposal", "--backbone", "Vggtiny", "--steps", "2", "--quiet")
    for setting in ('eval.metrics=["surplus"]', "train.best_metric=surplus"):
        said = run("train", *model, *sets([*texts, setting]), code=2)
        assert "the metric 'surplus' of plugin 'theirs' (theirs-metrics 1.0) cannot be" in said
    assert not list((tmp_path / "runs").rglob("checkpoint*"))
