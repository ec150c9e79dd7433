"""The published networks in the files in which people have them.

Each file is written here, of random numbers. What its network computes is computed from the same
arrays a second time, layer by layer as its authors wrote it, and has to be what our model gives.
(Against the authors' own code in PyTorch the maps differ by 2e-6 of the largest value where the
input is ours, and by up to 1.5e-4 where it is theirs, whose padding is a little darker than ours.)
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import torch_writer as torch

from hyperpose_core import Config, get_model
from hyperpose_core.build.weights import Fit, named_weights
from hyperpose_core.config import set_option
from hyperpose_core.errors import CheckpointError, ConfigError
from hyperpose_core.registry import get_registry
from hyperpose_openpose import import_lightweight_torch as lightweight
from hyperpose_openpose import import_openpose as openpose
from hyperpose_training.start.importers import find_importer

SIZE = (64, 48)
IMAGE = np.random.default_rng(7).random((1, SIZE[1], SIZE[0], 3), np.float32)


def settings(model: str, given, width: float) -> Config:
    config = Config()
    config.model.type, config.model.width = model, width
    for key, value in given.items():
        set_option(config, key, value)
    config.model.input_size = SIZE
    return config


def imported(path: Path, importer, model: str, width: float = 0.125):
    """Return what our model gives for the image, with every array of the file in its place."""
    pose = get_model(settings(model, importer.settings(path), width))
    read, weights = importer.read(path, pose), named_weights(pose)
    fit = Fit.of(weights, read.arrays)
    assert not fit.problems(), fit.problems()
    for name in fit.fitting:
        weights[name].assign(read.arrays[name])
    return [maps.numpy() for maps in pose.infer(tf.constant(IMAGE))]


def conv(arrays, name, x, act=None, dilation=1):
    """A convolution of PyTorch's `[O, I, h, w]`; depthwise where a kernel sees one channel."""
    kernel = arrays[f"{name}.weight"].transpose(2, 3, 1, 0)
    if kernel.shape[2] == 1 and kernel.shape[0] > 1:
        kernel = kernel.transpose(0, 1, 3, 2)
        y = tf.nn.depthwise_conv2d(x, kernel, (1, 1, 1, 1), "SAME", dilations=(dilation,) * 2)
    else:
        y = tf.nn.conv2d(x, kernel, 1, "SAME", dilations=dilation)
    y = y + arrays[f"{name}.bias"] if f"{name}.bias" in arrays else y
    return act(y) if act else y


def same_maps(found, expected):
    for ours, theirs in zip(found, expected, strict=True):
        # Their zeros around the image are a little darker than ours.
        np.testing.assert_allclose(ours, theirs, atol=2e-4 * np.abs(theirs).max())


# --- OpenPose


@pytest.fixture(scope="module")
def body() -> dict[str, np.ndarray]:
    """Arrays of the published network's names, an eighth as wide."""
    given = openpose.torch_importer.settings(Path())
    shapes = named_weights(get_model(settings("Openpose", given, 0.125)))
    rng = np.random.default_rng(0)
    arrays = {}
    for theirs, ours in openpose.PLACES:
        h, w, i, o = shapes[f"{ours}/filters"].shape
        arrays[f"{theirs}.weight"] = rng.normal(0, (2 / (h * w * i)) ** 0.5, (o, i, h, w))
        arrays[f"{theirs}.bias"] = rng.normal(0, 0.1, o)
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def openpose_maps(arrays):
    """The network of the prototxt: https://github.com/CMU-Perceptual-Computing-Lab/openpose."""
    x = tf.constant(IMAGE[..., ::-1] * 255 / 256 - 0.5)
    for scale, depth in enumerate((2, 2, 4, 2), 1):
        for i in range(depth):
            x = conv(arrays, f"conv{scale}_{i + 1}", x, tf.nn.relu)
        x = tf.nn.max_pool2d(x, 2, 2, "VALID") if scale < 4 else x
    features = conv(arrays, "conv4_4_CPM", conv(arrays, "conv4_3_CPM", x, tf.nn.relu), tf.nn.relu)
    maps = [features, features]
    for stage in range(1, 7):
        seen = features if stage == 1 else tf.concat([*maps, features], -1)
        for branch in (1, 2):
            names = [f"Mconv{i}_stage{stage}_L{branch}" for i in range(1, 8)]
            if stage == 1:
                names = [f"conv5_{i}_CPM_L{branch}" for i in range(1, 6)]
            y = seen
            for name in names[:-1]:
                y = conv(arrays, name, y, tf.nn.relu)
            maps[branch - 1] = conv(arrays, names[-1], y)
    return [maps[1].numpy(), maps[0].numpy()]


def field(number: int, data: bytes) -> bytes:
    """A field of a protobuf message, with its length."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(number: int) -> bytes:
    digits = []
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    return bytes([*digits, number])


def caffemodel(path: Path, arrays, *, old: bool) -> Path:
    """Write layers as Caffe does: new ones in field 100, old ones in field 2."""
    net = field(1, b"pose")
    for name in dict.fromkeys(n.rpartition(".")[0] for n in arrays):
        layer = field(4 if old else 1, name.encode())
        for kind in ("weight", "bias"):
            array = arrays[f"{name}.{kind}"]
            if old:
                shape = (1,) * (4 - array.ndim) + array.shape
                head = b"".join(varint(i << 3) + varint(n) for i, n in enumerate(shape, 1))
            else:
                head = field(7, field(1, b"".join(map(varint, array.shape))))
            layer += field(6 if old else 7, head + field(5, array.tobytes()))
        net += field(2 if old else 100, layer)
    path.write_bytes(net)
    return path


def graph(path: Path, arrays) -> Path:
    definition = tf.compat.v1.GraphDef()
    for name, array in arrays.items():
        layer, _, kind = name.rpartition(".")
        node = definition.node.add(op="Const", name=f"{layer}/{kind.replace('bias', 'biase')}s")
        value = array.transpose(2, 3, 1, 0) if array.ndim == 4 else array
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    path.write_bytes(definition.SerializeToString())
    return path


FILES = {
    "openpose-caffe": lambda p, a: caffemodel(p / "pose.caffemodel", a, old=False),
    "openpose-torch": lambda p, a: torch.write_zip(p / "body_pose_model.pth", torch.state(a), a),
    "tf-pose-cmu": lambda p, a: graph(p / "graph_opt.pb", a),
}


@pytest.mark.parametrize("name", FILES)
def test_openpose_gives_the_published_networks_maps(tmp_path, body, name):
    path = FILES[name](tmp_path, body)
    found, importer = find_importer(path, "Openpose", get_registry())
    assert found == name
    same_maps(imported(path, importer, "Openpose"), openpose_maps(body))


def test_old_caffemodels_and_names_with_a_module_are_the_same(tmp_path, body):
    new = openpose.caffe_importer.read(FILES["openpose-caffe"](tmp_path, body), None).arrays
    old = caffemodel(tmp_path / "old.caffemodel", body, old=True)
    state = {f"model0.{name}": array for name, array in body.items()}
    module = torch.write_legacy(tmp_path / "m.pth", torch.state(state, legacy=True), state)
    for read in (
        openpose.caffe_importer.read(old, None),
        openpose.torch_importer.read(module, None),
    ):
        assert read.arrays.keys() == new.keys()
        for key, array in read.arrays.items():
            np.testing.assert_array_equal(array, new[key])


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\xa2\x06\xff\xff\xff\xff\x0f",  # a layer of 4 GB in a file of 7 bytes
        b"\xff" * 20,
        field(100, field(1, b"x") + field(7, field(7, field(1, b"\xff" * 9)) + field(5, b"1234"))),
        field(100, field(1, b"x") + field(7, field(5, b"123"))),
        field(100, field(1, b"\xff\xfe") + field(7, field(5, struct.pack("<f", 1)))),
    ],
)
def test_a_damaged_caffemodel_is_one_sentence(tmp_path, damaged):
    path = tmp_path / "bad.caffemodel"
    path.write_bytes(damaged)
    with pytest.raises(CheckpointError, match=r"bad\.caffemodel"):
        openpose.caffe_importer.read(path, None)


# --- Lightweight OpenPose


@pytest.fixture(scope="module")
def light() -> dict[str, np.ndarray]:
    """Arrays of the authors' names, with two refinement stages, an eighth as wide."""
    config = settings("LightweightOpenpose", {"model.stages": 3}, 0.125)
    config.model.options = {"cpm": "authors"}
    shapes = named_weights(get_model(config))
    rng = np.random.default_rng(1)
    arrays = {}
    for theirs, ours, norm in lightweight._places(2):
        h, w, i, o = shapes[f"{ours}/filters"].shape
        depthwise = o == 1 and h == 3
        kernel = rng.normal(0, (2 / (h * w * (1 if depthwise else i))) ** 0.5, (o, i, h, w))
        arrays[f"{theirs}.weight"] = kernel.transpose(1, 0, 2, 3) if depthwise else kernel
        if (norm is None and not theirs.startswith("cpm.trunk")) or (".trunk." in theirs and norm):
            arrays[f"{theirs}.bias"] = rng.normal(0, 0.1, o)
        if norm is not None:
            front, _, number = theirs.rpartition(".")
            after, size = f"{front}.{int(number) + 1}", i if depthwise else o
            arrays[f"{after}.weight"] = rng.uniform(0.5, 1.5, size)
            arrays[f"{after}.bias"] = rng.normal(0, 0.1, size)
            arrays[f"{after}.running_mean"] = rng.normal(0, 0.1, size)
            arrays[f"{after}.running_var"] = rng.uniform(0.5, 1.5, size)
            arrays[f"{after}.num_batches_tracked"] = np.array(3)
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def lightweight_maps(arrays):
    """The authors' modules, models/with_mobilenet.py."""

    def norm(x, name):
        mean, var = arrays[f"{name}.running_mean"], arrays[f"{name}.running_var"]
        gamma, beta = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
        return tf.nn.relu((x - mean) / np.sqrt(var + 1e-5) * gamma + beta)

    def padded(x, name, stride):
        if stride == 1:
            return conv(arrays, name, x)
        x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
        kernel = arrays[f"{name}.weight"].transpose(2, 3, 1, 0)
        if kernel.shape[2] == 1:
            kernel = kernel.transpose(0, 1, 3, 2)
            return tf.nn.depthwise_conv2d(x, kernel, (1, stride, stride, 1), "VALID")
        return tf.nn.conv2d(x, kernel, stride, "VALID")

    x = tf.constant((IMAGE[..., ::-1] * 255 - 128) / 256)
    x = norm(padded(x, "model.0.0", 2), "model.0.1")
    for block in range(1, 12):
        name, stride = f"model.{block}", 2 if block in (2, 4) else 1
        if block == 7:
            x = norm(conv(arrays, f"{name}.0", x, dilation=2), f"{name}.1")
        else:
            x = norm(padded(x, f"{name}.0", stride), f"{name}.1")
        x = norm(conv(arrays, f"{name}.3", x), f"{name}.4")
    x = conv(arrays, "cpm.align.0", x, tf.nn.relu)
    y = x
    for i in range(3):
        for j in (0, 2):
            y = conv(arrays, f"cpm.trunk.{i}.{j}", y, tf.nn.elu)
    features = conv(arrays, "cpm.conv.0", x + y, tf.nn.relu)
    x = features
    for i in range(3):
        x = conv(arrays, f"initial_stage.trunk.{i}.0", x, tf.nn.relu)
    maps = _branches(arrays, "initial_stage", x)
    for stage in range(2):
        name, x = f"refinement_stages.{stage}", tf.concat([features, *maps], -1)
        for i in range(5):
            x = conv(arrays, f"{name}.trunk.{i}.initial.0", x, tf.nn.relu)
            y = x
            for j, dilation in enumerate((1, 2)):
                layer = f"{name}.trunk.{i}.trunk.{j}"
                y = norm(conv(arrays, f"{layer}.0", y, dilation=dilation), f"{layer}.1")
            x = x + y
        maps = _branches(arrays, name, x)
    return [m.numpy() for m in maps]


def _branches(arrays, name, x):
    return [
        conv(arrays, f"{name}.{b}.1.0", conv(arrays, f"{name}.{b}.0.0", x, tf.nn.relu))
        for b in ("heatmaps", "pafs")
    ]


@pytest.mark.parametrize("legacy", [False, True])
def test_lightweight_gives_its_authors_networks_maps(tmp_path, light, legacy):
    data = b"\x80\x02}(" + torch.text("iter") + torch.integer(370000)
    data += torch.text("state_dict") + torch.state(light, legacy=legacy)[2:-1] + b"u."
    write = torch.write_legacy if legacy else torch.write_zip
    path = write(tmp_path / "checkpoint_iter_370000.pth", data, light)
    name, importer = find_importer(path, "LightweightOpenpose", get_registry())
    assert name == "lightweight-openpose-torch"
    assert importer.settings(path)["model.stages"] == 3
    same_maps(imported(path, importer, "LightweightOpenpose"), lightweight_maps(light))


def test_an_unknown_neck_is_refused():
    config = settings("LightweightOpenpose", {}, 0.125)
    config.model.options = {"cpm": "mine"}
    with pytest.raises(ConfigError, match="openvino or authors"):
        get_model(config)
