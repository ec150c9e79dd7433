"""The model zoo: every architecture on every backbone, in both layouts."""

from enum import Enum

import numpy as np
import pytest
import tensorflow as tf

from hyperpose import Config as Facade
from hyperpose import Model as FacadeModel
from hyperpose_core import Config, get_model, get_registry
from hyperpose_core.build import completed
from hyperpose_core.build.strategy import start
from hyperpose_core.build.weights import assign_weights, named_weights
from hyperpose_core.errors import ConfigError
from hyperpose_core.families import Family
from hyperpose_training.steps.step import TrainStep

MODELS = ("Openpose", "LightweightOpenpose", "MobilenetThinOpenpose", "Poseproposal", "Pifpaf")
BACKBONES = ("MobilenetV1", "MobilenetV2", "Vggtiny", "Vgg16", "Vgg19", "Resnet18", "Resnet50")
SIZE = 64


def configure(model, backbone=None, data_format="channels_last", width=0.25):
    config = Config()
    config.model.type, config.model.backbone = model, backbone
    config.model.input_size, config.model.width = (SIZE, SIZE), width
    config.model.stages, config.model.data_format = 2, data_format
    config.train.learning_rate = 1e-4
    return config


@pytest.mark.parametrize(("model", "side"), [*zip(MODELS, (368, 368, 368, 384, 368), strict=True)])
def test_without_an_input_size_every_architecture_has_one_that_fits(model, side):
    config = Config()
    config.model.type = model
    assert completed(config, get_registry()).model.input_size == (side, side)
    assert config.model.input_size is None


def one_person(family):
    """Encode one person who fills the input, as a batch of two."""
    count = len(family.skeleton)
    spots = np.random.default_rng(0).uniform(8, SIZE - 8, (1, count, 2))
    keypoints = tf.constant(np.concatenate([spots, np.full((1, count, 1), 2.0)], -1), tf.float32)
    boxes, mask = tf.constant([[2.0, 2.0, 60.0, 60.0]]), tf.ones((SIZE, SIZE, 1))
    targets = family.preprocessor.encode(keypoints, boxes, mask)
    return {name: tf.stack([target, target]) for name, target in targets.items()}


def train_once(config):
    """Take one step, and return the losses and the weights that did not move."""
    model, family = get_model(config), Family.of(config, get_registry())
    step = TrainStep(model, family.preprocessor, start(config), config)
    trained = {id(variable) for variable in model.trainable_weights}
    before = {n: v.numpy() for n, v in step.weights.items() if id(v) in trained}
    images = tf.random.stateless_uniform((2, SIZE, SIZE, 3), (1, 2))
    losses = step(images, one_person(family), 1e-3, 0)
    still = [n for n, old in before.items() if np.array_equal(old, step.weights[n].numpy())]
    return {name: float(value) for name, value in losses.items()}, still


def check_one_step(model, backbone, data_format):
    config = configure(model, backbone, data_format)
    # Only a gradient moves a weight: without decay, a weight whose gradient is zero stays.
    config.train.weight_decay = 0.0
    losses, still = train_once(config)
    assert all(np.isfinite(value) for value in losses.values())
    assert losses["loss"] > 0
    assert still == []


@pytest.mark.parametrize(
    "data_format", ["channels_last", pytest.param("channels_first", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("model", MODELS)
def test_one_step_moves_every_weight(model, data_format):
    check_one_step(model, "Vggtiny", data_format)


@pytest.mark.slow
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("model", MODELS)
def test_one_step_moves_every_weight_of_every_pair(model, backbone, data_format):
    check_one_step(model, backbone, data_format)


@pytest.mark.parametrize("model", MODELS)
def test_both_layouts_give_the_same_numbers(model):
    last = get_model(configure(model, "MobilenetV1"))
    first = get_model(configure(model, "MobilenetV1", "channels_first"))
    arrays = {name: v.numpy() for name, v in named_weights(last).items()}
    assign_weights(named_weights(first), arrays, "the other")
    image = tf.random.stateless_uniform((1, SIZE, SIZE, 3), (3, 4))
    outputs = last.infer(image)
    turned = first.infer(tf.transpose(image, (0, 3, 1, 2)))
    for one, other in zip(outputs, turned, strict=True):
        np.testing.assert_allclose(one, tf.transpose(other, (0, 2, 3, 1)), atol=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_the_same_image_gives_the_same_maps_in_any_batch(model):
    net = get_model(configure(model, "Vggtiny"))
    net.eval()
    images = tf.random.stateless_uniform((3, SIZE, SIZE, 3), (5, 6))
    twice = [net(images), net(images)]
    for first, second in zip(*twice, strict=True):
        np.testing.assert_array_equal(first, second)
    for alone, together in zip(net(images[:1]), net(images), strict=True):
        np.testing.assert_allclose(alone[0], together[0], atol=1e-5)


@pytest.fixture
def facade():
    Facade.reset()
    yield Facade
    Facade.reset()


def test_own_parts_and_limbs_decide_the_maps(facade):
    """The 2021 library's spellings, in an Enum with a background, as its own parts are."""
    parts = Enum("Parts", ["Nose", "Neck", "RShoulder", "LShoulder", "Background"], start=0)
    facade.set_model_type(facade.MODEL.LightweightOpenpose)
    facade.set_model_parts(parts)
    facade.set_model_limbs([(0, 1), (parts.Neck, parts.RShoulder), (1, 3)])
    facade.set_option("model.width", 0.25)
    config = facade.get_config()
    assert config.model.skeleton.keypoints == ("nose", "neck", "right_shoulder", "left_shoulder")
    model = FacadeModel.get_model(config)
    conf, paf = model.infer(tf.zeros((1, SIZE, SIZE, 3)))
    assert conf.shape == (1, SIZE // 8, SIZE // 8, 5)
    assert paf.shape == (1, SIZE // 8, SIZE // 8, 6)


def test_members_of_an_enum_count_by_their_names(facade):
    """An Enum counts from 1, unless told otherwise: its values are not the places of its parts."""
    parts = Enum("Parts", ["Nose", "Neck", "RShoulder", "Background"])
    facade.set_model_parts(parts)
    facade.set_model_limbs([(parts.Nose, parts.Neck), (parts.Neck, parts.RShoulder)])
    assert facade.get_config().model.skeleton.limbs == ((0, 1), (1, 2))


@pytest.mark.parametrize("limbs", [[("RShoulder", "nose")], np.array([[1, 0]])])
def test_limbs_are_pairs_of_names_or_of_indices(facade, limbs):
    facade.set_model_parts(["Nose", "RShoulder"])
    facade.set_model_limbs(limbs)
    assert facade.get_config().model.skeleton.limbs == ((1, 0),)


@pytest.mark.parametrize("limbs", ["ab", [3], [(0, 1, 1)], [(0, "Neck")], [(0, 1.0)], ["ab"]])
def test_bad_limbs_are_an_error(facade, limbs):
    facade.set_model_parts(["A", "B"])
    with pytest.raises(ConfigError, match=r"limb.* got"):
        facade.set_model_limbs(limbs)


@pytest.mark.parametrize("parts", [[], [3], ["Nose", "Nose"], "Nose"])
def test_bad_parts_are_an_error(facade, parts):
    with pytest.raises(ConfigError):
        facade.set_model_parts(parts)


def test_none_takes_parts_and_limbs_back(facade):
    facade.set_model_parts(["A", "B"])
    facade.set_model_limbs([(0, 1)])
    facade.set_model_limbs(None)
    assert facade.get_config().model.skeleton.limbs == ()
    facade.set_model_parts(None)
    assert facade.get_config().model.skeleton is None


def test_limbs_need_parts(facade):
    with pytest.raises(ConfigError, match="set_model_parts"):
        facade.set_model_limbs([(0, 1)])
