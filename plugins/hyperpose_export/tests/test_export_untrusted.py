"""Exported files that mean harm, with a description that fits: refused in words, nothing runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from fuzz.export_document import seeds

from hyperpose_core.errors import DataError, PluginError
from hyperpose_export import load
from hyperpose_export.document import digest

IMAGES = tf.TensorSpec([None, None, None, 3], name="images")
RUNTIMES = {
    "a.onnx": ("onnxruntime", "onnxruntime"),
    "b.onnx": ("openvino", "openvino"),
    "a.tflite": ("litert", "ai_edge_litert"),
    "a.pb": ("tensorflow", "tensorflow"),
    "a.saved_model": ("tensorflow", "tensorflow"),
}


def described(file: Path) -> Path:
    """Write a description that fits, as somebody who means harm would."""
    values = {**json.loads(seeds()[0]), "sha256": digest(file)}
    Path(f"{file}.json").write_text(json.dumps(values))
    return file


def saved(tmp_path: Path, module: tf.Module) -> Path:
    folder = tmp_path / "a.saved_model"
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.function})
    return described(folder)


def harmful(tmp_path: Path, what: str) -> tf.Module:
    module, trace = tf.Module(), str(tmp_path / "ran")

    def python(images):
        Path(trace).touch()
        return images

    @tf.function(input_signature=[IMAGES])
    def inner(images):
        if what == "WriteFile":
            with tf.control_dependencies([tf.io.write_file(trace, "x")]):
                return tf.identity(images)
        if what == "ReadFile":
            text = tf.strings.length(tf.io.read_file("/etc/passwd"))
            return images + tf.cast(text, tf.float32)
        if what == "PyFunc":
            return tf.numpy_function(python, [images], tf.float32)
        return images

    @tf.function(input_signature=[IMAGES])
    def function(images):
        # Inside of a branch inside of a function: everything that is called is looked at.
        first = tf.reduce_sum(images) > -1.0
        return {"conf": tf.cond(first, lambda: inner(images), lambda: images), "paf": images}

    module.function = function
    return module


@pytest.mark.parametrize("what", ["WriteFile", "ReadFile", "PyFunc"])
def test_a_saved_model_that_does_more_than_compute_is_not_opened(tmp_path, what):
    file = saved(tmp_path, harmful(tmp_path, what))
    with pytest.raises(DataError, match=rf"a\.saved_model has the operation \w*{what}"):
        load(file)
    assert not (tmp_path / "ran").exists()


def test_a_saved_model_that_reads_a_file_while_it_is_loaded_is_not_opened(tmp_path):
    (tmp_path / "names.txt").write_text("a\nb\n")
    module = harmful(tmp_path, "nothing")
    names = tf.lookup.TextFileInitializer(
        str(tmp_path / "names.txt"),
        tf.string,
        tf.lookup.TextFileIndex.WHOLE_LINE,
        tf.int64,
        tf.lookup.TextFileIndex.LINE_NUMBER,
    )
    module.table = tf.lookup.StaticHashTable(names, -1)
    with pytest.raises(DataError, match=r"is made of asset, resource, which no export is"):
        load(saved(tmp_path, module))


def test_one_that_computes_is_opened(tmp_path):
    assert load(saved(tmp_path, harmful(tmp_path, "nothing")))


def test_a_frozen_graph_that_writes_a_file_is_not_opened(tmp_path):
    with tf.Graph().as_default() as graph:
        images = tf.compat.v1.placeholder(tf.float32, (None, None, None, 3), "images")
        with tf.control_dependencies([tf.io.write_file(str(tmp_path / "ran"), "x")]):
            tf.identity(images, name="conf")
            tf.identity(images, name="paf")
    file = tmp_path / "a.pb"
    file.write_bytes(graph.as_graph_def().SerializeToString())
    with pytest.raises(DataError, match=r"a\.pb has the operation WriteFile"):
        load(described(file))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", RUNTIMES)
@pytest.mark.parametrize("content", [b"", b"\0" * 200, b"\x08\x08\x12\x00" * 50, b"no model"])
def test_what_is_no_model_is_one_sentence(tmp_path, name, content):
    runtime, module = RUNTIMES[name]
    pytest.importorskip(module)
    file = tmp_path / name
    if name.endswith("saved_model"):
        file.mkdir()
        (file / "saved_model.pb").write_bytes(content)
    else:
        file.write_bytes(content)
    with pytest.raises((DataError, PluginError)) as caught:
        load(described(file), runtime)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("where", ["../secret", "{folder}/secret", "link"])
@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_weights_beside_the_folder_of_the_file_are_not_read(tmp_path, runtime, where):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip(runtime)
    folder = tmp_path / "theirs"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(np.arange(3, dtype="<f4").tobytes())
    (folder / "link").symlink_to(tmp_path / "secret")
    weights = onnx.TensorProto(name="w", data_type=1, dims=[3], data_location=1)
    fields = {"location": where.format(folder=tmp_path), "offset": "0", "length": "12"}
    for key, value in fields.items():
        weights.external_data.add(key=key, value=value)
    info = onnx.helper.make_tensor_value_info
    shape = ["n", "h", "w", 3]
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Add", ["images", "w"], [name]) for name in ("conf", "paf")],
        "graph",
        [info("images", 1, shape)],
        [info(name, 1, shape) for name in ("conf", "paf")],
        [weights],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    model.ir_version = 8
    file = folder / "a.onnx"
    file.write_bytes(model.SerializeToString())
    with pytest.raises(DataError, match=rf"the runtime {runtime} does not open"):
        load(described(file), runtime)
