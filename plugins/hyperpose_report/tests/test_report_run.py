"""Reports of real runs: what they show is what the files say, and what is lacking is said."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from headless import look
from report_pages import Page
from tiny_training import config_of, train

from hyperpose_core import get_dataset, get_eval, get_model
from hyperpose_core.cli.main import main
from hyperpose_core.contracts.uses import EvaluationEvent
from hyperpose_core.data.humans import Human
from hyperpose_core.data.raw import truth_of
from hyperpose_core.registry import get_registry
from hyperpose_core.runs import Run
from hyperpose_report.reading.evaluation import keep
from hyperpose_report.reading.measuring import image_scores, precision_recall
from hyperpose_report.reading.run import ReportRun
from hyperpose_report.sections.time import time_parts

SECTIONS = (
    *("trained", "curves", "time", "scores", "precision-recall", "errors", "keypoints"),
    *("images", "environment"),
)
SETTINGS = ("train.steps=6", "train.weight_decay=0.125", "data.options.val_images=5")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A trained run, and an evaluation of people who are nearly where they are annotated."""
    config = config_of(tmp_path_factory.mktemp("runs"), *SETTINGS)
    train(config)
    dataset, run = get_dataset(config), Run.of(config)
    rng, humans = np.random.default_rng(0), {}
    for number, sample in enumerate(truth_of(dataset, "val")):
        points = sample.keypoints.astype(float)
        points[..., :2] += rng.normal(0, 0.4 * number, points[..., :2].shape)
        people = [Human(p, 0.5 + 0.1 * i, dataset.skeleton) for i, p in enumerate(points)]
        humans[sample.image_id] = people if number else []
    run.results.write_text(json.dumps(dataset.to_results(humans)))
    metrics = dataset.evaluate(humans)
    protocol = {"dataset": config.data.type, "split": "val", "limit": None, "fit": "<b>"}
    event = EvaluationEvent(run=run.folder, metrics=metrics, images=5, protocol=protocol)
    keep(event)
    return run, metrics


@pytest.fixture
def run(made, tmp_path):
    """A copy that a test may change."""
    return Run(Path(shutil.copytree(made[0].folder, tmp_path / "run")))


def report(*words: str | Path) -> int:
    return main(["report", *map(str, words)])


def test_it_shows_what_the_files_say(run, made, capsys):
    assert report(run.folder, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    file = run.folder / "report.html"
    assert said == {"file": str(file), "sections": list(SECTIONS), "failed": {}}
    page, text = Page(file), file.read_text()
    official = {name: [f"{value:.3f}"] for name, value in made[1].items()}
    assert page.rows("Official numbers") == official
    assert page.rows("Protocol: what the numbers were measured on")["fit"] == ["<b>"]
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    for line in lines:
        kind = "training" if line["kind"] == "train" else "validation"
        assert f"<title>{kind}: {line['loss']:.5g} at step {line['step']}</title>" in text
    rates = [line["learning_rate"] for line in lines if line["kind"] == "train"]
    caption = "First, last, least and largest numbers of the log"
    assert page.rows(caption)["learning_rate"][2] == f"{rates[0]:.6g}"
    with np.load(run.newest_model) as arrays:
        parameters = sum(arrays[name].size for name in arrays.files)
    facts = page.rows("The run")
    assert facts["parameters"] == [f"{parameters:,}"]
    assert facts["steps"] == ["6"]
    assert facts["ended"][0].endswith("finished at step 6")
    assert page.rows("Settings that are not the defaults")["train.weight_decay"][0] == "0.125"
    assert "train.momentum" not in page.rows("Settings that are not the defaults")
    assert run.log.read_text().splitlines()[-1].partition("step 6. ")[2] in page.sections["time"]
    plugins = json.loads(run.config.read_text())["plugins"]
    assert page.rows("Plugins") == {name: [version] for name, version in plugins.items()}


def test_it_asks_nobody_for_anything(run):
    assert report(run.folder) == 0
    page, text = Page(run.folder / "report.html"), (run.folder / "report.html").read_text()
    assert page.addresses
    assert all(a.startswith(("#", "data:image/jpeg;base64,")) for a in page.addresses)
    assert not re.search(r"https?://|url\(|@import|<link|<iframe", text)


def test_precision_errors_and_images_are_those_of_cocos_evaluation(run, made):
    assert report(run.folder) == 0
    page = Page(run.folder / "report.html")
    measured = page.rows("Average precision by OKS, over all areas")
    assert measured["mean of 0.50 to 0.95"] == [f"{made[1]['AP']:.3f}"]
    assert measured["OKS 0.50"] == [f"{made[1]['AP50']:.3f}"]
    assert measured["OKS 0.75"] == [f"{made[1]['AP75']:.3f}"]
    people = ReportRun(run.folder, "run").people
    assert precision_recall(people).ap["mean"] == pytest.approx(made[1]["AP"], abs=1e-9)
    split = page.rows("run: what lacks to AP 1")
    gains = sum(float(row[-1]) for row in split.values())
    assert gains + made[1]["AP"] == pytest.approx(1, abs=0.005)
    counts = page.rows("run: keypoints of matched people")
    assert list(counts) == list(people.skeleton.keypoints)


def test_the_worst_image_is_the_one_in_which_nobody_was_found(run):
    scores = image_scores(ReportRun(run.folder, "run").people)
    first = min(scores, key=lambda score: score.sample.image_id)
    assert scores[0] is first
    assert (first.oks, first.matched) == (0, 0)
    assert 0.3 < scores[1].oks < scores[-1].oks < 1
    for score in scores[1:]:
        assert score.oks == pytest.approx(oks_of(score, run), abs=1e-3)
    assert [score.oks for score in scores] == sorted(score.oks for score in scores)
    assert report(run.folder) == 0
    page = Page(run.folder / "report.html")
    assert scores[0].sample.path.name in page.sections["images"]
    assert f"OKS {scores[-1].oks:.3f}" in page.sections["images"]


def oks_of(score, run: Run) -> float:
    """OKS by its formula: everybody is matched with the nearest prediction."""
    people = ReportRun(run.folder, "run").people
    sample, skeleton = score.sample, people.skeleton
    found = [human.keypoints for human in people.found[sample.image_id]]
    best = []
    for person, area, wanted in zip(sample.keypoints, sample.areas, sample.wanted, strict=True):
        there = person[:, 2] > 0
        scale = 2 * area * (2 * np.array(skeleton.sigmas)) ** 2
        away = [((points - person)[:, :2] ** 2).sum(1) for points in found]
        best += [max(np.exp(-d / scale)[there].mean() for d in away)] if wanted else []
    return float(np.mean(best))


def test_parts_of_the_time_are_what_the_log_says(run):
    lines = [
        {"kind": "train", "step": 2, "time": 100.0, "images_per_second": 1.0, "data_wait": 1.0},
        {"kind": "evaluate", "step": 2, "time": 103.0, "seconds": 3.0},
        {"kind": "train", "step": 6, "time": 115.0, "images_per_second": 0.8, "data_wait": 0.25},
    ]
    run.metrics.write_text("".join(json.dumps(line) + "\n" for line in lines))
    # Four steps of two images at 0.8 a second: 10 s, a quarter of it waiting.
    waiting, working, scored, rest = time_parts(ReportRun(run.folder, "run")).values()
    assert (waiting, working, scored, rest) == pytest.approx((2.5, 7.5, 3, 2))


def test_an_evaluation_keeps_its_numbers_and_its_protocol(made, tmp_path):
    config = config_of(tmp_path, "eval.limit=1", "eval.vis_num=0")
    config.data = replace(config.data, path=str(made[0].folder.parent / "pictures"))
    shutil.copytree(made[0].folder, Run.of(config).folder)
    result = get_eval(config)(get_model(config), get_dataset(config))
    kept = json.loads((Run.of(config).folder / "evaluation.json").read_text())
    assert kept["metrics"] == result.to_dict()["metrics"]
    assert (kept["images"], kept["protocol"]["limit"]) == (1, 1)
    run = ReportRun(Run.of(config).folder, "run")
    assert len(run.people.truth) == 1, "the images that were looked at"


def test_what_is_lacking_is_said_and_nothing_is_empty(run, capsys):
    for path in [run.results, run.metrics, run.log, *run.models, run.folder / "evaluation.json"]:
        path.unlink()
    assert report(run.folder) == 0
    page = Page(run.folder / "report.html")
    assert "no trained model yet" in page.sections["trained"]
    assert "nothing was logged" in page.sections["curves"]
    assert "where the time went is not known" in page.sections["time"]
    for name in ("scores", "precision-recall", "errors", "keypoints", "images"):
        text = page.sections[name]
        assert (
            f"run: no evaluation yet. hyperpose eval --name run --save-dir {run.folder.parent}"
            in text
        )
        assert text.count("no evaluation yet") == 1
    assert all(len(text) > 30 for text in page.sections.values())
    assert "Warning" not in capsys.readouterr().err


@pytest.mark.parametrize("by", ["nobody", "another evaluation"])
def test_an_evaluation_whose_protocol_was_not_kept_is_measured_again(run, made, by):
    path = run.folder / "evaluation.json"
    if by == "nobody":
        path.unlink()
    else:
        document = json.loads(path.read_text())
        changed = {"results": "0" * 64, "metrics": {"AP": 0.125}}
        path.write_text(json.dumps({**document, **changed}))
    assert report(run.folder) == 0
    page = Page(run.folder / "report.html")
    assert page.rows("Official numbers")["AP"] == [f"{made[1]['AP']:.3f}"]
    assert "measured for this report on eval_results.json" in page.sections["scores"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("eval_results.json", "[{", "is no JSON"),
        ("eval_results.json", '{"a": 1}', "is not in COCO's form"),
        (
            "eval_results.json",
            '[{"image_id": "no such", "keypoints": [1, 2], "score": 1}]',
            "has people of 1 images, 'no such' the first, that are not among the 5",
        ),
        (
            "eval_results.json",
            '[{"image_id": 1, "keypoints": [1, 2], "score": 1}]',
            "no 51 numbers",
        ),
        ("evaluation.json", "{", "is not what an evaluation writes"),
        (
            "evaluation.json",
            '{"metrics": {}, "protocol": {}, "scores": {"a": 1}}',
            "evaluate again",
        ),
        ("metrics.jsonl", "{\n[]\n", "2 damaged lines of"),
        (
            "metrics.jsonl",
            "".join(
                f'{{"kind": "train", "step": {step}, "time": {when}, "loss": {loss}}}\n'
                for step, when, loss in (
                    *(("NaN", 0, 1), (0, "Infinity", 1), ("9" * 400, 1, 1), (1, 1, "9" * 400)),
                    *((2, 2, 1e308), (3, 3, -1e308), (4, 4, 1e-308), (5, 5, 2)),
                )
            ),
            "3 damaged lines of",
        ),
        ("model_dir/newest_model.npz", "x", "newest_model.npz cannot be read"),
        ("evaluation.json", "[" * 100_000, "is not what an evaluation writes"),
    ],
)
def test_damaged_files_are_named(run, name, content, says, capsys):
    (run.folder / name).write_text(content)
    assert report(run.folder) == 0
    text = " ".join(Page(run.folder / "report.html").sections.values())
    assert says in text
    assert "Warning" not in capsys.readouterr().err


def test_a_configuration_that_is_none_is_named(run, capsys):
    run.config.write_text('{"config": {"model": null}}')
    assert report(run.folder) == 0
    assert "config.json: 'model' is no table of settings" in capsys.readouterr().err


@pytest.mark.parametrize("head", [b"{'descr': '<f4', 'shape': (\0", b"{'descr': ('<f4', ((", b"("])
def test_an_array_whose_head_is_no_head_is_named(run, head, capsys):
    with zipfile.ZipFile(run.newest_model, "w") as archive:
        content = b"\x93NUMPY\1\0" + len(head).to_bytes(2, "little") + head
        archive.writestr("a.npy", content)
    assert report(run.folder) == 0
    text = " ".join(Page(run.folder / "report.html").sections.values())
    assert "newest_model.npz cannot be read" in text


def test_data_that_is_gone_is_said_with_what_helps(run, capsys):
    document = json.loads(run.config.read_text())
    document["config"]["data"]["type"] = "coco"
    document["config"]["data"] |= {"path": "/no/such/folder", "options": {}}
    run.config.write_text(json.dumps(document))
    (run.folder / "evaluation.json").unlink()
    assert report(run.folder) == 0
    assert "/no/such/folder" in Page(run.folder / "report.html").sections["images"]


def test_two_runs_are_side_by_side(run, tmp_path):
    other = Run(Path(shutil.copytree(run.folder, tmp_path / "<script>'\"&")))
    document = json.loads(other.config.read_text())
    document["config"]["train"]["learning_rate"] = 0.5
    document["plugins"]["coco"] = "9.9"
    document["config"]["data"]["options"]["<img src=x onerror=alert(1)>"] = "</style>"
    other.config.write_text(json.dumps(document))
    (other.folder / "evaluation.json").unlink()
    other.results.unlink()
    out = tmp_path / "both.html"
    assert report(run.folder, other.folder, "--out", out) == 0
    page = Page(out)
    assert "".join(page.headings).startswith("run and <script>'\"&What")
    assert page.tables["The runs"][0] == ["", "run", "<script>'\"&"]
    settings = next(rows for name, rows in page.tables.items() if name.startswith("Settings"))
    row = next(row for row in settings if row[0] == "train.learning_rate")
    assert row[2] == "0.5"
    assert row[1] != "0.5"
    text = out.read_text()
    assert re.search(r'<tr class="differs"><th[^>]*>train.learning_rate<', text)
    assert re.search(
        r'<tr class="differs"><th[^>]*>coco</th><td[^>]*>0.1.0</td><td[^>]*>9.9<', text
    )
    assert not re.search(r'<tr class="differs"><th[^>]*>train.weight_decay<', text)
    assert "not the defaults; those in which the runs differ are marked<" in text
    assert text.count("<script>") == 1
    assert "<img src=x" not in text
    assert "run, training" in page.sections["curves"]
    assert "no evaluation yet" in page.sections["scores"]
    assert page.tables["Official numbers"][0] == ["", "run"]


def test_runs_of_one_name_are_told_apart_and_one_is_not_named_twice(run, tmp_path, capsys):
    other = shutil.copytree(run.folder, tmp_path / "elsewhere" / "run")
    assert report(run.folder, other, "--out", tmp_path / "a.html") == 0
    assert Page(tmp_path / "a.html").tables["The runs"][0][1:] == [str(run.folder), str(other)]
    assert report(run.folder, run.folder / "..", "--save-dir", run.folder.parent) == 2
    capsys.readouterr()
    assert report(run.folder, "run", "--save-dir", run.folder.parent) == 2
    assert "is named 2 times: name it once" in capsys.readouterr().err


def test_a_run_is_known_from_inside_its_folder(run, monkeypatch, capsys):
    run.results.unlink()
    (run.folder / "evaluation.json").unlink()
    monkeypatch.chdir(run.folder)
    assert report(".") == 0
    page = Page(run.folder / "report.html")
    assert page.headings[0] == "run"
    where = f"--name run --save-dir {run.folder.parent}"
    assert f"run: no evaluation yet. hyperpose eval {where}" in page.sections["scores"]


def test_only_reports_are_replaced_and_it_is_said(run, tmp_path, capsys):
    out = tmp_path / "page.html"
    out.write_text("mine")
    assert report(run.folder, "--out", out) == 2
    assert "was not written by hyperpose report: it is left as it is" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert report(run.folder, "--out", tmp_path) == 2
    assert "is a folder" in capsys.readouterr().err
    out.unlink()
    for words in ("", "replacing the report that was there"):
        assert report(run.folder, "--out", out) == 0
        assert words in capsys.readouterr().err


def test_a_run_that_is_not_there_is_refused_with_those_that_are(run, capsys):
    assert report("nobody", "--save-dir", run.folder.parent) == 2
    assert "there is no run 'nobody'" in (said := capsys.readouterr().err)
    assert "which has run" in said


DOCS = Path(__file__).resolve().parents[3] / "docs" / "report.md"


@pytest.fixture
def stranger(install_plugin):
    """Install the plugin of docs/report.md, with other code for its section if any is given."""

    def install(section: str | None = None) -> None:
        plugin, whole = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
        target = "hyperpose_notes_plugin:section"
        code = plugin.replace("hyperpose_notes.section:section", target)
        install_plugin("notes", f"{code}\n{section or whole}")
        get_registry.cache_clear()

    yield install
    get_registry.cache_clear()


def test_a_strangers_section_stands_among_ours(run, stranger, capsys):
    stranger()
    assert report(run.folder) == 0
    page = Page(run.folder / "report.html")
    assert list(page.sections) == ["trained", "notes", *SECTIONS[1:]]
    assert f"run: no notes yet. Write some into {run.folder}/notes.txt" in page.sections["notes"]
    (run.folder / "notes.txt").write_text("<b>better</b> & faster")
    assert report(run.folder) == 0
    assert "<b>better</b> & faster" in Page(run.folder / "report.html").sections["notes"]


BROKEN = "from hyperpose_report.page.elements import element\ndef section(report):\n    "


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (f"{BROKEN}raise ValueError('<b>no</b>')", "ValueError: <b>no</b>"),
        (f"{BROKEN}yield 'begun'\n    1 / 0", "ZeroDivisionError: division by zero"),
        (f"{BROKEN}raise SystemExit(3)", "SystemExit: 3"),
        (f"{BROKEN}return b'bytes'", "content is elements, texts, numbers and lists of them"),
        (f"{BROKEN}return None", "returned nothing"),
        (f"{BROKEN}return element('img', src='http://example.org/a.png')", "asks nobody"),
        (f"{BROKEN}return element('script', 'alert(1)')", "has no element 'script'"),
        (f"{BROKEN}import nowhere", "No module named 'nowhere'"),
        ("def section(): return 'a'", "TypeError"),
    ],
)
def test_a_broken_section_costs_itself_alone_and_is_named(run, stranger, capsys, code, says):
    stranger(code)
    assert report(run.folder) == 0
    page, said = Page(run.folder / "report.html"), capsys.readouterr()
    assert list(page.sections) == ["trained", "notes", *SECTIONS[1:]]
    for text in (page.sections["notes"], said.err):
        assert says in text
        assert "'notes'" in text
    assert "begun" not in page.sections["notes"]
    assert said.out == f"wrote {run.folder / 'report.html'}\n"
    assert said.err.startswith("Warning: Notes: This section failed")
    assert "Official numbers" in page.tables
    assert "Sections that failed: Notes." in (run.folder / "report.html").read_text()


def test_what_a_section_prints_is_no_result(run, stranger, capsys):
    stranger("def section(report):\n    print('chatter')\n    yield 'whole'")
    assert report(run.folder, "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["failed"] == {}
    assert "chatter" in said.err


HOVER = """(() => {
  const picture = document.querySelector("figure.chart > svg");
  const clientX = picture.getBoundingClientRect().right;
  picture.dispatchEvent(new PointerEvent("pointermove", {clientX}));
  const shades = [...document.querySelectorAll(".scroll")]
    .filter((e) => e.scrollWidth > e.clientWidth)
    .map((e) => getComputedStyle(e).backgroundImage.split("linear-gradient").length - 1);
  const cut = [...document.querySelectorAll(".scroll:not(:has(td.number))")]
    .filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.ariaLabel);
  return [picture.parentNode.querySelector("output").textContent, shades, cut];
})()"""


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_browser_shows_it_whole_and_asks_nobody(run, tmp_path, width, dark):
    other = Path(shutil.copytree(run.folder, tmp_path / "a-rather-long-name-of-a-run" / "second"))
    out = tmp_path / "both.html"
    assert report(run.folder, other, "--out", out) == 0
    seen = look(out, width, dark, HOVER)
    assert (seen.requests, seen.said, seen.wider) == ([], [], [])
    assert seen.width <= seen.inner == width
    loss = ReportRun(other, "second").metrics.points("train", "loss")[-1][1]
    said, shades, cut_off = seen.values
    assert f"second, training: {loss:.5g} at step 6" in said
    # A table that is wider than its place is shaded where there is more of it.
    assert set(shades) == ({4} if width == 390 else set())
    assert cut_off == [], "tables of words; those of numbers may be"
    assert seen.picture.startswith(b"\x89PNG")


def test_what_a_page_must_not_do_would_be_seen(tmp_path):
    page = tmp_path / "bad.html"
    page.write_text(
        "<body><div style='width: 1500px'>wide</div><img src='http://127.0.0.1:9/a.png'>"
        "<script>console.log('said'); nothing()</script>"
    )
    seen = look(page, 800)
    assert seen.requests == ["http://127.0.0.1:9/a.png"]
    assert any("said" in text for text in seen.said)
    assert any("nothing is not defined" in text for text in seen.said)
    assert any("wide" in text for text in seen.wider)
    assert seen.width > seen.inner
