"""`hyperpose profile`: of a run, an exported file and an architecture."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from marked import printed, refused
from marked import table as table

from hyperpose_core.cli import main

SMALL = ("--input-size", "64x48", "--repeat", "2")


def test_an_architecture_without_a_run(capsys):
    words = ("profile", "lightweight_openpose", *SMALL, "--layers", "--set", "data.type=COCO")
    found = printed(capsys, *words)
    assert (found["model"], found["backbone"]) == ("LightweightOpenpose", "DilatedMobilenet")
    assert found["origin"] == "an architecture, not trained"
    assert found["parameters"] == 4_124_978
    assert found["parameters"] == sum(layer["parameters"] for layer in found["layers"])
    assert found["multiply_adds"] == sum(layer["multiply_adds"] for layer in found["layers"])
    # 9 billion at 368x368 (arXiv 1811.12004), and so many cells less.
    width, height = found["input_size"]
    assert height == 48
    assert found["multiply_adds"] == pytest.approx(8.92e9 * width * 48 / 368**2, rel=0.02)
    assert set(found["times"]) == {"preprocessing", "network", "decoding"}
    assert found["images_per_second"] == pytest.approx(1 / found["whole"])
    assert found["first"] > found["times"]["network"]["median"], "it traces the network"
    assert 0 < found["process"]["now"] <= found["process"]["peak"]
    assert found["activations"] > 4 * 64 * 48 * 3
    assert sum(layer["seconds"] for layer in found["layers"]) > 0
    assert "TensorFlow's trace" in found["layer_times"]


def test_another_backbone(capsys):
    words = ("--input-size", "32x32", "--repeat", "1", "--set", "model.width=0.25")
    found = printed(capsys, "profile", "Poseproposal", "--backbone", "vggtiny", *words)
    assert found["backbone"] == "Vggtiny"


def test_a_run_on_an_image_in_batches(table, capsys):
    words = ("profile", "marks", "--image", "pictures/0.png", "--repeat", "3")
    found = printed(capsys, *words, "--batch-size", "4")
    assert (found["people"], found["batch"], found["image"]) == (1, 4, "pictures/0.png")
    assert set(found["times"]) == {"reading", "preprocessing", "network", "decoding"}
    assert (found["parameters"], found["multiply_adds"]) == (8, 16 * 12 * 6)
    alone = printed(capsys, *words)
    assert found["activations"] == 4 * alone["activations"]
    times = {part: spread["median"] for part, spread in found["times"].items()}
    assert found["whole"] == pytest.approx(sum(times.values()) - times["network"] * 3 / 4, rel=1e-3)


def test_an_exported_file(table, capsys):
    images = ("--images", "pictures")
    assert main(["export", "marks", "--to", "saved-model", "--out", "m.saved_model", *images]) == 0
    words = ("--model-file", "m.saved_model", "--image", "pictures/1.png", "--repeat", "1")
    found = printed(capsys, "profile", *words, "--layers")
    assert (found["people"], found["runtime"], found["parameters"]) == (1, "tensorflow", 8)
    assert found["file_size"] > 1000
    assert [layer["name"] for layer in found["layers"]] == ["mix", "-"]
    assert {layer["seconds"] for layer in found["layers"]} == {None}
    assert "not measured" in found["layer_times"]
    # By its name alone, too.
    assert main(["profile", "m.saved_model:tensorflow", *words[2:]]) == 0


def test_the_table_has_every_part_and_a_total(table, capsys):
    words = ("--image", "pictures/0.png", "--layers", "--repeat", "2")
    assert main(["profile", "marks", *words]) == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line for line in out.splitlines() if line}
    for name in ("model", "parameters", "multiply-adds", "network", "decoding", "warm-up", "LAYER"):
        assert name in rows
    assert rows["mix"].split()[:4] == ["mix", "Conv2d", "8", "1,152"]
    assert rows["all"].split()[:3] == ["all", "8", "1,152"]
    assert "1 person found" in rows["image"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "measure what?"),
        (("mark",), "nor an architecture: unknown model 'mark': did you mean 'Marks'"),
        (("marks", "--backbone", "Vgg16"), "--backbone is for an architecture; marks has one"),
        (("marks", "--runtime", "litert"), "--runtime is for an exported file"),
        (("marks", "--model-file", "no.onnx"), "leave out --name"),
        (("Marks", "--weights", "best"), "--weights is for a run"),
        (("marks", "--image", "no.png"), "there is no image file no.png"),
        (("marks", "--image", "pictures/truth.json"), "not an image"),
    ],
)
def test_wrong_input_is_one_sentence(table, capsys, words, said):
    assert said in refused(capsys, "profile", *words)


def test_threads_are_processors_for_everything_that_runs(table):
    code = (
        "import os, sys; from hyperpose_core.cli import main; code = main(sys.argv[1:]);"
        "import tensorflow as tf; from hyperpose_export.cores import cores;"
        "print(code, len(os.sched_getaffinity(0)), cores(), file=sys.stderr)"
    )
    words = ("profile", "marks", "--threads", "1", "--image", "pictures/0.png", "--repeat", "1")
    result = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, env=os.environ
    )
    assert result.stderr.split()[-3:] == ["0", "1", "1"]
