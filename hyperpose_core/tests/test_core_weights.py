"""Layers, the names of weights, and files of weights."""

import zipfile

import numpy as np
import pytest
import tensorflow as tf
import tensorlayer as tl

from hyperpose_core.build.weights import assign_weights, load_weights, named_weights, save_weights
from hyperpose_core.errors import CheckpointError
from hyperpose_core.inference.forward import trace_forward
from hyperpose_core.layers import (
    BatchNorm,
    Conv2d,
    ConvBlock,
    DepthwiseConv2d,
    MaxPool,
    PoseModel,
    pad_as_tensorflow,
)


class Net(PoseModel):
    def __init__(self, channels=8):
        super().__init__()
        self.stem = ConvBlock(3, channels, stride=2)
        self.head = Conv2d(channels, 2, kernel=1)

    def forward(self, x, is_train=False):
        return (self.head.forward(self.stem.forward(x)),)


def test_names_are_those_of_the_attributes_in_every_model():
    names = [list(named_weights(Net())) for _ in range(2)]
    assert names[0] == names[1]
    assert set(names[0]) == {
        *(f"stem/0/{n}" for n in ("filters",)),
        *(f"stem/1/{n}" for n in ("gamma", "beta", "moving_mean", "moving_var")),
        *(f"head/{n}" for n in ("filters", "biases")),
    }


def test_names_of_a_model_of_plain_tensorlayer_layers():
    class Plain(tl.models.Model):
        def __init__(self):
            super().__init__()
            self.conv = tl.layers.Conv2d(4, (3, 3), in_channels=3)
            self.more = tl.layers.LayerList([tl.layers.Conv2d(2, (1, 1), in_channels=4)])

        def forward(self, x):
            return self.more.forward(self.conv.forward(x))

    names = named_weights(Plain())
    assert len(names) == 4
    assert {"conv/W", "conv/b"} <= set(names)
    assert list(names) == list(named_weights(Plain()))


def test_saved_weights_come_back_in_another_model(tmp_path):
    first, second = Net(), Net()
    image = tf.random.uniform((1, 16, 16, 3))
    save_weights(tmp_path / "w.npz", {n: v.numpy() for n, v in named_weights(first).items()})
    assert not np.array_equal(first.infer(image)[0], second.infer(image)[0])
    assign_weights(named_weights(second), load_weights(tmp_path / "w.npz"), "w.npz")
    np.testing.assert_array_equal(first.infer(image)[0], second.infer(image)[0])


def test_weights_that_do_not_fit_are_named_and_change_nothing():
    net = Net(8)
    before = {n: v.numpy() for n, v in named_weights(net).items()}
    arrays = {n: v.numpy() for n, v in named_weights(Net(16)).items()}
    arrays["tail/filters"] = arrays.pop("head/biases")
    with pytest.raises(CheckpointError) as caught:
        assign_weights(named_weights(net), arrays, "the file f")
    for part in (
        "head/biases is missing",
        "tail/filters is left over",
        "(3, 3, 3, 16)",
        "(3, 3, 3, 8)",
    ):
        assert part in str(caught.value)
    for name, variable in named_weights(net).items():
        np.testing.assert_array_equal(variable, before[name])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", b"not a file"])
def test_damaged_weights_are_an_error(tmp_path, content):
    (tmp_path / "w.npz").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"w\.npz cannot be read"):
        load_weights(tmp_path / "w.npz")


def test_pickled_weights_are_refused(tmp_path):
    np.savez(tmp_path / "w.npz", params=np.array([{"a": 1}], dtype=object))
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_weights(tmp_path / "w.npz")


# TensorFlow has no convolution with both a stride and a dilation.
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2)])
def test_convolutions_pad_symmetrically(stride, dilation):
    """An image turned upside down and left to right gives the turned result, when sizes are odd."""
    image = tf.random.uniform((1, 17, 17, 3))
    for layer in (Conv2d(3, 4, 3, stride, dilation), DepthwiseConv2d(3, stride, dilation)):
        symmetric = layer.filters + layer.filters[::-1, ::-1]
        layer.filters.assign(symmetric)
        turned = layer.forward(image[:, ::-1, ::-1])[:, ::-1, ::-1]
        np.testing.assert_allclose(layer.forward(image), turned, atol=1e-5)


def test_traced_inference_uses_the_moving_statistics():
    """Inference after training does not depend on what else is in the batch (defect 21)."""
    net = Net()
    images = tf.random.uniform((4, 16, 16, 3))

    @tf.function
    def train(x):
        net.train()
        return net.forward(x, is_train=True)

    for _ in range(50):
        train(images)
    train(images)
    infer = trace_forward(net)
    alone, together = infer(images[:1])[0], infer(tf.concat([images[:1], 9 * images[1:]], 0))[0]
    np.testing.assert_allclose(alone[0], together[0], atol=1e-5)
    net.train()
    np.testing.assert_allclose(alone, infer(images[:1])[0], atol=0)
    assert float(tf.reduce_max(tf.abs(net.stem.forward(images) - 0))) > 0
    assert not np.allclose(named_weights(net)["stem/1/moving_mean"], 0)


def test_batch_norm_in_training_normalises_and_learns_the_statistics():
    norm = BatchNorm(3, decay=0.5)
    x = 5 + 2 * tf.random.normal((64, 8, 8, 3))
    norm._set_mode_for_layers(True)
    for _ in range(20):
        y = norm.forward(x)
    np.testing.assert_allclose(tf.reduce_mean(y, (0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(tf.math.reduce_std(y, (0, 1, 2)), 1, atol=1e-3)
    norm._set_mode_for_layers(False)
    np.testing.assert_allclose(norm.forward(x), y, atol=0.01)


def test_padding_as_tensorflow_does_is_tensorflows():
    image = tf.random.uniform((1, 16, 12, 8))
    conv, depthwise, pool = Conv2d(8, 4, 3, 2), DepthwiseConv2d(8, 2), MaxPool(3)
    expected = (
        tf.nn.conv2d(image, conv.filters, 2, "SAME"),
        tf.nn.depthwise_conv2d(image, depthwise.filters, (1, 2, 2, 1), "SAME"),
        tf.nn.max_pool2d(image, 3, 2, "SAME"),
    )
    for layer, output in zip((conv, depthwise, pool), expected, strict=True):
        assert not np.allclose(layer.forward(image), output)
        pad_as_tensorflow(layer)
        np.testing.assert_allclose(layer.forward(image), output, atol=1e-5)


def test_padding_reaches_every_layer_of_a_model():
    net = Net()
    pad_as_tensorflow(net)
    assert getattr(net.stem, "0").same
    assert net.head.same


@pytest.mark.parametrize("content", [b"", b"\x89PNG", b"\x93NUMPY"])
def test_another_file_is_said_to_be_one(tmp_path, content):
    """NumPy takes it for a pickle, and says how to load that."""
    (tmp_path / "picture.png").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"it is no \.npz file"):
        load_weights(tmp_path / "picture.png")


def test_a_file_that_would_fill_the_memory_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("filters.npy", with_header(f"({80 * 2**18},)") + bytes(80 * 2**20))
    with pytest.raises(CheckpointError, match=r"bomb\.npz cannot be read: its \d+ bytes are to"):
        load_weights(path)
    path.unlink()
    np.savez_compressed(path, moments=np.zeros(2**22, "f4"))  # zeros are no bomb
    assert not load_weights(path)["moments"].any()


def with_header(shape: str) -> bytes:
    """Return an array's file of which there is only the header."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


@pytest.mark.parametrize(
    "damage", ["cut", "deflate", "method", "huge", "header", "nested", "magic"]
)
def test_damaged_archives_are_one_kind_of_error(tmp_path, damage):
    """Each of them is another exception in zipfile, zlib or NumPy."""
    path = tmp_path / "weights.npz"
    np.savez_compressed(path, filters=np.random.default_rng(0).normal(size=500))
    content = bytearray(path.read_bytes())
    if damage == "cut":
        del content[len(content) // 2 :]
    elif damage == "deflate":
        content[100:110] = b"\xff" * 10
    elif damage == "method":
        entry = content.index(b"PK\x01\x02")
        content[entry + 10] = 99
    if damage in ("cut", "deflate", "method"):
        path.write_bytes(content)
    else:
        shapes = {"huge": f"({10**17},)", "header": "(3", "nested": "(" * 900 + ")" * 900}
        entry = with_header(shapes.get(damage, "(0,)"))
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("filters.npy", entry[damage == "magic" :])
    with pytest.raises(CheckpointError, match=r"weights\.npz cannot be read") as caught:
        load_weights(path)
    assert "\n" not in str(caught.value)
