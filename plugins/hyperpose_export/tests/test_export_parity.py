"""Parity: a file that does not do what the model does is found out, deleted and refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from marks import desk as desk
from marks import strangers_format

from hyperpose_core.cli import main
from hyperpose_core.data.humans import Human
from hyperpose_core.inference import load_predictor
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_export.parity import LIMITS, Parity, matches

LINE = Skeleton("line", ("a", "b", "c"), limbs=((0, 1), (1, 2)))


def person(x: float, y: float = 0.0, size: float = 40.0, lost: int = 0) -> Human:
    points = np.array([[x, y, 1], [x + size, y, 1], [x, y + size, 1]], np.float32)
    points[3 - lost :] = 0
    return Human(points, 1.0, LINE)


def parity_of(model: list[Human], file: list[Human]) -> Parity:
    parity = Parity("runtime", "source")
    parity.add_people(model, file)
    return parity


def test_each_person_is_matched_once_with_the_nearest():
    model, file = [person(0), person(3), person(200)], [person(202), person(2.5), person(0.5)]
    found = [(a.keypoints[0, 0], b.keypoints[0, 0]) for a, b in matches(model, file)]
    assert sorted(found) == [(0, 0.5), (3, 2.5), (200, 202)]
    assert not list(matches([person(0)], [person(5)]))  # more than a tenth of its size away
    assert not list(matches([person(0, lost=2)], [person(0, lost=3)]))  # nobody


def test_keypoints_are_near_within_half_a_pixel_of_one_that_was_found():
    parity = parity_of([person(0), person(100)], [person(0.49), person(100.51, lost=1)])
    assert (parity.matched, parity.keypoints, parity.near) == (2, 6, 3)


def test_too_many_people_are_found_out_as_too_few_are():
    few = parity_of([person(0), person(100)], [person(0)])
    many = parity_of([person(0)], [person(0), person(100)])
    limits = LIMITS["float32"]
    assert list(few.problems(limits)) == [
        "1 of 2 people that the model finds agree, at least 99% would do"
    ]
    assert list(many.problems(limits)) == [
        "1 of 2 people that the file finds agree, at least 99% would do"
    ]
    assert not list(parity_of([], []).problems(limits))


@pytest.mark.parametrize(
    "file",
    [np.full((1, 2, 2, 3), 2.1), np.full((1, 2, 2, 3), np.nan), np.zeros((1, 2, 3, 3))],
    ids=["other", "NaN", "shape"],
)
def test_maps_that_differ_are_found_out(file):
    parity = Parity("runtime", "source")
    parity.add_maps("heat", np.full((1, 2, 2, 3), 2.0), file)
    [problem] = parity.problems(LIMITS["float32"])
    assert problem.startswith("heat differs by ")
    assert problem.endswith("at most 0.002 would do")


def add(install_plugin, **lines: str) -> None:
    """Install a stranger's exporter and runtime, whose code has these lines too."""
    install_plugin("theirs", strangers_format(**lines))
    get_registry.cache_clear()


def export(*words: str) -> int:
    return main(["export", "runs/marks", "--to", "folder", "--images", "pictures", *words])


def test_a_strangers_format_and_runtime_are_used_like_ours(desk, install_plugin, capsys):
    add(install_plugin)
    assert export("--out", "a.net") == 0
    assert "by own:" in capsys.readouterr().out
    words = ("--model-file", "a.net", "--json", "--quiet")
    assert main(["infer", "pictures/1.png", *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["model_file"] == "a.net"
    [entry] = found["images"]
    [expected] = load_predictor("runs/marks")("pictures/1.png")
    assert entry["people"] == [expected.to_dict()]
    assert (desk / "a.net.results/test_vis_dir/1.png").is_file()


BROKEN = {
    "exchanged": ("found = dict(zip(found, reversed(list(found.values()))))", "gives 'map_0'"),
    "shifted": ("found['map_0'] = __import__('numpy').roll(found['map_0'], 1, 2)", "is not kept"),
    "nobody": (
        "found = {n: v * 0 for n, v in found.items()}",
        "0 of 3 people that the model finds",
    ),
    "scaled": ("found = {n: v * 1.01 for n, v in found.items()}", "map_1 differs by"),
    "nameless": ("found.pop('map_1')", "the runtime own failed on "),
    "one at a time": (
        "assert len(images) == 1, 'only one image'",
        "AssertionError: only one image",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_file_that_does_something_else_is_deleted_and_refused(desk, install_plugin, how, capsys):
    run, says = BROKEN[how]
    add(install_plugin, run=run)
    assert export("--out", "out/a.net") in (1, 2)
    [*_, line] = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: ")
    assert says in line
    assert not list((desk / "out").iterdir())
    assert export("--out", "out/a.net", "--no-verify") == 0
    assert {path.name for path in (desk / "out").iterdir()} == {"a.net", "a.net.json"}


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("raise RuntimeError('no ink')", "the exporter 'folder' of plugin 'theirs'"),
        ("__import__('shutil').rmtree(path)", "wrote no file"),
    ],
)
def test_an_exporter_that_fails_is_named(desk, install_plugin, written, says, capsys):
    add(install_plugin, written=written)
    assert export("--out", "out/a.net") == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("Error: ")
    assert says in line
    assert not list((desk / "out").iterdir())


def test_images_that_are_not_there_are_found_out_before_the_model_is_converted(
    desk, install_plugin, capsys
):
    add(install_plugin, written="raise RuntimeError('it was converted')")
    assert export("--images", "nothing.png") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line == "Error: there is no image file nothing.png"


def test_where_the_model_finds_nobody_it_is_said(desk, capsys):
    for path in (desk / "pictures").glob("[12].png"):
        path.unlink()
    import cv2

    cv2.imwrite("pictures/0.png", np.full((48, 64, 3), 100, np.uint8))
    words = ("--to", "saved-model", "--images", "pictures")
    assert main(["export", "runs/marks", *words]) == 0
    assert "Warning: the model finds nobody in these images" in capsys.readouterr().err
