"""The plugin author's guide: its first plugin, built from the text of the page, works."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hyperpose_core.config import DataConfig
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import DataError
from hyperpose_core.hookspecs import HOOKS
from hyperpose_core.plugins import STATUSES, Switches
from hyperpose_core.registry import make_registry

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_first_plugin_works(install_plugin):
    project = tomllib.loads(blocks("toml")[0])["project"]
    [(name, module)] = project["entry-points"]["hyperpose"].items()
    plugin, filters, *_ = blocks("python")
    site = install_plugin(
        name,
        "",
        distribution=project["name"],
        version=project["version"],
        requires=tuple(project["dependencies"]),
        module=module.replace(".", "_"),
    )
    package = site / module.partition(".")[0]
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text(plugin)
    (package / "filters.py").write_text(filters)
    next(site.glob("*.dist-info/entry_points.txt")).write_text(f"[hyperpose]\n{name} = {module}\n")
    importlib.invalidate_caches()
    registry = make_registry(Switches(only=frozenset({name}), strict=True))
    keep = registry.load("filter", "crowded")
    crowd = type("Sample", (), {"keypoints": [None] * 5})
    alone = type("Sample", (), {"keypoints": [None]})
    assert keep(crowd)
    assert not keep(alone)


def test_the_command_counts_what_a_dataset_has(install_plugin, tmp_path):
    plugin, code = (b for b in blocks("python") if "count-people" in b or "@click.command" in b)
    dots_plugin, dots = (b for b in blocks("python") if 'name="Dots"' in b or "class Dots" in b)
    site = install_plugin("people", plugin.replace("hyperpose_people.command", "people_command"))
    (site / "people_command.py").write_text(code)
    site = install_plugin("dots", dots_plugin.replace("hyperpose_dots.dataset", "dots_dataset"))
    (site / "dots_dataset.py").write_text(dots)
    entry = {"id": 1, "image": "1.png", "width": 50, "height": 40, "boxes": [[0, 0, 9, 9]] * 3}
    entry["keypoints"] = [[10, 20, 2], [40, 20, 2], [25, 5, 1]] * 3
    (tmp_path / "train.json").write_text(json.dumps([entry]))
    words = [sys.executable, "-m", "hyperpose_core", "count-people", "dots", "--data", tmp_path]
    result = subprocess.run([*words, "--json"], capture_output=True, text=True, timeout=60)
    assert (result.stdout, result.stderr) == ('{"people": 3}\n', "")
    (tmp_path / "train.json").write_text("[]")
    result = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stderr) == (2, "Error: dots has no training images\n")


@pytest.mark.parametrize("word", [*HOOKS, *(spec.__name__ for spec in HOOKS.values()), *STATUSES])
def test_the_page_names_every_hook_spec_and_status(word):
    assert re.search(rf"`{word}\b", PAGE.read_text())


def test_the_snippet_for_python_runs(capsys):
    exec(compile(blocks("python")[-1], "plugins.md", "exec"), {})
    assert capsys.readouterr().out.startswith("[")


def test_the_dataset_opens_scores_and_says_what_is_missing(tmp_path):
    scope: dict[str, Any] = {}
    [code] = [block for block in blocks("python") if "class Dots" in block]
    exec(compile(code, "plugins.md", "exec"), scope)
    config = DataConfig()
    config.path = str(tmp_path)
    dots = scope["Dots"](config)
    with pytest.raises(DataError, match=r"train\.json.* --data"):
        dots.train_samples()
    corners = [[10, 20, 2], [40, 20, 2], [25, 5, 1]]
    entry = {"id": 7, "image": "7.png", "width": 60, "height": 50}
    nobody = {**entry, "id": 8, "keypoints": [], "boxes": []}
    somebody = {**entry, "keypoints": [corners], "boxes": [[10, 5, 30, 15]]}
    (tmp_path / "val.json").write_text(json.dumps([somebody, nobody]))
    right = Human(np.array(corners, np.float32), 1.0, dots.skeleton)
    assert [len(sample.keypoints) for sample in dots.eval_samples()] == [1, 0]
    assert dots.evaluate({7: [right], 8: []}) == {"found": 1.0}
    assert dots.evaluate({7: []}) == {"found": 0.0}
    assert dots.to_results({7: [right]})[0]["id"] == 7
