"""Weights go over to a model of other keypoints, by the names of keypoints and limbs."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core import Config, Skeleton, get_model
from hyperpose_core.build.weights import named_weights
from hyperpose_core.errors import CheckpointError
from hyperpose_training.start.transfer import check_share, transfer

KEYPOINTS = ("nose", "neck", "left_hand", "right_hand")
THEIRS = Skeleton("theirs", KEYPOINTS, ((0, 1), (1, 2), (1, 3)))
# The same in another order, with a limb the other way.
OURS = Skeleton("ours", ("right_hand", "nose", "left_hand", "neck"), ((3, 0), (3, 1), (3, 2)))
IMAGE = np.random.default_rng(0).random((1, 64, 48, 3), np.float32)
ARCHITECTURES = ("Openpose", "LightweightOpenpose", "MobilenetThinOpenpose")


def model(architecture: str, skeleton: Skeleton, stages: int = 3, seed: int = 0):
    config = Config()
    config.model.type, config.model.skeleton = architecture, skeleton
    config.model.stages, config.model.width, config.train.seed = stages, 0.125, seed
    config.model.input_size = (48, 64)
    made = get_model(config)
    rng = np.random.default_rng(seed)
    for name, variable in named_weights(made).items():
        spread = rng.uniform(0.5, 1.5, variable.shape)
        if name.endswith(("gamma", "moving_var")):
            variable.assign(spread.astype(np.float32))
        else:
            variable.assign((variable.numpy() * spread + 0.01 * spread).astype(np.float32))
    return made


def arrays(made):
    return {name: variable.numpy() for name, variable in named_weights(made).items()}


def maps(made):
    return [m.numpy() for m in made.infer(tf.constant(IMAGE))]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_same_keypoints_in_another_order_give_the_same_maps(architecture):
    theirs, ours = model(architecture, THEIRS), model(architecture, OURS, seed=1)
    found = transfer(ours, arrays(theirs), theirs)
    assert found.share == 1.0
    assert not found.new
    conf, paf = maps(theirs)
    got_conf, got_paf = maps(ours)
    order = [KEYPOINTS.index(name) for name in OURS.keypoints]
    close = {"rtol": 1e-4, "atol": 1e-5 * np.abs(conf).max()}
    np.testing.assert_allclose(got_conf, conf[..., [*order, len(order)]], **close)
    # neck to right hand, neck to nose (theirs is nose to neck), neck to left hand
    np.testing.assert_allclose(got_paf[..., 0:2], paf[..., 4:6], **close)
    np.testing.assert_allclose(got_paf[..., 2:4], -paf[..., 0:2], **close)
    np.testing.assert_allclose(got_paf[..., 4:6], paf[..., 2:4], **close)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_new_keypoints_begin_as_those_of_a_new_model(architecture):
    more = Skeleton("more", ("tail", "neck", "nose"), ((1, 2), (1, 0)))
    theirs, ours = model(architecture, THEIRS), model(architecture, more, seed=1)
    before = arrays(ours)
    found = transfer(ours, arrays(theirs), theirs)
    after, channels = arrays(ours), ours.named_channels()
    assert found.channels["tail"] == found.channels["neck to tail, x"] == "new"
    assert found.channels["nose"] == "as it was"
    assert found.channels["neck to nose, y"] == "with its sign turned"
    for name, named in channels.items():
        place = named.names.index("tail") if "tail" in named.names else None
        if place is not None:
            np.testing.assert_array_equal(
                after[name].take(place, named.axis), before[name].take(place, named.axis)
            )
    text = found.sentence("lw.npz", more, THEIRS)
    assert "of the keypoints neck, nose came along, tail is new" in text


def test_further_stages_are_new_and_too_little_is_an_error():
    theirs, ours = model("Openpose", THEIRS, stages=2), model("Openpose", THEIRS, stages=3)
    found = transfer(ours, arrays(theirs), theirs)
    assert found.new
    assert all(name.startswith("stage3/") for name in found.new)
    check_share(found, "theirs")
    other = model("LightweightOpenpose", THEIRS)
    little = transfer(other, arrays(theirs), theirs)
    with pytest.raises(CheckpointError, match=r"only .*% of the model's arrays .*--partial"):
        check_share(little, "theirs")
    check_share(little, "theirs", partial=True)


def test_nothing_at_all_is_an_error_however_little_is_enough():
    theirs, ours = model("Openpose", THEIRS), model("Openpose", OURS)
    found = transfer(ours, {f"other/{name}": a for name, a in arrays(theirs).items()}, theirs)
    assert "of the keypoints none came along" in found.sentence("theirs", OURS, THEIRS)
    with pytest.raises(CheckpointError, match=r"only 0% of the model's arrays") as error:
        check_share(found, "theirs", partial=True)
    assert "--partial" not in str(error.value)


def test_without_the_other_model_only_equal_shapes_go_over():
    theirs, ours = model("Openpose", THEIRS), model("Openpose", OURS, seed=1)
    found = transfer(ours, arrays(theirs))
    assert "stage1/conf/4/filters" in found.new  # whose channels nobody knows
    said = found.sentence("theirs.npz", OURS, None)
    assert f"not say of which keypoints it is, so that the {len(found.new)} arrays" in said
    assert "backbone/layers/0/filters" in found.whole


def test_nothing_is_changed_by_numbers_that_are_not_finite():
    theirs, ours = model("Openpose", THEIRS), model("Openpose", OURS, seed=1)
    broken, before = arrays(theirs), arrays(ours)
    broken["neck/0/filters"] = np.full_like(broken["neck/0/filters"], np.nan)
    with pytest.raises(CheckpointError, match="neck/0/filters"):
        transfer(ours, broken, theirs)
    assert all((before[name] == array).all() for name, array in arrays(ours).items())
