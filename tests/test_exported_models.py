"""Our architectures and published weights as files for other runtimes: the same maps and people."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from installations import ROOT, build, environment, pip, run

from hyperpose_core import get_registry, load_predictor
from hyperpose_core.build import completed, get_model
from hyperpose_core.build.weights import named_weights, save_weights
from hyperpose_core.cli import main
from hyperpose_core.config import resolve_config
from hyperpose_core.runs import Run
from hyperpose_export import load
from hyperpose_weights.importing import import_weights

pytest.importorskip("tf2onnx", reason="needs tf2onnx: hyperpose-export[onnx]")
pytest.importorskip("onnxruntime", reason="needs onnxruntime: hyperpose-export[onnxruntime]")
pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert: hyperpose-export[litert]")

FORMATS = ("saved-model", "frozen-pb", "tflite", "onnx")
ENDING = {"saved-model": ".saved_model", "frozen-pb": ".pb", "tflite": ".tflite", "onnx": ".onnx"}
MAPS = {"Poseproposal": ["pc", "pi", "px", "py", "pw", "ph", "pe"]}
MODELS = [
    (spec.name, MAPS.get(spec.name, ["conf", "paf"] if spec.family == "openpose" else None))
    for spec in get_registry().specs("model")
    if spec.name != "BackboneClassifier"  # of classes, and its images have no people
]


@pytest.fixture(scope="module")
def published(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with the published weights of LightweightOpenpose."""
    file = shared_data / "weights" / "lightweight_openpose_coco.npz"
    if not file.is_file():
        pytest.skip(f"no published weights at {file}")
    folder = tmp_path_factory.mktemp("published")
    options = {"model.type": "LightweightOpenpose", "model.name": "lw", "log.save_dir": folder}
    return import_weights(file, options).run.folder


@pytest.fixture(scope="module")
def photo(shared_data: Path) -> Path:
    """The photo with the most annotated people."""
    file = shared_data / "coco/annotations/person_keypoints_val2017.json"
    table = json.loads(file.read_text())
    people = [one["image_id"] for one in table["annotations"] if one["num_keypoints"]]
    most = max(sorted(set(people)), key=people.count)
    [name] = [image["file_name"] for image in table["images"] if image["id"] == most]
    return shared_data / "coco/val2017" / name


def exported(folder: Path, to: str, *words: str | Path) -> int:
    return main(["export", str(folder), "--to", to, *map(str, words)])


@pytest.fixture(scope="module")
def onnx(published: Path, photo: Path) -> Path:
    """The published model as ONNX, with peaks and for whole numbers."""
    file = published / "lw.onnx"
    words = ("--images", photo, "--out", file, "--with-peaks", "--with-input")
    assert exported(published, "onnx", *words) == 0
    return file


@pytest.mark.slow
def test_peaks_are_where_the_confidence_has_its_maxima(onnx, photo):
    predict = load(onnx)
    maps, view = predict.maps(photo)
    image = load_predictor(onnx).read(photo)
    found = predict.network.outputs(view.apply(image)[np.newaxis])
    conf, peaks = found["conf"][0, ..., :-1], found["peaks"][0]
    assert (peaks > 0).sum() > 20
    np.testing.assert_array_equal(peaks[peaks > 0], conf[peaks > 0])
    for y, x, k in np.argwhere(peaks > 0):
        around = conf[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2, k]
        assert conf[y, x, k] == around.max()
    np.testing.assert_array_equal(maps[0], found["conf"][0])


def test_without_tensorflow_the_people_in_a_photo_are_found(onnx, photo, published, tmp_path):
    ours = [ROOT / "hyperpose_core"]
    ours += [ROOT / f"plugins/hyperpose_{name}" for name in ("export", "infer", "openpose")]
    hidden = ("hyperpose", "tensorflow", "tensorlayer", "pycocotools", "keras", "tf2onnx")
    home = environment(tmp_path, hidden)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    pip(home, "--no-deps", *build(ours, wheels))
    for module in ("tensorflow", "tensorlayer", "pycocotools"):
        assert (
            "No module named"
            in run(home / "bin/python", "-c", f"import {module}", cwd=tmp_path, code=1).stderr
        )
    expected = [human.to_dict() for human in load_predictor(published)(photo)]
    assert len(expected) > 5
    command = (home / "bin/hyperpose", "infer", photo, "--model-file", onnx, "--json")
    found = json.loads(run(*command, "--out", tmp_path / "found", cwd=tmp_path).stdout)
    people = found["images"][0]["people"]
    assert len(people) == len(expected)
    for person, other in zip(people, expected, strict=True):
        assert person["box"] == pytest.approx(other["box"], abs=0.5)
        assert person["score"] == pytest.approx(other["score"], abs=1e-3)
    still = cv2.VideoWriter(
        str(tmp_path / "still.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480)
    )
    for _ in range(3):
        still.write(cv2.resize(cv2.imread(str(photo)), (640, 480)))
    still.release()
    words = ("infer", "still.avi", "--model-file", onnx, "--smooth", "--out", "seen", "--quiet")
    assert run(home / "bin/hyperpose", *words, cwd=tmp_path).stderr == ""
    lines = [json.loads(line) for line in (tmp_path / "seen/frames.jsonl").read_text().splitlines()]
    places = [{p["number"]: p["box"][0] for p in line["people"]} for line in lines]
    assert len(places[0]) > 5
    for seen in places[1:]:
        assert len(seen.keys() ^ places[0].keys()) <= 2  # of a crowd, and frames differ a little
        both = seen.keys() & places[0].keys()
        assert np.median([abs(seen[number] - places[0][number]) for number in both]) < 2
    assert (tmp_path / "seen/still.mp4").is_file()
    code = f"from hyperpose_export import load; print(len(load({str(onnx)!r})({str(photo)!r})))"
    assert run(home / "bin/python", "-c", code, cwd=tmp_path).stdout.split() == [str(len(people))]


def test_a_file_is_scored_officially_as_its_run_is(onnx, published, shared_data, capsys):
    words = ("--dataset", "coco", "--data", str(shared_data / "coco"), "--json")
    small = ("--set", "eval.limit=4", "--set", "eval.vis_num=0", "--input-size", "256x256")
    capsys.readouterr()
    assert main(["eval", "--model-file", str(onnx), *words, *small]) == 0
    file = json.loads(capsys.readouterr().out)
    where = ("--name", published.name, "--save-dir", str(published.parent))
    assert main(["eval", *where, *words, *small]) == 0
    run_itself = json.loads(capsys.readouterr().out)
    assert file["metrics"]["AP"] == pytest.approx(run_itself["metrics"]["AP"], abs=2e-3)
    assert file["metrics"]["AP"] > 0.2
    said = {"model_file": str(onnx), "runtime": "onnxruntime", "weights": "exported"}
    assert file["protocol"] == {**run_itself["protocol"], **said}
    assert (published / "lw.onnx.results/eval_results.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("precision", [(), ("--precision", "float16"), ("--int8",)])
def test_the_published_model_is_the_same_in_every_format(
    published, shared_data, to, precision, tmp_path
):
    if precision == ("--int8",) and to != "tflite":
        pytest.skip("only TFLite has 8 bits")
    coco = shared_data / "coco"
    images = ("--images", coco / "val2017", "--calibration", coco / "train2017")
    out = tmp_path / f"lw{ENDING[to]}"
    assert exported(published, to, *images, "--out", out, *precision) == 0
    parity = json.loads(Path(f"{out}.json").read_text())["parity"]
    assert parity["images"] == 44
    assert parity["people"] > 100


def untrained(folder: Path, model: str) -> Run:
    """Write a run of an architecture on its default backbone with its first weights.

    It is narrow: for openpose's 0.2 GB of weights tf2onnx takes more than 14 GB.
    """
    options = {"model.type": model, "model.name": model, "log.save_dir": str(folder)}
    options["model.width"] = 0.25
    size = {"model.input_size": (128, 128), "data.options": {"train_images": 1, "val_images": 1}}
    pictures = {"data.path": str(folder / "pictures")}
    registry = get_registry()
    config = completed(resolve_config(options={**options, **size, **pictures}), registry)
    made = Run.of(config)
    arrays = {n: v.numpy() for n, v in named_weights(get_model(config, registry)).items()}
    made.model_dir.mkdir(parents=True)
    save_weights(made.newest_model, arrays)
    made.save_config(config, {})
    return made


@pytest.mark.slow
@pytest.mark.parametrize(("model", "maps"), MODELS, ids=[name for name, _ in MODELS])
def test_every_architecture_is_exported_to_every_format(model, maps, tmp_path):
    made = untrained(tmp_path, model)
    for to in FORMATS:
        out = tmp_path / f"{model}{ENDING[to]}"
        assert exported(made.folder, to, "--out", out) == 0
        document = json.loads(Path(f"{out}.json").read_text())
        assert maps is None or list(document["maps"]) == maps
        assert all(extent > 0 for extent in document["parity"]["extent"].values())
