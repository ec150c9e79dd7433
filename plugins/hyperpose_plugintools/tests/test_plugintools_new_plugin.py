"""Every kind of plugin that can be begun installs, lists, passes the kit, and can be used."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_runs import ROOT

from hyperpose_core.cli import main
from hyperpose_core.hookspecs import HOOKS, LIFE_CYCLE
from hyperpose_core.registry import get_registry
from hyperpose_plugintools.kit.probe import HEAVY
from hyperpose_plugintools.new_plugin import KINDS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


TEMPLATES = ROOT / "plugins/hyperpose_plugintools/src/hyperpose_plugintools/templates"
QUICK = ("filter", "metric", "model")
"""The kinds whose plugins the fast tests check; the slow ones check all."""


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """Begin a plugin with the command line and install what its own pyproject.toml says."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)

    def begin(name: str, kind: str) -> Path:
        assert main(["new-plugin", name, "--kind", kind]) == 0
        folder = tmp_path / f"hyperpose-{name}"
        project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
        info = folder / "src" / f"{project['name'].replace('-', '_')}-0.1.0.dist-info"
        info.mkdir()
        head = ["Metadata-Version: 2.1", f"Name: {project['name']}", "Version: 0.1.0"]
        lines = [*head, *(f"Requires-Dist: {line}" for line in project["dependencies"])]
        (info / "METADATA").write_text("\n".join(lines) + "\n")
        points = project["entry-points"]["hyperpose"].items()
        text = "\n".join(f"{point} = {module}" for point, module in points)
        (info / "entry_points.txt").write_text(f"[hyperpose]\n{text}\n")
        monkeypatch.syspath_prepend(folder / "src")
        monkeypatch.setenv("PYTHONPATH", str(folder / "src"), prepend=os.pathsep)
        get_registry.cache_clear()
        return folder

    yield begin
    get_registry.cache_clear()
    for name in set(sys.modules) - before:
        if name.startswith("hyperpose_my_"):
            del sys.modules[name]


def test_every_hook_has_a_kind_that_begins_it():
    texts = [path.read_text() for path in TEMPLATES.glob("*/src/package/plugin.py.txt")]
    begun = set(re.findall(r"^def (hyperpose_\w+)\(", "\n".join(texts), re.MULTILINE))
    assert set(HOOKS) == begun - set(LIFE_CYCLE)
    assert begun & set(LIFE_CYCLE)
    assert {path.parents[2].name for path in TEMPLATES.glob("*/src/package/plugin.py.txt")} == {
        *KINDS
    }


@pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=[] if k in QUICK else [pytest.mark.slow]) for k in KINDS]
)
def test_it_lists_and_its_own_test_passes(kind, begin, capsys):
    folder = begin(f"my-{kind}", kind)
    capsys.readouterr()
    assert main(["list-plugins", "--check", "--json"]) == 0
    plugins = {p["name"]: p for p in json.loads(capsys.readouterr().out)["plugins"]}
    assert plugins[f"my-{kind}"]["status"] == "ok"
    words = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", str(folder)]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "skipped" not in done.stdout, done.stdout[-3000:]


def test_each_is_formatted_as_our_code(begin, tmp_path):
    for kind in KINDS:
        begin(f"my-{kind}", kind)
    tools = Path(sys.executable).parent
    config = ROOT / "pyproject.toml"
    for words in (("ruff", "check"), ("ruff", "format", "--check")):
        line = [tools / words[0], *words[1:], "--no-cache", "--config", config, tmp_path]
        done = subprocess.run(line, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_fifty_of_them_are_listed_without_anything_heavy(begin):
    kinds = list(KINDS)
    names = [f"made-{n}" for n in range(50)]
    for number, name in enumerate(names):
        begin(name, kinds[number % len(kinds)])
    code = (
        "import sys; from hyperpose_core.cli import main; main(['list-plugins', '--json']); "
        f"sys.exit(' '.join(m for m in {HEAVY!r} if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    found = {p["name"]: p["status"] for p in json.loads(done.stdout)["plugins"]}
    assert {name: found.get(name) for name in names} == dict.fromkeys(names, "ok")


@pytest.mark.slow
def test_each_is_typed_as_our_code(begin, tmp_path):
    folders = [
        str(begin(f"my-{kind}", kind) / "src" / f"hyperpose_my_{kind.replace('-', '_')}")
        for kind in KINDS
    ]
    strict = ("--disallow-untyped-defs", "--disallow-incomplete-defs", "--check-untyped-defs")
    words = (*strict, "--no-implicit-reexport", "--ignore-missing-imports", "--config-file=")
    line = [sys.executable, "-m", "mypy", *words, *folders]
    path = os.pathsep.join(
        [*map(str, tmp_path.glob("*/src")), *map(str, ROOT.glob("hyperpose_*/src"))]
    )
    environment = {**os.environ, "MYPYPATH": path}
    done = subprocess.run(line, env=environment, cwd=tmp_path, capture_output=True, text=True)
    theirs = [line for line in done.stdout.splitlines() if line.startswith("hyperpose-my-")]
    assert done.stdout
    assert not theirs


def test_no_template_has_what_autograph_cannot_read():
    traced = [file for file in TEMPLATES.rglob("*.py.txt") if "tensorflow" in file.read_text()]
    assert traced
    for file in traced:
        assert ":=" not in file.read_text(), f"{file}: TensorFlow warns of it in each training"


@pytest.mark.parametrize("kind", ["family", "model"])
def test_it_trains_some_steps_as_it_stands(kind, begin, tmp_path, capsys):
    data = begin("my-dataset", "dataset") / "tests" / "data"
    begin("my-own", kind)
    chosen = ("--model", "my-own", "--dataset", "my-dataset", "--data", str(data))
    size = ("--input-size", "64x64", "--batch-size", "2", "--steps", "3", "--quiet")
    capsys.readouterr()
    assert main(["train", "--name", "first", *chosen, *size, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)
    assert main(["eval", "--name", "first", "--quiet", "--json"]) == 0
    assert "found" in json.loads(capsys.readouterr().out)["metrics"]
    assert main(["infer", str(data / "val1.png"), "--name", "first", "--json"]) == 0


def test_one_training_uses_the_others(begin, tmp_path, capsys):
    data = begin("my-dataset", "dataset") / "tests" / "data"
    used = {
        "data.filters": ("filter", "my-filter(people=1, keypoints=2)"),
        "data.augmentations": ("augmentation", "my-augmentation(pixels=2)"),
        "train.trainer": ("trainer", "my-trainer"),
        "train.optimizer": ("optimizer", "my-optimizer(beta1=0.95)"),
        "train.schedule": ("schedule", "my-schedule(flat=0.5)"),
        "train.objectives": ("objective", "my-objective(weight=0.1)"),
        "eval.metrics": ("metric", "my-metric(within=0.2)"),
        "model.backbone": ("backbone", "my-backbone"),
    }
    begin("my-life-cycle", "life-cycle")
    for name, kind in [(f"my-{kind}", kind) for kind, _ in used.values()]:
        begin(name, kind)
    words = [word for key, (_, text) in used.items() for word in ("--set", f"{key}={text}")]
    chosen = ("--model", "Openpose", "--dataset", "my-dataset", "--data", str(data))
    size = ("--input-size", "64x64", "--batch-size", "2", "--steps", "2", "--quiet")
    more = ("--set", "model.width=0.1", "--set", "model.stages=1", "--set", "log.interval=1")
    capsys.readouterr()
    assert main(["train", "--name", "all", *chosen, *size, *more, *words]) == 0
    begin("my-exporter", "exporter")
    assert main(["export", "all", "--to", "my-exporter", "--out", "all.my-exporter"]) == 0
    assert (tmp_path / "all.my-exporter").is_file()
    lines = (tmp_path / "save_dir" / "all" / "my-life-cycle.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["1", "2", "2"]
    assert lines[-1] == "2,finished"
    log = [
        json.loads(x) for x in (tmp_path / "save_dir/all/metrics.jsonl").read_text().splitlines()
    ]
    assert all("my_objective" in row for row in log if row.get("kind", "train") == "train")


def test_nothing_is_overwritten(begin, tmp_path, capsys):
    folder = begin("my-filter", "filter")
    (folder / "README.md").write_text("mine")
    assert main(["new-plugin", "my-filter", "--kind", "metric", "--to", str(tmp_path)]) == 2
    assert "my-filter' (hyperpose-my-filter 0.1.0) is installed" in capsys.readouterr().err
    (tmp_path / "hyperpose-other").mkdir()
    assert main(["new-plugin", "other", "--kind", "metric"]) == 2
    assert "is there already: nothing was written" in capsys.readouterr().err
    assert not list((tmp_path / "hyperpose-other").iterdir())
    assert (folder / "README.md").read_text() == "mine"


@pytest.mark.parametrize("name", ["Crowds!", "9lives", "class", "a--b", "../up"])
def test_a_name_that_cannot_be_one_is_refused(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new-plugin", name, "--kind", "filter"]) == 2
    assert "cannot be the name of a plugin" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
