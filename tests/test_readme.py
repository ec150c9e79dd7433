"""The README: the commands and scripts that it shows are the ones that run here.

They run as shown, but for the number of steps and the size of the input, and with few drawn
pictures where the many would be.
"""

from __future__ import annotations

import itertools
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import click
import pytest
from tiny_runs import PICTURES, ROOT, environment, python

from hyperpose_core.cli.main import cli
from hyperpose_core.config import parse_option, resolve_config
from hyperpose_synthetic.dataset import open_dataset
from hyperpose_synthetic.options import Options

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

README = (ROOT / "README.md").read_text()
SMALLER = {"set_n_step(500)": "set_n_step(2)", "--steps 500": "--steps 2"}
SMALLER |= {"(192, 192)": "(64, 64)", "192x192": "64x64"}


def blocks(language: str, having: str = "") -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    return [block for block in found if having in block]


def smaller(block: str) -> str:
    for old, new in SMALLER.items():
        block = block.replace(old, new)
    assert "500" not in block
    assert "192" not in block
    return block


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a photo, and the user's cache with few pictures where the many would be."""
    folder = tmp_path_factory.mktemp("desk")
    config = resolve_config(options={"data.path": str(folder), "data.options": PICTURES})
    made = open_dataset(config.data).splits["train"].images.parent
    shutil.copy(next(made.glob("val/*.jpg")), folder / "photo.jpg")
    cache = folder / "cache" / "hyperpose" / "synthetic"
    cache.mkdir(parents=True)
    made.rename(cache / Options().folder("coco"))
    return folder


@pytest.fixture(scope="module")
def path(desk: Path) -> str:
    """A PATH with an environment that sees everything of this one and installs for itself."""
    home = desk / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    [site] = home.glob("lib/python*/site-packages")
    ours = sysconfig.get_paths()["purelib"]
    (site / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    for name, module in (("pip", "pip"), ("hyperpose", "hyperpose_core")):
        script = home / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{home}/bin/python" -m {module} "$@"\n')
        script.chmod(0o755)
    return f"{home}/bin:{environment()['PATH']}"


def bash(block: str, desk: Path, path: str, cwd: Path) -> str:
    # Offline, and without TensorFlow's name: tensorflow-cpu, which serves here, has another.
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_DEPS": "1"}
    result = subprocess.run(
        ["bash", "-euc", block],
        cwd=cwd,
        env=environment(PATH=path, XDG_CACHE_HOME=str(desk / "cache"), **offline),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_python_blocks_train_score_and_predict(desk):
    script = "\n".join(map(smaller, blocks("python")))
    script += "\nprint(len(humans), 'people')\n"
    result = python("-c", script, cwd=desk, XDG_CACHE_HOME=str(desk / "cache"))
    assert result.returncode == 0, result.stderr
    assert re.search(r"^AP \d\.\d+ over 2 images\n\d+ people$", result.stdout, re.MULTILINE)


def test_the_training_script_has_ten_lines():
    [script] = blocks("python", "get_train")
    assert len([line for line in script.splitlines() if line]) == 10


def test_the_command_line_trains_scores_and_finds(desk, path):
    [block] = blocks("bash", "hyperpose eval")
    out = bash(smaller(block), desk, path, desk)
    assert "over 2 images" in out
    assert (desk / "found" / "photo.png").is_file()
    assert (desk / "found" / "humans.json").is_file()


def test_the_files_are_where_the_page_says(desk, path):
    """Those of the run that the test before this one made."""
    [tree] = blocks("text", "save_dir")
    names = re.findall(r"[\w/*-]+\.(?:jsonl|json|npz|txt)", tree)
    assert len(names) == 8
    # There is a best model only where a run is scored while it trains.
    for name in set(names) - {"model_dir/best_model.npz"}:
        assert list((desk / "save_dir" / "second").glob(name)), name


def test_the_list_of_plugins_is_the_true_one(tmp_path, path, desk):
    [shown] = blocks("text", "PROVIDES")
    assert bash("hyperpose list-plugins", desk, path, tmp_path) == shown


@pytest.mark.slow
def test_the_first_plugin_is_installed_listed_and_used(desk, path):
    [block] = blocks("bash", "pyproject.toml")
    folder = desk / "plugin"
    folder.mkdir()
    out = bash(smaller(block), desk, path, folder)
    assert re.search(r"^crowds +1\.0 +ok +filter +crowded$", out, re.MULTILINE)
    assert "filter crowded dropped" in (folder / "save_dir" / "crowds" / "log.txt").read_text()


def test_the_commands_of_make_are_its_targets():
    """They set up an environment and take minutes, so that here they are only looked up."""
    [block] = blocks("bash", "make ")
    for line in block.splitlines():
        subprocess.run(["make", "-n", line.split()[1]], cwd=ROOT, check=True, capture_output=True)


def test_what_is_installed_is_there_to_install():
    """Nothing can be downloaded here: the distributions that the extra names are looked up."""
    [block] = blocks("bash", 'pip install "')
    assert block == 'pip install "hyperpose-core[all]"\n'
    core = tomllib.loads((ROOT / "hyperpose_core" / "pyproject.toml").read_text())["project"]
    projects = [*ROOT.glob("hyperpose_*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]
    names = {tomllib.loads(path.read_text())["project"]["name"] for path in projects}
    assert set(core["optional-dependencies"]["all"]) <= names
    section = README.partition("## Install")[2].partition("\n## ")[0]
    assert set(re.findall(r"hyperpose-(?!core)\w+", section)) == names - {"hyperpose-core"}


@pytest.mark.parametrize("line", "".join(blocks("console")).splitlines())
def test_commands_that_need_data_have_the_options_that_are_shown(line):
    """The datasets cannot be downloaded here: command and options are looked up."""
    [program, name, *words] = shlex.split(line)
    assert program == "hyperpose"
    while True:
        command = cli.get_command(click.Context(cli), name)
        known = {option for parameter in command.params for option in parameter.opts}
        if name != "launch":
            break
        assert words[0] in known
        name, words = words[2], words[3:]
    assert {word for word in words if word.startswith("-")} <= known
    settings = [text for before, text in itertools.pairwise(words) if before == "--set"]
    for text in settings:
        parse_option(text)


def test_every_block_is_run_or_looked_up_here():
    fences = re.findall(r"^```(\w*)\n", README, re.MULTILINE)[::2]
    assert sorted(fences) == sorted(["bash"] * 4 + ["python"] * 3 + ["text"] * 2 + ["console"] * 4)


def headings(page: Path) -> set[str]:
    return {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in page.read_text().splitlines()
        if line.startswith("#")
    }


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *ROOT.glob("docs/*.md")], ids=lambda p: p.name
)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if not target.startswith("https://"):
            file, _, anchor = target.partition("#")
            aim = page.parent / file if file else page
            assert aim.exists(), target
            assert not anchor or anchor in headings(aim), target


def test_the_tests_that_hold_the_promises_exist():
    page = (ROOT / "docs" / "defects.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", page))
    files = [*ROOT.glob("tests/*.py"), *ROOT.glob("*/tests/*.py"), *ROOT.glob("*/*/tests/*.py")]
    written = {name for f in files for name in re.findall(r"^def (test_\w+)", f.read_text(), re.M)}
    assert len(named) > 20
    assert named <= written, named - written
    assert [int(n) for n in re.findall(r"^\| (\d+) ", page, re.M)] == list(range(1, 25))
