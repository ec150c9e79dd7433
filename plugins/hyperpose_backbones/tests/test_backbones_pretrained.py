"""Pretrained weights: our backbones give the features of keras.applications' networks.

The networks have random weights and random statistics of normalisation: nothing is downloaded.
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import torch_writer as torch
from keras.src.utils import file_utils

from hyperpose_backbones import mobilenet_v1, mobilenet_v2, resnet, vgg
from hyperpose_backbones import pretrained as ours
from hyperpose_backbones.pretrained.tables import TABLES
from hyperpose_core import Config, get_model
from hyperpose_core.build.weights import give_backbone, named_weights
from hyperpose_core.errors import CheckpointError
from hyperpose_core.registry import get_registry

APPLICATIONS = tf.keras.applications
# our backbone, its stride, its pretrained weights, their module, the layer at which we cut
CUTS = [
    pytest.param(vgg.Vgg16, 8, ours.vgg16, "vgg16", "block4_conv2", id="Vgg16-8"),
    pytest.param(vgg.Vgg19, 32, ours.vgg19, "vgg19", "block5_pool", id="Vgg19-32"),
    pytest.param(
        *(mobilenet_v1.MobilenetV1, 32, ours.mobilenet_v1),
        *("mobilenet", "conv_pw_13_relu"),
        id="MobilenetV1-32",
    ),
    pytest.param(
        *(mobilenet_v2.MobilenetV2, 32, ours.mobilenet_v2),
        *("mobilenet_v2", "block_16_project_BN"),
        id="MobilenetV2-32",
    ),
    pytest.param(
        resnet.Resnet50, 32, ours.resnet50, "resnet50", "conv5_block3_out", id="Resnet50-32"
    ),
]


def randomised(network):
    """Give a Keras network random statistics, and weights that let signals through."""
    rng = np.random.default_rng(0)
    for layer in network.layers:
        arrays = layer.get_weights()
        if len(arrays) == 4:
            size = arrays[0].shape
            gamma, variance = rng.uniform(0.5, 1.5, size), rng.uniform(0.5, 1.5, size)
            layer.set_weights([gamma, rng.normal(0, 0.1, size), rng.normal(0, 0.1, size), variance])
        elif arrays:
            h, w, i = arrays[0].shape[:3]
            fan = h * w * (1 if "depthwise" in layer.name or "_dw_" in layer.name else i)
            kernel = rng.normal(0, (2 / fan) ** 0.5, arrays[0].shape)
            layer.set_weights([kernel, *(rng.normal(0, 0.1, a.shape) for a in arrays[1:])])
    return network


@pytest.mark.parametrize(("make", "stride", "weights", "module", "cut"), CUTS)
def test_features_are_those_of_keras(tmp_path, make, stride, weights, module, cut):
    theirs = getattr(APPLICATIONS, module)
    application = getattr(theirs, weights.table.keras.name)
    network = randomised(application(weights=None, include_top=False, input_shape=(64, 96, 3)))
    path = tmp_path / "notop.weights.h5"
    network.save_weights(path)
    image = np.random.default_rng(1).integers(0, 256, (1, 64, 96, 3)).astype(np.float32)
    features = tf.keras.Model(network.input, network.get_layer(cut).output)
    expected = features(theirs.preprocess_input(image.copy()), training=False).numpy()

    backbone = make(stride=stride, **weights.options(str(path)))
    give_to(backbone, weights.read(str(path), backbone))
    backbone._set_mode_for_layers(False)
    found = backbone.forward(tf.constant(image / 255 - 0.5)).numpy()
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


class Holder:
    """A model that is a backbone alone."""

    def __init__(self, backbone):
        self.backbone = backbone
        self.all_weights = backbone.all_weights


def give_to(backbone, arrays):
    give_backbone(Holder(backbone), arrays, "the test's")


def test_every_layer_of_every_table_is_one_of_the_backbone():
    for spec in get_registry().specs("backbone"):
        table = TABLES.get(spec.name)
        for side in (table.keras, table.torch) if table else ():
            if side is None:
                continue
            names = named_weights(Holder(spec.load()(stride=32, width=0.125, **side.options)))
            layers = {name.rpartition("/")[0].removeprefix("backbone/") for name in names}
            placed = {p.ours for p in side.places} | {p.our_norm for p in side.places} - {None}
            assert placed == layers


def state_dict(table, backbone):
    """Return random arrays under torchvision's names, of the shapes that the backbone needs."""
    rng = np.random.default_rng(2)
    shapes = {n: tuple(v.shape) for n, v in named_weights(Holder(backbone)).items()}
    arrays = {}
    for place in table.torch.places:
        h, w, i, o = shapes[f"backbone/{place.ours}/filters"]
        depthwise = o == 1 and h == 3
        kernel = rng.normal(0, (2 / (h * w * i)) ** 0.5, (o, i, h, w))
        arrays[f"{place.theirs}.weight"] = kernel.transpose(1, 0, 2, 3) if depthwise else kernel
        channels = i if depthwise else o
        if place.their_norm is None:
            arrays[f"{place.theirs}.bias"] = rng.normal(0, 0.1, channels)
        else:
            for kind in ("weight", "bias", "running_mean", "running_var"):
                arrays[f"{place.their_norm}.{kind}"] = rng.uniform(0.5, 1.5, channels)
    arrays["fc.weight"], arrays["fc.bias"] = rng.normal(0, 1, (10, 8)), rng.normal(0, 1, 10)
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def test_a_state_dict_of_torchvision_fills_a_resnet_18(tmp_path):
    table = TABLES["Resnet18"]
    backbone = resnet.Resnet18(stride=32, **table.torch.options)
    arrays = state_dict(table, backbone)
    path = torch.write_zip(tmp_path / "resnet18.pth", torch.state(arrays), arrays)
    give_to(backbone, ours.resnet18.read(str(path), backbone))
    backbone._set_mode_for_layers(False)
    image = np.random.default_rng(3).random((1, 64, 64, 3), np.float32)
    found = backbone.forward(tf.constant(image - 0.5)).numpy()
    expected = resnet18(arrays, image)
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


def resnet18(arrays, image):
    """The network of torchvision/models/resnet.py, in TensorFlow's ops."""

    def conv(x, name, stride=1):
        kernel = arrays[f"{name}.weight"].transpose(2, 3, 1, 0)
        pad = kernel.shape[0] // 2
        x = tf.pad(x, [[0, 0], [pad, pad], [pad, pad], [0, 0]])
        return tf.nn.conv2d(x, kernel, stride, "VALID")

    def norm(x, name):
        gamma, beta = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
        mean, variance = arrays[f"{name}.running_mean"], arrays[f"{name}.running_var"]
        return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta

    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    x = tf.constant(((image - mean) / std).astype(np.float32))
    x = tf.nn.relu(norm(conv(x, "conv1", 2), "bn1"))
    x = tf.nn.max_pool2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 2, "VALID")
    for group in range(1, 5):
        for i in range(2):
            name, stride = f"layer{group}.{i}", 2 if group > 1 and i == 0 else 1
            y = tf.nn.relu(norm(conv(x, f"{name}.conv1", stride), f"{name}.bn1"))
            y = norm(conv(y, f"{name}.conv2"), f"{name}.bn2")
            if stride == 2:
                x = norm(conv(x, f"{name}.downsample.0", 2), f"{name}.downsample.1")
            x = tf.nn.relu(x + y)
    return x.numpy()


def small(backbone, weights, **model):
    config = Config()
    config.model.type, config.model.backbone = "Openpose", backbone
    config.model.input_size, config.model.stages = (64, 64), 1
    config.model.backbone_weights = str(weights)
    for name, value in model.items():
        setattr(config.model, name, value)
    return config


def test_a_whole_model_begins_with_them(tmp_path):
    table = TABLES["Vgg19"]
    backbone = vgg.Vgg19(stride=32, width=0.125, **table.torch.options)
    arrays = state_dict(table, backbone)
    path = torch.write_legacy(tmp_path / "vgg19.pth", torch.state(arrays, legacy=True), arrays)
    model = get_model(small("Vgg19", path, backbone_width=0.125))
    found = named_weights(model)["backbone/layers/1/filters"].numpy()
    expected = arrays["features.2.weight"].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(found, expected)
    assert model.backbone.offset == table.torch.options["offset"]
    # A run is evaluated without them, and is the same network.
    assert (
        get_model(small("Vgg19", path, backbone_width=0.125), pretrained=False).backbone.offset
        is not None
    )


@pytest.mark.parametrize(
    ("backbone", "weights", "said"),
    [
        ("Resnet18", "imagenet", r"keras\.applications has no weights of Resnet18: give a state"),
        ("MobilenetV1", "m.pth", "torchvision has no weights of MobilenetV1: give 'imagenet'"),
        ("Vgg19", "vgg.ckpt", r"'imagenet', or a file that ends in \.npz .*got 'vgg\.ckpt'"),
        ("Vgg19", "missing.h5", r"no weights file missing\.h5"),
        ("Vgg19", f"{'a' * 300}.h5", r"cannot read the weights a+\.h5: File name too long"),
        ("Vgg19", "missing.pth", r"cannot read missing\.pth"),
        ("Vggtiny", "imagenet", r"Vggtiny reads no weights from elsewhere: .*\(.*Vgg16.*\)"),
    ],
)
def test_what_is_not_there_is_said(backbone, weights, said):
    with pytest.raises(CheckpointError, match=said):
        get_model(small(backbone, weights))


def test_without_a_network_the_file_is_named(tmp_path, monkeypatch):
    """The download is refused here: the machine of a test may have a network."""

    def no_network(*_, **__):
        raise OSError("no network here")

    monkeypatch.setattr(file_utils, "urlretrieve", no_network)
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    name = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
    with pytest.raises(CheckpointError, match=rf"put {name}.*--backbone-weights {name}"):
        get_model(small("Vgg19", "imagenet"))


def test_another_networks_file_is_refused(tmp_path):
    path = tmp_path / "resnet50_notop.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(
        CheckpointError, match=r"resnet50_notop\.h5 is no file of the weights of VGG19"
    ):
        get_model(small("Vgg19", path))
