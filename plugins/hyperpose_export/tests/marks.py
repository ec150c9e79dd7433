"""A stranger's whole family, exporter and runtime, which the tests of exports install.

`Marks` finds a person as two coloured marks, without any training: its weights are constants.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from hyperpose_core.build import completed, get_model
from hyperpose_core.build.weights import named_weights, save_weights
from hyperpose_core.config import resolve_config
from hyperpose_core.registry import get_registry, make_registry
from hyperpose_core.runs import Run

FAMILY = """
from hyperpose_core import (
    Human, ModelSpec, PostprocessorSpec, PreprocessorSpec, Skeleton, SkeletonSpec, VisualizerSpec,
    hookimpl,
)

MARKS = Skeleton("marks", ("red", "green"), limbs=((0, 1),))


@hookimpl
def hyperpose_register_models():
    yield ModelSpec(name="Marks", target=f"{__name__}:make", family="marks", stride=4)


@hookimpl
def hyperpose_register_preprocessors():
    yield PreprocessorSpec(name="marks", target=f"{__name__}:Pre", family="marks")


@hookimpl
def hyperpose_register_postprocessors():
    yield PostprocessorSpec(name="marks", target=f"{__name__}:Post", family="marks")


@hookimpl
def hyperpose_register_visualizers():
    yield VisualizerSpec(name="marks", target=f"{__name__}:show", family="marks")


@hookimpl
def hyperpose_register_skeletons():
    yield SkeletonSpec(name="marks", target=f"{__name__}:MARKS")


def make(*, skeleton, backbone, config):
    import tensorflow as tf
    from hyperpose_core.layers import Conv2d, PoseModel

    class Marks(PoseModel):
        def __init__(self):
            super().__init__()
            self.mix = Conv2d(3, 2, kernel=1)
            kernel = [[1.0, -0.5], [-0.5, 1.0], [-0.5, -0.5]]
            self.mix.filters.assign(tf.reshape(tf.constant(kernel), (1, 1, 3, 2)))

        def forward(self, x, is_train=False):
            color = self.mix.forward(tf.nn.avg_pool2d(x, 4, 4, "SAME"))
            return tf.nn.relu(color), tf.reduce_max(color, -1, keepdims=True)

        def cal_loss(self, **tensors):
            return tf.constant(0.0)

    return Marks()


class Pre:
    map_names = ("heat",)

    def __init__(self, *, skeleton, input_size, stride, options):
        pass

    def encode(self, keypoints, boxes, mask, labelled=None):
        return {}

    def losses(self, model, outputs, targets):
        return {"loss": model.cal_loss()}


class Post:
    def __init__(self, *, skeleton, stride, options):
        self.skeleton, self.stride = skeleton, stride

    def __call__(self, outputs):
        import numpy as np

        heat = np.asarray(outputs[0])
        points = np.zeros((2, 3), np.float32)
        for k in range(2):
            y, x = np.unravel_index(heat[..., k].argmax(), heat.shape[:2])
            points[k] = *(self.stride * v + 1.5 for v in (x, y)), min(heat[y, x, k], 1)
        sure = bool((points[:, 2] > 0.5).all())
        return [Human(points, float(points[:, 2].mean()), self.skeleton)] if sure else []


def show(image, maps, skeleton):
    return image
"""

FORMAT = """
from pathlib import Path

from hyperpose_core import ExporterSpec, RuntimeSpec, hookimpl


@hookimpl
def hyperpose_register_exporters():
    yield ExporterSpec(name="folder", target=f"{__name__}:write", ending=".net", runtime="own")


@hookimpl
def hyperpose_register_runtimes():
    yield RuntimeSpec(
        name="own", target=f"{__name__}:open_file", endings=(".net",), module="tensorflow"
    )


def write(graph, path):
    import tensorflow as tf

    module = tf.Module()
    module.function = graph.function("float32")
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.function})
    WRITTEN


class Own:
    def __init__(self, file, outputs):
        import tensorflow as tf

        self.run = tf.saved_model.load(str(file)).function

    def __call__(self, images):
        import tensorflow as tf

        found = {name: value.numpy() for name, value in self.run(tf.constant(images)).items()}
        RUN
        return found


def open_file(file, config=None, registry=None):
    from hyperpose_export import opener

    return opener(Own, "own")(file, config, registry)
"""


def strangers_format(written: str = "pass", run: str = "pass") -> str:
    """Return a plugin with an exporter and a runtime, and lines of Python where they may break."""
    return FORMAT.replace("WRITTEN", written).replace("RUN", run)


@pytest.fixture
def desk(install_plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a run of the family, and with pictures."""
    install_plugin("marks", FAMILY)
    get_registry.cache_clear()
    make_run(tmp_path / "runs")
    draw(tmp_path / "pictures")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    get_registry.cache_clear()


def make_run(folder: Path, **more: object) -> Run:
    """Write a run with the model `Marks`, as a training would leave it."""
    options = {
        "model.name": "marks",
        "model.type": "Marks",
        "model.skeleton": "marks",
        "model.input_size": (64, 48),
        "log.save_dir": str(folder),
        **more,
    }
    registry = make_registry()
    config = completed(resolve_config(options=options), registry)
    run = Run.of(config)
    model = get_model(config, registry)
    arrays = {name: value.numpy() for name, value in named_weights(model).items()}
    run.model_dir.mkdir(parents=True)
    save_weights(run.newest_model, arrays)
    run.save_config(config, {})
    return run


def draw(folder: Path, count: int = 3) -> Path:
    """Draw pictures with two marks each, and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    truth = {}
    for number in range(count):
        image = random.integers(90, 110, (48, 64, 3)).astype(np.uint8)
        x, y = random.integers(1, 6, 2), random.integers(1, 10, 2)
        places = np.stack([x + np.array([0, 8]), y], -1) * 4
        for (left, top), channel in zip(places, (2, 1), strict=True):  # BGR
            image[top : top + 4, left : left + 4] = 0
            image[top : top + 4, left : left + 4, channel] = 255
        cv2.imwrite(str(folder / f"{number}.png"), image)
        truth[f"{number}.png"] = (places + 1.5).tolist()
    (folder / "truth.json").write_text(json.dumps(truth))
    return folder
