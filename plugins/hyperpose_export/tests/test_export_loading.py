"""Exported files are opened by what lies beside them; what is wrong with them is one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from marks import desk as desk

from hyperpose_core.cli import main
from hyperpose_core.errors import DataError, InputError
from hyperpose_core.inference import load_predictor
from hyperpose_core.inference.predictor import read_image as by_tensorflow
from hyperpose_export import load
from hyperpose_export.images import read_image


@pytest.fixture
def file(desk: Path, capsys) -> Path:
    """An exported file, in the folder in which the test runs."""
    words = ("--to", "saved-model", "--images", "pictures", "--out", "a.saved_model")
    assert main(["export", "runs/marks", *words]) == 0
    capsys.readouterr()
    return Path("a.saved_model")


def test_a_file_is_loaded_wherever_it_lies_without_its_run(desk, file):
    expected = load_predictor("runs/marks")("pictures/0.png")
    (desk / "runs").rename(desk / "gone")
    away = desk / "far" / "b.saved_model"
    away.parent.mkdir()
    file.rename(away)
    Path(f"{file}.json").rename(f"{away}.json")
    for predict in (load(away), load_predictor(away), load(away, runtime="tensorflow")):
        [human], [other] = predict("pictures/0.png"), expected
        np.testing.assert_allclose(human.keypoints, other.keypoints, atol=1e-5)


def change(file: Path, **values: object) -> None:
    path = Path(f"{file}.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_many_images_are_as_one_by_one(file):
    predict, paths = load(file), sorted(Path("pictures").glob("*.png"))
    images = [predict.read(path)[:, :width] for path in paths for width in (64, 40)]
    alone = [predict(image) for image in images]
    assert sum(map(len, alone)) > 2
    for found in (predict(images), list(predict(iter(images))), list(predict.each(images, 3))):
        for people, others in zip(found, alone, strict=True):
            for human, other in zip(people, others, strict=True):
                np.testing.assert_allclose(human.keypoints, other.keypoints, atol=1e-4)


@pytest.mark.parametrize("batch", [1, 4])
def test_a_file_that_takes_so_many_images_at_once_gets_so_many(file, batch):
    predict = load(file)
    images = np.random.default_rng(0).random((5, 32, 32, 3)).astype(np.float32)
    expected = predict.network.outputs(images)
    document = json.loads(Path(f"{file}.json").read_text())
    change(file, input={**document["input"], "shape": [batch, "H", "W", 3]})
    network = load(file).network
    given, run = [], network.runner
    network.runner = lambda images: given.append(len(images)) or run(images)
    found = network.outputs(images)
    assert given == [batch] * (5 // batch + (5 % batch > 0))
    for name, maps in expected.items():
        np.testing.assert_allclose(found[name], maps, atol=1e-6)


def test_a_file_that_was_changed_is_refused(file):
    with (file / "saved_model.pb").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(DataError, match=r"is not the file that a\.saved_model\.json describes"):
        load(file)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "[" * 5000])
def test_a_damaged_description_is_refused(file, text):
    Path(f"{file}.json").write_text(text)
    with pytest.raises(DataError, match="is not what `hyperpose export` writes"):
        load(file)


def test_a_file_without_its_description_is_refused(file, capsys):
    Path(f"{file}.json").unlink()
    with pytest.raises(DataError, match="keep the two together"):
        load(file)
    assert main(["infer", "pictures/0.png", "--model-file", str(file)]) == 2
    assert "a.saved_model lacks its description a.saved_model.json" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["b.onnx", "b.saved_model"])
def test_an_exported_file_that_is_not_there_is_no_run(desk, name):
    with pytest.raises(DataError, match=f"there is no exported file {name}; hyperpose export"):
        load_predictor(name)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "which model? Name a run with --name or an exported file with --model-file"),
        (("--model-file", "b.onnx"), "there is no exported file b.onnx"),
        (("--model-file", "a.saved_model", "--name", "marks"), "leave out --name and --weights"),
        (("--model-file", "a.saved_model", "--runtime", "abacus"), "unknown runtime 'abacus'"),
        (
            ("--model-file", "a.saved_model", "--runtime", "litert"),
            "the runtime litert does not run a.saved_model; these do: tensorflow",
        ),
        (
            ("--model-file", "a.saved_model", "--set", "eval.precision=float16"),
            "a.saved_model computes in float32, as it was exported",
        ),
    ],
)
def test_what_infer_cannot_do_is_one_sentence(file, words, says, capsys):
    assert main(["infer", "pictures/0.png", *words]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: ")
    assert says in line


def test_a_file_that_nothing_runs_says_what_there_is(desk, file):
    file.rename("a.abacus")
    Path("a.saved_model.json").rename("a.abacus.json")
    with pytest.raises(InputError, match=r"no installed plugin runs a.abacus: .*\.onnx, \.pb, \.s"):
        load_predictor("a.abacus")


MODULES = {
    "onnxruntime": ("onnxruntime", "onnx_runtime"),
    "litert": ("ai_edge_litert.interpreter", "lite_rt"),
    "openvino": ("openvino", "open_vino"),
}


@pytest.mark.parametrize("runtime", MODULES)
def test_a_runtime_that_is_not_installed_is_named_with_its_install(
    desk, runtime, capsys, monkeypatch
):
    module, ours = MODULES[runtime]
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, f"hyperpose_export.runtimes.{ours}", raising=False)
    to = "tflite" if runtime == "litert" else "onnx"
    pytest.importorskip("tf2onnx") if to == "onnx" else None
    words = ("--to", to, "--images", "pictures", "--runtime", runtime)
    assert main(["export", "runs/marks", *words]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert f"pip install 'hyperpose-export[{runtime}]'; or export without, by --no-verify" in line
    assert not (desk / "runs/marks/exported").exists()


def test_without_tf2onnx_the_install_is_named(desk, capsys, monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.setitem(sys.modules, "tf2onnx.convert", None)
    assert main(["export", "runs/marks", "--to", "onnx", "--images", "pictures"]) == 2
    assert "pip install 'hyperpose-export[onnx]'" in capsys.readouterr().err.splitlines()[-1]


def test_files_are_read_alike_without_tensorflow(desk, tmp_path):
    picture = desk / "pictures/0.png"
    np.testing.assert_array_equal(read_image(picture), by_tensorflow(picture))
    whole = picture.read_bytes()
    for name, content in (("cut", whole[:-20]), ("empty", b""), ("text", b"not a picture")):
        (tmp_path / name).write_bytes(content)
        for read in (read_image, by_tensorflow):
            with pytest.raises(DataError, match=f"{name} is not an image that can be read"):
                read(tmp_path / name)
    with pytest.raises(DataError, match="there is no image file"):
        read_image(tmp_path / "nothing")


def test_another_process_finds_them_with_openvino(desk, capsys):
    pytest.importorskip("openvino")
    pytest.importorskip("tf2onnx")
    words = ("--to", "onnx", "--images", "pictures", "--runtime", "openvino", "--out", "a.onnx")
    assert main(["export", "runs/marks", *words]) == 0
    assert "people: 3 of the model, 3 of the file, 3 matched" in capsys.readouterr().out
    assert load("a.onnx", runtime="openvino").network.protocol["runtime"] == "openvino"
    # Another runtime than TensorFlow loads none, although it is installed.
    code = (
        "import sys; from hyperpose_core.cli import main; "
        "code = main(['infer', 'pictures/0.png', '--model-file', 'a.onnx', '--json']); "
        "sys.exit(code or 'tensorflow' in sys.modules)"
    )
    given = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    asked = subprocess.run([sys.executable, "-c", code], env=given, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr
    assert len(json.loads(asked.stdout)["images"][0]["people"]) == 1
