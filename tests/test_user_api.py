"""The user's own model, dataset, filter and functions, through the pipelines to the end."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf
import tensorlayer as tl
from tiny_runs import settings

from hyperpose import Config, Dataset, Model
from hyperpose_coco.skeleton import COCO
from hyperpose_core import get_registry, load_predictor
from hyperpose_core.build.weights import load_weights
from hyperpose_core.config import parse_option
from hyperpose_core.errors import ConfigError
from hyperpose_core.registry import make_registry
from hyperpose_training.steps.step import TrainStep


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(autouse=True)
def tiny(pictures: Path, tmp_path: Path) -> Iterator[None]:
    """Begin with the settings of a training that takes a second, and leave none of them."""
    Config.reset()
    more = (f"log.save_dir={tmp_path}", "model.name=run", "train.steps=2", "log.quiet=true")
    for text in settings(pictures, *more):
        Config.set_option(*parse_option(text))
    Config.set_model_backbone(Config.BACKBONE.MobilenetV1)
    yield
    Config.reset()


def train_and_score():
    config = Config.get_config()
    model, dataset = Model.get_model(config), Dataset.get_dataset(config)
    trained = Model.get_train(config)(model, dataset)
    return model, trained, Model.get_eval(config)(model, dataset)


# A model class that is in no package


class OwnModel(tl.models.Model):
    def __init__(self, config):
        super().__init__()
        skeleton = config.model.skeleton
        self.features = tl.layers.Conv2d(8, (8, 8), (8, 8), tf.nn.relu, in_channels=3)
        self.conf = tl.layers.Conv2d(len(skeleton) + 1, (1, 1), in_channels=8)
        self.paf = tl.layers.Conv2d(2 * len(skeleton.limbs), (1, 1), in_channels=8)

    def forward(self, x, is_train=False):
        features = self.features.forward(x)
        conf, paf = self.conf.forward(features), self.paf.forward(features)
        return (conf, paf, [conf], [paf]) if is_train else (conf, paf)

    def infer(self, x):
        return self.forward(x)

    def cal_loss(self, gt_conf, gt_paf, mask, stage_confs, stage_pafs):
        loss_confs = [tf.reduce_mean(mask * (conf - gt_conf) ** 2) for conf in stage_confs]
        loss_pafs = [tf.reduce_mean(mask * (paf - gt_paf) ** 2) for paf in stage_pafs]
        return tf.add_n(loss_confs + loss_pafs), loss_confs, loss_pafs


class PlainModel(OwnModel):
    """Not TensorLayer's: any object with the methods of the contract."""

    def __new__(cls, config):
        inner = OwnModel(config)

        class Plain:
            trainable_weights, all_weights = inner.trainable_weights, inner.all_weights
            forward, infer, cal_loss = inner.forward, inner.infer, inner.cal_loss
            train, eval = inner.train, inner.eval

        return Plain()


@pytest.mark.parametrize("arch", [OwnModel, PlainModel])
def test_a_model_class_of_ones_own_trains(arch):
    Config.set_model_arch(arch)
    config = Config.get_config()
    before = [w.numpy() for w in Model.get_model(config).all_weights]
    model, trained, result = train_and_score()
    assert len(before) == 6
    for old, new in zip(before, model.all_weights, strict=True):
        assert (old != new.numpy()).any()
    assert result.images == 2
    kept = load_weights(trained.run.newest_model)
    assert sorted(array.shape for array in kept.values()) == sorted(a.shape for a in before)


# A dataset class with the tutorial's four methods only


class OwnDataset:
    """Two pictures; a person has 17 points in another order than COCO's."""

    def __init__(self, folder: Path) -> None:
        self.people = []
        for number in range(2):
            path = folder / f"own{number}.png"
            cv2.imwrite(str(path), np.full((60, 80, 3), 100 + number, np.uint8))
            points = [[5.0 + 3 * i, 10.0 + i + number] for i in range(17)]
            self.people.append((str(path), points[::-1]))

    def get_train_dataset(self):
        paths = [path for path, _ in self.people]
        targets = [pickle.dumps({"kpt": [p], "bbx": None, "mask": None}) for _, p in self.people]
        return tf.data.Dataset.from_tensor_slices((paths, targets))

    def get_eval_dataset(self):
        return tf.data.Dataset.from_tensor_slices(([path for path, _ in self.people], [7, 8]))

    def get_input_kpt_cvter(self):
        return lambda points: points[::-1]

    def get_output_kpt_cvter(self):
        return lambda points: [value for point in points[::-1] for value in (*point, 1)]


def test_a_dataset_class_with_the_four_methods_trains_and_is_scored(tmp_path):
    given = OwnDataset(tmp_path)
    Config.set_userdef_dataset(given)
    _, trained, result = train_and_score()
    assert trained.step == 2
    assert result.images == 2
    assert 0 <= result.metrics["AP"] <= 1
    assert result.protocol["dataset"] == "USERDEF"
    assert {entry["image_id"] for entry in json.loads(trained.run.results.read_text())} <= {7, 8}
    [first, second] = Dataset.get_dataset(Config.get_config()).train_samples()
    for sample, (path, points) in zip((first, second), given.people, strict=True):
        assert str(sample.path) == path
        np.testing.assert_allclose(sample.keypoints[0, :, :2], points[::-1])


def test_the_truth_scores_1_on_a_dataset_of_ones_own(tmp_path):
    """Points, converters and scores fit together: what was annotated is a perfect prediction."""
    from hyperpose_core import Human

    Config.set_userdef_dataset(OwnDataset(tmp_path))
    dataset = Dataset.get_dataset(Config.get_config())
    found = {s.image_id: [Human(s.keypoints[0], 1.0, COCO)] for s in dataset.eval_samples()}
    assert dataset.evaluate(found)["AP"] == pytest.approx(1.0)
    for entry, (_, points) in zip(dataset.to_results(found), dataset.inner.people, strict=True):
        assert entry["keypoints"] == [v for x, y in points for v in (x, y, 1)]


# A filter


def test_the_filter_filters_and_its_count_is_in_the_log(tmp_path):
    samples = list(Dataset.get_dataset(Config.get_config()).train_samples())
    kept = {samples[0].image_id, samples[-1].image_id}

    def these_two(sample):
        return sample.image_id in kept

    Config.set_dataset_filter(these_two)
    _, trained, result = train_and_score()
    log = trained.run.log.read_text()
    assert f"filter your filter these_two dropped {len(samples) - 2} samples" in log
    assert "on 2 images" in log
    assert result.images == 2, "the evaluation is not filtered unless it is asked for"


# Functions of a family of one's own


OWN_FAMILY = """
from hyperpose_core import (
    ModelSpec, PostprocessorSpec, PreprocessorSpec, VisualizerSpec, hookimpl,
)
from hyperpose_openpose import mobilenet_thin, postprocess, preprocess, visualize

HERE, CALLS = "hyperpose_own_plugin", []
Net = mobilenet_thin.MobilenetThinOpenpose


class Encoder(preprocess.Preprocessor):
    def encode(self, *annotations):
        CALLS.append("preprocess")
        return super().encode(*annotations)


class Decoder(postprocess.Postprocessor):
    def __call__(self, outputs):
        CALLS.append("postprocess")
        return super().__call__(outputs)


def draw(*arguments):
    CALLS.append("visualize")
    return visualize.visualize(*arguments)


@hookimpl
def hyperpose_register_models():
    yield ModelSpec(name="OwnNet", target=f"{HERE}:Net", family="own")


@hookimpl
def hyperpose_register_preprocessors():
    yield PreprocessorSpec(name="own", target=f"{HERE}:Encoder", family="own")


@hookimpl
def hyperpose_register_postprocessors():
    yield PostprocessorSpec(name="own", target=f"{HERE}:Decoder", family="own")


@hookimpl
def hyperpose_register_visualizers():
    yield VisualizerSpec(name="own", target=f"{HERE}:draw", family="own")
"""


def test_own_preprocessor_postprocessor_and_visualizer_are_the_ones_that_run(install_plugin):
    from hyperpose_core import get_dataset, get_eval, get_model, get_train

    install_plugin("own", OWN_FAMILY)
    registry = make_registry()
    config = Config.get_config()
    config.model.type = "OwnNet"
    model, dataset = get_model(config, registry=registry), get_dataset(config, registry)
    import hyperpose_own_plugin

    get_train(config, registry)(model, dataset)
    assert set(hyperpose_own_plugin.CALLS) == {"preprocess", "visualize", "postprocess"}
    hyperpose_own_plugin.CALLS.clear()
    get_eval(config, registry)(model, dataset)
    assert hyperpose_own_plugin.CALLS.count("postprocess") == 2
    assert hyperpose_own_plugin.CALLS.count("visualize") == 2


# What failed in 2021


def _pose_networks():
    """Return all installed ones; a classifier trains with the defaults of its own dataset."""
    named = [(name, get_registry().get("model", name)) for name in get_registry().names("model")]
    return [name for name, spec in named if spec.family != "classification"]


@pytest.mark.slow
@pytest.mark.parametrize("name", _pose_networks())
def test_every_installed_architecture_trains_with_the_default_settings(name, capsys):
    """Nothing is said of keypoints that are not learned, as of an instance made of the boxes."""
    Config.set_model_type(name)
    Config.set_model_backbone(Config.BACKBONE.Default)
    Config.set_n_step(1)
    config = Config.get_config()
    trained = Model.get_train(config)(Model.get_model(config), Dataset.get_dataset(config))
    assert trained.step == 1
    assert np.isfinite(trained.losses["loss"])
    said = capsys.readouterr().err
    assert "not learned" not in said
    assert "mirrored" not in said


def test_parts_that_nobody_annotates_are_named(capsys):
    """A misspelt part would never be learned."""
    Config.set_model_type("LightweightOpenpose")
    Config.set_model_parts(["Nose", "Instance", "Neck", "Tail"])
    Config.set_model_limbs([("Neck", "Nose"), (1, 0)])
    Config.set_n_step(1)
    config = Config.get_config()
    Model.get_train(config)(Model.get_model(config), Dataset.get_dataset(config))
    said = capsys.readouterr().err
    assert "model's keypoints instance, tail: they are not learned" in said
    assert "images are mirrored, and no keypoint of" in said


def test_keypoints_that_nothing_joins_are_an_error_before_training():
    Config.set_model_type("LightweightOpenpose")
    Config.set_model_parts(["Nose", "Neck"])
    config = Config.get_config()
    with pytest.raises(ConfigError, match=r"no limbs.*set_model_limbs"):
        Model.get_train(config)(Model.get_model(config), Dataset.get_dataset(config))


@pytest.mark.slow
def test_both_layouts_learn_the_same():
    learnt = {}
    for layout in ("channels_last", "channels_first"):
        Config.set_data_format(layout)
        Config.set_model_name(layout)
        config = Config.get_config()
        dataset = Dataset.get_dataset(config)
        trained = Model.get_train(config)(Model.get_model(config), dataset)
        learnt[layout] = load_weights(trained.run.newest_model), trained.losses["loss"]
    assert learnt["channels_first"][1] == pytest.approx(learnt["channels_last"][1], rel=1e-5)
    for name, array in learnt["channels_last"][0].items():
        np.testing.assert_allclose(learnt["channels_first"][0][name], array, atol=1e-5)


@pytest.mark.slow
def test_inference_after_training_is_inference_from_the_file():
    """The model that was just trained uses the moving statistics, not those of the batch."""
    model, trained, _ = train_and_score()
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    x = tf.constant(image[np.newaxis] / 255.0, tf.float32)
    just_trained = model.infer(x)
    from_the_file, _ = load_predictor(trained.run.folder).maps(image)
    model.train()
    of_the_batch = model.forward(x, is_train=False)
    for got, expected, batch in zip(just_trained, from_the_file, of_the_batch, strict=True):
        np.testing.assert_allclose(got[0], expected, atol=1e-4)
        assert not np.allclose(batch[0], expected, atol=1e-2)


def test_gradients_are_clipped_and_the_optimizer_is_the_chosen_one():
    from hyperpose_core.build.strategy import start
    from hyperpose_core.families import Family

    config = Config.get_config()
    config.train.clip_norm, config.train.optimizer = 1e-3, "SGD"
    config.train.momentum = config.train.weight_decay = 0.0
    model = Model.get_model(config)
    family = Family.of(config, get_registry())
    state = TrainStep(model, family.preprocessor, start(config), config)
    before = [variable.numpy() for variable in state.optimizer.variables]
    encoded = family.preprocessor.encode(
        tf.constant(np.full((1, len(family.skeleton), 3), 30.0), tf.float32),
        tf.constant([[0.0, 0.0, 64.0, 64.0]]),
        tf.ones([64, 64, 1]),
    )
    targets = {name: tf.stack([target, target]) for name, target in encoded.items()}
    losses = state(tf.random.stateless_uniform([2, 64, 64, 3], [3, 4]), targets, 1.0, 0)
    assert losses["gradient_norm"] > 1e-2
    moved = [v.numpy() - b for v, b in zip(state.optimizer.variables, before, strict=True)]
    assert np.sqrt(sum((m**2).sum() for m in moved)) == pytest.approx(1e-3, rel=1e-2)
