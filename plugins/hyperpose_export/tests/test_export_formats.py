"""Every format of ours: what is written runs, has the documented names, and finds the people."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from marks import desk as desk

from hyperpose_core.cli import main
from hyperpose_core.inference import load_predictor
from hyperpose_export import load

NEEDED = {
    "saved-model": (),
    "frozen-pb": (),
    "tflite": ("ai_edge_litert",),
    "onnx": ("tf2onnx", "onnxruntime"),
}
ENDING = {"saved-model": "saved_model", "frozen-pb": "pb", "tflite": "tflite", "onnx": "onnx"}
every_format = pytest.mark.parametrize("to", NEEDED)


def need(*modules: str) -> None:
    """Skip where an optional package is not installed."""
    for module in modules:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed: an extra of hyperpose-export")


def export(to: str, *words: str) -> int:
    images = ("--images", "pictures") if "--no-verify" not in words else ()
    calibration = ("--calibration", "pictures") if "--int8" in words else ()
    return main(["export", "runs/marks", "--to", to, *images, *calibration, *words])


def truth(desk: Path) -> dict[str, np.ndarray]:
    table = json.loads((desk / "pictures/truth.json").read_text())
    return {name: np.array(places) for name, places in table.items()}


@every_format
def test_a_strangers_family_is_exported_and_finds_the_same_people(desk, to, capsys):
    need(*NEEDED[to])
    assert export(to) == 0
    said = capsys.readouterr().out
    assert "people: 3 of the model, 3 of the file, 3 matched" in said
    assert "keypoints within half a pixel: 6 of 6 (100.0%)" in said
    file = desk / "runs/marks/exported" / f"marks.{ENDING[to]}"
    predict = load(file)
    for name, places in truth(desk).items():
        [human] = predict(desk / "pictures" / name)
        np.testing.assert_allclose(human.keypoints[:, :2], places, atol=0.01)


@every_format
def test_a_file_takes_images_of_any_number_and_size(desk, to):
    need(*NEEDED[to])
    assert export(to, "--out", f"a.{ENDING[to]}") == 0
    network, model = load(f"a.{ENDING[to]}").network, load_predictor("runs/marks").network
    random = np.random.default_rng(0)
    for shape in ((1, 48, 64, 3), (3, 48, 64, 3), (2, 80, 32, 3), (1, 4, 4, 3), (1, 48, 64, 3)):
        images = random.random(shape, np.float32)
        for ours, theirs in zip(network(images), model(images), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-5)


@every_format
@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_a_file_of_each_precision_takes_whole_numbers(desk, to, precision):
    need(*NEEDED[to])
    words = ("--precision", precision, "--with-input", "--out", f"a.{ENDING[to]}")
    assert export(to, *words) == 0
    predict = load(f"a.{ENDING[to]}")
    image = cv2.imread("pictures/0.png")[..., ::-1]
    given = predict.network.runner(image[np.newaxis])
    maps = load_predictor("runs/marks").network(np.float32(image[np.newaxis] / 255))
    for name, expected in zip(predict.network.document.maps, maps, strict=True):
        np.testing.assert_allclose(given[name], expected, atol=2e-3)


def test_int8_is_calibrated_and_smaller(desk, capfd):
    """What goes on is said, although what the converter says is not."""
    need("ai_edge_litert")
    # As outside of pytest, whose own sys.stderr is another file than descriptor 2.
    with open(2, "w", closefd=False) as stderr, contextlib.redirect_stderr(stderr):
        assert export("tflite", "--int8") == 0
    said = [line for line in capfd.readouterr().err.splitlines() if "images" in line]
    assert said == [
        "converting marks to tflite, calibrated on 3 images (pictures)",
        "comparing the file with the model on 3 images (pictures)",
    ]
    predict = load("runs/marks/exported/marks.int8.tflite")
    assert predict.network.protocol["precision"] == "int8"
    [human] = predict("pictures/0.png")
    np.testing.assert_allclose(human.keypoints[:, :2], truth(desk)["0.png"], atol=0.01)


def test_names_of_maps_are_the_familys_where_it_has_a_name_for_each(desk):
    assert export("saved-model") == 0
    document = json.loads(Path("runs/marks/exported/marks.saved_model.json").read_text())
    # Its preprocessor names one of two maps.
    assert document["maps"] == {"map_0": 2, "map_1": 1}
    assert document["outputs"] == ["map_0", "map_1"]


def test_the_names_in_the_files_are_the_documented_ones(desk):
    need("tf2onnx", "onnxruntime", "ai_edge_litert")
    for to in NEEDED:
        assert export(to, "--out", f"a.{ENDING[to]}") == 0
    import onnxruntime
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    session = onnxruntime.InferenceSession("a.onnx", providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["images"]
    assert [one.name for one in session.get_outputs()] == ["map_0", "map_1"]
    [signature] = Interpreter("a.tflite").get_signature_list().values()
    assert signature == {"inputs": ["images"], "outputs": ["map_0", "map_1"]}
    loaded = tf.saved_model.load("a.saved_model").signatures["serving_default"]
    assert list(loaded.structured_input_signature[1]) == ["images"]
    assert sorted(loaded.structured_outputs) == ["map_0", "map_1"]
    graph = tf.compat.v1.GraphDef.FromString(Path("a.pb").read_bytes())
    names = {node.name for node in graph.node if "/" not in node.name}
    assert names == {"images", "map_0", "map_1"}


def test_the_description_has_what_a_program_needs(desk):
    assert export("frozen-pb", "--with-input") == 0
    document = json.loads(Path("runs/marks/exported/marks.pb.json").read_text())
    assert (document["family"], document["stride"], document["model"]) == ("marks", 4, "Marks")
    assert document["skeleton"]["keypoints"] == ["red", "green"]
    assert document["skeleton"]["limbs"] == [[0, 1]]
    assert document["input"] == {
        "name": "images",
        "shape": ["N", "H", "W", 3],
        "channels": "RGB",
        "dtype": "uint8",
        "range": [0, 255],
    }
    assert document["options"]["with_input"] is True
    assert document["parity"]["matched"] == 3
    assert document["config"]["model"]["input_size"] == [64, 48]
    assert document["versions"]["plugin marks"] == "1.0"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("onnx", "--int8"), "the format onnx has no int8: it has float32, float16"),
        (("onnx", "--out", "a.tflite"), "names of onnx files end with .onnx; got a.tflite"),
        (("tflite", "--int8", "--precision", "float16"), "exclude each other"),
        (("saved-model", "--with-peaks"), "models of the family marks have no peak finding"),
        (("lisp",), "unknown exporter 'lisp'"),
        (("onnx", "--runtime", "abacus"), "unknown runtime 'abacus'"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(desk, words, says, capsys):
    to, *more = words
    assert export(to, *more) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: ")
    assert says in line
    assert not list(desk.glob("**/*.json.*"))
    assert not list(desk.glob("**/.export-*"))


def test_which_format_is_asked(desk, capsys):
    assert main(["export", "runs/marks"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line == "Error: which format? --to with one of saved-model, frozen-pb, tflite, onnx"


def test_options_without_effect_are_said(desk, capsys):
    useless = ("--calibration", "pictures", "--images", "pictures", "--runtime", "tensorflow")
    words = ("export", "runs/marks", "--to", "saved-model", "--no-verify")
    assert main([*words, *useless]) == 0
    warnings = [line for line in capsys.readouterr().err.splitlines() if "Warning: " in line]
    assert warnings == [
        "Warning: --calibration is not used: it is for --int8",
        "Warning: --images is not used: with --no-verify nothing is compared",
        "Warning: --runtime is not used: with --no-verify nothing is compared",
    ]


def test_nothing_is_overwritten_unless_asked(desk, capsys):
    words = ("saved-model", "--out", "a.saved_model", "--no-verify")
    assert export(*words) == 0
    assert export(*words) == 2
    assert "there is already a.saved_model: choose another --out, or give --over" in (
        capsys.readouterr().err
    )
    assert export(*words, "--overwrite") == 0
    assert json.loads(Path("a.saved_model.json").read_text())["parity"] is None
