"""Backbones: the stride that was asked for, stated channels, a gradient for every weight."""

import pytest
import tensorflow as tf

from hyperpose_backbones.plugin import hyperpose_register_backbones
from hyperpose_core.errors import InputError

SPECS = {spec.name: spec for spec in hyperpose_register_backbones()}


def test_the_seven_backbones_are_there():
    assert set(SPECS) == {
        *("MobilenetV1", "MobilenetV2", "Vggtiny", "Vgg16", "Vgg19", "Resnet18", "Resnet50")
    }


@pytest.mark.parametrize(("name", "stride"), [(n, s) for n in SPECS for s in SPECS[n].strides])
def test_stops_at_the_stride_and_trains(name, stride):
    backbone = SPECS[name].load()(stride=stride, width=0.25)
    assert backbone.stride == stride
    with tf.GradientTape() as tape:
        features = backbone.forward(tf.random.uniform((2, 64, 96, 3)) - 0.5)
        loss = tf.reduce_sum(tf.square(features - 0.1))
    assert features.shape == (2, 64 // stride, 96 // stride, backbone.out_channels)
    gradients = tape.gradient(loss, backbone.trainable_weights)
    assert all(gradient is not None for gradient in gradients)
    assert all(float(tf.reduce_max(tf.abs(gradient))) > 0 for gradient in gradients)


# Trainable values without classifier, as torchvision's networks have them.
PAPERS = {
    "Vgg16": 14_714_688,
    "Vgg19": 20_024_384,
    "Resnet18": 11_176_512,
    "Resnet50": 23_508_032,
    "MobilenetV2": 1_811_712,
}


@pytest.mark.parametrize("name", PAPERS)
def test_parameters_are_those_of_the_paper(name):
    weights = SPECS[name].load()(stride=32).trainable_weights
    assert sum(int(tf.size(weight)) for weight in weights) == PAPERS[name]


@pytest.mark.parametrize("name", SPECS)
def test_another_stride_is_an_error(name):
    with pytest.raises(InputError, match=r"8 or (16 or )?32"):
        SPECS[name].load()(stride=4)
