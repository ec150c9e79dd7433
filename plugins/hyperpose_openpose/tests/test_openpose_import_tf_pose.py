"""Frozen graphs as tf-pose-estimation makes them: the imported model does what they do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.errors import CheckpointError
from hyperpose_core.inference import load_predictor
from hyperpose_openpose.import_tf_pose import importer
from hyperpose_weights.importing import import_weights

WIDTH, HEAD = 0.25, 0.125
v1 = tf.compat.v1


class Network:
    """The network in TensorFlow's own operations, with constants for variables."""

    def __init__(self, folded: bool) -> None:
        self.random, self.folded = np.random.default_rng(1), folded

    def constant(self, name: str, value: np.ndarray) -> tf.Tensor:
        return tf.constant(value.astype(np.float32), name=name)

    def kernel(self, name: str, *shape: int) -> tf.Tensor:
        fan_in = np.prod(shape[:3]) / 1.5 if shape[3] > 1 else np.prod(shape[:2])
        return self.constant(name, self.random.normal(0, fan_in**-0.5, shape))

    def norm(self, x: tf.Tensor, scope: str, channels: int) -> tf.Tensor:
        mean, beta = self.random.normal(0, 0.2, (2, channels))
        if self.folded:
            return x + self.constant(f"{scope}/Conv2D_bn_offset", beta)
        beta, mean = (
            self.constant(f"{scope}/BatchNorm/beta", beta),
            self.constant(f"{scope}/BatchNorm/moving_mean", mean),
        )
        gamma = self.constant(f"{scope}/BatchNorm/Const", np.ones(channels))
        variance = self.random.uniform(0.5, 1.5, channels)
        variance = self.constant(f"{scope}/BatchNorm/moving_variance", variance)
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-3)

    def first(self, x: tf.Tensor) -> tf.Tensor:
        scope, channels = "MobilenetV1/Conv2d_0", int(32 * WIDTH)
        kernel = self.random.normal(0, 0.3, (3, 3, 3, channels)) / 255
        # What is padded is black there and grey here: nothing of it may be seen.
        kernel[2], kernel[:, 2] = 0, 0
        x = tf.nn.conv2d(x, self.constant(f"{scope}/weights", kernel), 2, "SAME")
        return tf.nn.relu(self.norm(x, scope, channels))

    def separable(
        self,
        x: tf.Tensor,
        name: str,
        channels: int,
        stride: int = 1,
        size: int = 3,
        relu: bool = True,
    ) -> tf.Tensor:
        inputs = x.shape[-1]
        kernel = self.kernel(f"{name}_depthwise/depthwise_weights", size, size, inputs, 1)
        x = tf.nn.depthwise_conv2d(x, kernel, (1, stride, stride, 1), "SAME")
        x = tf.nn.conv2d(
            x, self.kernel(f"{name}_pointwise/weights", 1, 1, inputs, channels), 1, "SAME"
        )
        x = self.norm(x, f"{name}_pointwise", channels)
        return tf.nn.relu(x) if relu else x

    def __call__(self, image: tf.Tensor) -> tf.Tensor:
        x, depths = self.first(image), {}
        blocks = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), *((512, 1),) * 6)
        for number, (channels, stride) in enumerate(blocks, 1):
            x = self.separable(x, f"MobilenetV1/Conv2d_{number}", int(channels * WIDTH), stride)
            depths[number] = x
        features = tf.concat([tf.nn.max_pool2d(depths[3], 2, 2, "SAME"), depths[7], depths[11]], 3)
        seen = features
        for stage in range(1, 7):
            maps = []
            for branch, outputs in (("L1", 38), ("L2", 19)):
                x, name = seen, f"Openpose/MConv_Stage{stage}_{branch}"
                for i in range(1, 4):
                    x = self.separable(x, f"{name}_{i}", int(128 * HEAD))
                wide = int((512 if stage == 1 else 128) * HEAD)
                x = self.separable(x, f"{name}_4", wide, size=1)
                maps.append(self.separable(x, f"{name}_5", outputs, size=1, relu=False))
            seen = tf.concat([*maps, features], 3)
        return tf.concat(maps[::-1], 3, name="Openpose/concat_stage7")


def freeze(path: Path, folded: bool) -> np.ndarray:
    """Write a graph and return what it gives for `image()`."""
    with tf.Graph().as_default() as graph:
        pixels = v1.placeholder(tf.float32, (1, 64, 96, 3), name="image")
        maps = Network(folded)(pixels)
        path.write_bytes(graph.as_graph_def().SerializeToString())
        with v1.Session() as session:
            return session.run(maps, {pixels: image()[..., ::-1]})


def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3)).astype(np.float32)


def import_graph(path: Path, folder: Path, **more: object) -> Path:
    options = {"model.name": "graph", "model.type": "MobilenetThinOpenpose", **more}
    imported = import_weights(path, {**options, "log.save_dir": folder})
    return imported.run.folder


@pytest.mark.parametrize("folded", [False, True])
def test_the_imported_model_computes_what_the_graph_does(tmp_path: Path, folded: bool) -> None:
    expected = freeze(tmp_path / "graph.pb", folded)
    assert importer.recognizes(tmp_path / "graph.pb")
    predictor = load_predictor(import_graph(tmp_path / "graph.pb", tmp_path))
    config = predictor.config
    assert (config.model.width, config.model.padding) == (WIDTH, "same")
    conf, paf = predictor.network(np.float32(image() / 255))
    got = np.concatenate([conf, paf], -1)
    assert 0.5 < np.abs(expected).max() < 50
    np.testing.assert_allclose(got, expected, atol=2e-3 * np.abs(expected).max())


def test_a_graph_with_another_structure_is_named_array_by_array(tmp_path: Path) -> None:
    freeze(tmp_path / "graph.pb", folded=True)
    with pytest.raises(CheckpointError) as caught:
        import_graph(tmp_path / "graph.pb", tmp_path, **{"model.stages": 5})
    assert "stage6/conf/0/0/filters is left over" in str(caught.value)
    assert not (tmp_path / "graph").exists()


@pytest.mark.parametrize(
    ("constant", "ours"),
    [
        ("Openpose/MConv_Stage2_L1_1_pointwise/weights", "stage2/paf/0/2/0/filters"),
        ("Openpose/MConv_Stage3_L2_4_depthwise/depthwise_weights", "stage3/conf/3/0/filters"),
        ("MobilenetV1/Conv2d_5_pointwise/Conv2D_bn_offset", "backbone/middle/1/2/1/beta"),
        ("MobilenetV1/Conv2d_0/weights", "backbone/low/0/0/filters"),
    ],
)
@pytest.mark.parametrize("shape", [(2,), (1, 1, 2, 2), (5, 5, 8, 8)])
def test_a_layer_of_another_shape_is_named(tmp_path, constant, ours, shape) -> None:
    """It is missing in the model, and left over in the graph."""
    freeze(tmp_path / "graph.pb", folded=True)
    graph = v1.GraphDef.FromString((tmp_path / "graph.pb").read_bytes())
    [node] = [node for node in graph.node if node.name == constant]
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(np.ones(shape, np.float32)))
    (tmp_path / "graph.pb").write_bytes(graph.SerializeToString())
    if constant.startswith("MobilenetV1/Conv2d_0/") and len(shape) < 4:
        with pytest.raises(CheckpointError, match=constant):
            importer.read(tmp_path / "graph.pb", model=None)
        return
    arrays = importer.read(tmp_path / "graph.pb", model=None).arrays
    assert ours not in arrays
    assert f"{constant} of the graph" in arrays


@pytest.mark.parametrize("content", [b"", b"MobilenetV1", bytes(1000)])
def test_other_files_are_not_recognised(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "graph.pb").write_bytes(content)
    assert not importer.recognizes(tmp_path / "graph.pb")


def test_a_damaged_graph_is_an_error(tmp_path: Path) -> None:
    freeze(tmp_path / "graph.pb", folded=True)
    whole = (tmp_path / "graph.pb").read_bytes()
    (tmp_path / "half.pb").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError, match=r"half\.pb is not a frozen graph"):
        importer.settings(tmp_path / "half.pb")
