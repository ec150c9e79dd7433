"""A stranger's annotation format and skeleton through the command line: used, and broken."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from coco_people import annotation, facing, write_annotations, write_images

from hyperpose_coco.skeleton import COCO
from hyperpose_core.build import completed
from hyperpose_core.cli import main
from hyperpose_core.config import resolve_config
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton

HENS = """
    import json

    import numpy as np

    from hyperpose_core import AnnotationFormatSpec, SkeletonSpec, hookimpl
    from hyperpose_core.data.raw import RawSample, RawSplit
    from hyperpose_core.skeletons import Skeleton

    HEN = Skeleton("hen", ("beak", "left_wing", "right_wing"), ((0, 1), (0, 2)))
    SILENT = None

    @hookimpl
    def hyperpose_register_skeletons():
        yield SkeletonSpec(name="hen", target="hyperpose_hens_plugin:HEN")

    @hookimpl
    def hyperpose_register_annotation_formats():
        yield AnnotationFormatSpec(name="hens", endings=(".hens",), skeleton="hen",
                                   reader="hyperpose_hens_plugin:read",
                                   writer="hyperpose_hens_plugin:write")

    def read(source, split, *, images=None):
        folder = images or source.parent
        samples = [
            RawSample(number, folder / name, 100, 120, np.float32(points).reshape(-1, 3, 3),
                      np.float32([[0, 0, 50, 50]] * len(points)))
            for number, (name, points) in enumerate(json.loads(source.read_text()), start=1)
        ]
        return RawSplit(split, HEN, samples, "chicken", ("eggs: 3",))

    def write(split, target):
        content = [[s.path.name, s.keypoints.tolist()] for s in split.samples]
        target.write_text(json.dumps(content))
        return [f"feathers: {len(content)}"]
"""
PEOPLE = [["1.jpg", [[[5, 6, 2], [7, 8, 1], [0, 0, 0]]]], ["2.jpg", []]]


@pytest.fixture
def hens(install_plugin, tmp_path, monkeypatch, capsys):
    """Install a plugin of this code, and return what runs the command line beside it."""
    monkeypatch.chdir(tmp_path)
    write_images(tmp_path, 2)
    (tmp_path / "two.hens").write_text(json.dumps(PEOPLE))
    write_annotations(tmp_path / "people.json", write_images(tmp_path, 2),
                      [annotation(1, 1, facing())])  # fmt: skip

    def install(code=HENS):
        install_plugin("hens", code)
        get_registry.cache_clear()

        def run(*words):
            status = main(list(words))
            return (status, *capsys.readouterr())

        return run

    yield install
    get_registry.cache_clear()


def test_the_format_is_read_by_its_ending_and_written_in_its_keypoints(hens, tmp_path):
    run = hens()
    status, out, err = run("convert", "two.hens", "hens.json", "--to", "coco", "--json")
    assert status == 0, err
    assert json.loads(out)["lost"][0] == "eggs: 3"
    assert "Lost: eggs: 3; " in err
    content = json.loads((tmp_path / "hens.json").read_text())
    [category] = content["categories"]
    assert (category["name"], category["keypoints"]) == (
        "chicken",
        ["beak", "left_wing", "right_wing"],
    )
    assert content["annotations"][0]["keypoints"] == [5, 6, 2, 7, 8, 1, 0, 0, 0]
    status, out, err = run("convert", "hens.json", "again.hens", "--to", "hens")
    assert status == 0, err
    assert json.loads((tmp_path / "again.hens").read_text()) == PEOPLE
    assert "feathers: 2" in err
    status, out, err = run("convert", "two.hens", "y", "--to", "yolo", "--images", str(tmp_path))
    assert status == 0, err
    assert "limbs" not in err, "the skeleton is known again by its names"
    status, out, err = run("convert", "y", "back.hens", "--to", "hens", "--category", "chicken")
    assert (status, json.loads((tmp_path / "back.hens").read_text())) == (0, PEOPLE), err


def test_options_that_the_format_has_not_are_refused(hens, tmp_path):
    run = hens()
    for words, says in (
        (["--category", "hen"], "--category means nothing to hens"),
        (["--version", "2"], "--version means nothing to hens"),
        (["--files", "copy"], "--files means nothing to coco"),
    ):
        status, _, err = run("convert", "two.hens", "x.json", "--to", "coco", *words)
        assert (status, err) == (2, f"Error: {says}: leave it out\n")
    assert not (tmp_path / "x.json").exists()


def test_the_skeleton_is_known_wherever_one_is_named(hens, tmp_path):
    run = hens()
    data = "train: .\nkpt_shape: [3, 3]\nnames: [bird]\n"
    (tmp_path / "data.yaml").write_text(data)
    (tmp_path / "1.txt").write_text("0 .5 .5 .2 .1 " + ".1 .2 2 " * 3)
    words = ["convert", "data.yaml", "y.json", "--to", "coco"]
    status, _, err = run(*words)
    assert status == 2
    assert "--keypoints" in err
    assert run(*words, "--keypoints", "Hen")[0] == 0
    made = json.loads((tmp_path / "y.json").read_text())
    assert made["categories"][0]["keypoints"] == ["beak", "left_wing", "right_wing"]
    assert made["categories"][0]["skeleton"] == [[1, 2], [1, 3]]
    status, _, err = run("convert", "people.json", "z.json", "--to", "coco", "--skeleton", "hen")
    assert status == 0
    assert "beak, left_wing, right_wing are not annotated in the source" in err
    for name in ("hen", "hens/hen"):
        options = {"model.type": "LightweightOpenpose", "model.skeleton": name}
        skeleton = completed(resolve_config(options=options), get_registry()).model.skeleton
        assert skeleton.keypoints == ("beak", "left_wing", "right_wing")


def test_a_skeleton_that_nobody_registers_says_what_there_is(hens):
    run = hens()
    status, _, err = run("convert", "people.json", "z", "--to", "coco", "--skeleton", "hem")
    assert (status, err.count("\n")) == (2, 1)
    assert "unknown skeleton 'hem': did you mean 'hen'?" in err
    assert "or give a TOML file" in err


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("import json", "import no_such_module", "the plugin 'hens'|hens (failed: ModuleNotFound"),
        ("return RawSplit(", "return dict()  #", "its reader returned dict, no RawSplit"),
        ("for number, (name", "for number, (nome", "failed: NameError"),
        (
            "hens_plugin:read",
            "hens_plugin:reed",
            "cannot be loaded from hyperpose_hens_plugin:reed",
        ),
    ],
)
def test_a_broken_reader_is_one_sentence_and_ours_go_on(hens, tmp_path, old, new, says):
    run = hens(HENS.replace(old, new, 1))
    status, out, err = run("convert", "two.hens", "x.json", "--to", "coco", "--from", "hens")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert any(text in err for text in says.split("|"))
    assert "hens" in err
    assert not (tmp_path / "x.json").exists()
    for words in (["people.json", "y"], ["y", "y.json"]):
        to = "coco" if words[1].endswith("json") else "yolo"
        assert run("convert", *words, "--to", to)[0] == 0


def test_a_broken_writer_and_skeleton_are_one_sentence_and_ours_go_on(hens, tmp_path):
    run = hens(HENS.replace("plugin:HEN", "plugin:SILENT").replace("return [f", "return 5, [f"))
    status, _, err = run("convert", "two.hens", "x.hens", "--to", "hens")
    assert (status, err.count("\n")) == (2, 1)
    assert "its writer returned [5, ['feathers: 2']], no list of texts" in err
    status, _, err = run("convert", "people.json", "z", "--to", "coco", "--skeleton", "hen")
    assert (status, err.count("\n")) == (2, 1)
    assert "the skeleton 'hen' of plugin 'hens'" in err
    assert "hyperpose_hens_plugin:SILENT: TypeError: it is None" in err
    assert run("convert", "people.json", "z.json", "--to", "coco", "--skeleton", "coco")[0] == 0
    content = json.loads((tmp_path / "z.json").read_text())
    assert content["categories"][0]["skeleton"] == [[a + 1, b + 1] for a, b in COCO.limbs]


def test_two_formats_of_one_ending_ask_which(hens):
    run = hens(HENS.replace('endings=(".hens",)', 'endings=(".hens", ".json")'))
    status, _, err = run("convert", "people.json", "z.json", "--to", "coco")
    assert (status, err) == (
        2,
        "Error: people.json may be of the formats coco, hens: say --from\n",
    )
    assert run("convert", "people.json", "z.json", "--to", "coco", "--from", "coco")[0] == 0


def test_a_missing_plugin_of_ours_says_what_to_install(tmp_path, monkeypatch, capsys):
    source = write_annotations(tmp_path / "a.json", write_images(tmp_path, 1), [])
    monkeypatch.setenv("HYPERPOSE_DISABLED_PLUGINS", "hyperpose-mpii")
    get_registry.cache_clear()
    try:
        for words in (["--to", "mpii"], ["--to", "coco", "--skeleton", "mpii"]):
            assert main(["convert", str(source), str(tmp_path / "b"), *words]) == 2
            err = capsys.readouterr().err
            assert "hyperpose-mpii" in err
            assert err.count("\n") == 1
    finally:
        get_registry.cache_clear()


def test_keypoints_that_are_registered_are_known_in_a_file(hens, tmp_path):
    """With the registered limbs, as COCO's are; but not where the file has flips of its own."""
    hens()
    from hyperpose_coco.custom.dataset import open_dataset
    from hyperpose_core.config import DataConfig

    category = {"id": 1, "name": "bird", "keypoints": ["beak", "left_wing", "right_wing"]}
    for flips, limbs in (([], ((0, 1), (0, 2))), ([["beak", "left_wing"]], ())):
        content = {
            "images": [],
            "annotations": [],
            "categories": [{**category, "flip_pairs": flips}],
        }
        (tmp_path / "f.json").write_text(json.dumps(content))
        config = DataConfig(path=str(tmp_path), options={"annotations": "f.json", "images": "."})
        skeleton = open_dataset(config).skeleton
        assert isinstance(skeleton, Skeleton)
        assert skeleton.limbs == limbs


def test_the_guides_format_converts(hens, install_plugin, tmp_path):
    page = (Path(__file__).resolve().parents[3] / "docs" / "plugins.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    plugin, files = (b for b in blocks if 'name="spots"' in b or "def write(split, target)" in b)
    module = "hyperpose_spots_plugin"
    plugin = plugin.replace("hyperpose_spots.plugin", module)
    site = install_plugin("spots", plugin.replace("hyperpose_spots.files", "spots_files"))
    (site / "spots_files.py").write_text(files)
    run = hens()
    (tmp_path / "a.spots").write_text("1.jpg 100 120 1 2 3 4 5 6\n2.jpg 100 120 9 8 7 6 5 4 99\n")
    status, _, err = run("convert", "a.spots", "a.json", "--to", "coco")
    assert status == 0, err
    assert "Lost: numbers after the eighth: of 1 lines; " in err
    content = json.loads((tmp_path / "a.json").read_text())
    assert content["categories"][0]["skeleton"] == [[1, 2], [1, 3]]
    assert [p["keypoints"][:6] for p in content["annotations"]] == [
        [1, 2, 2, 3, 4, 2],
        [9, 8, 2, 7, 6, 2],
    ]
    content["annotations"][0]["keypoints"][2] = 0
    (tmp_path / "a.json").write_text(json.dumps(content))
    status, _, err = run("convert", "a.json", "b.spots", "--to", "spots")
    assert (tmp_path / "b.spots").read_text() == "2.jpg 100 120 9.0 8.0 7.0 6.0 5.0 4.0"
    assert "objects without all of the points: 1" in err
    (tmp_path / "b.spots").write_text("2.jpg 100\n")
    status, _, err = run("convert", "b.spots", "b.json", "--to", "coco")
    assert (status, err) == (2, "Error: b.spots, line 1: it must have a name and 8 numbers\n")
