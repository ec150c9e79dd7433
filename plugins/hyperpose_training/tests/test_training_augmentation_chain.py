"""The chain of augmentations: what it was before it was one, its order, its seeds, its errors."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.config import Config, from_dict, not_restored, to_dict
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError, PluginError, UnknownComponentError
from hyperpose_core.registry import get_registry, make_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_training import affine
from hyperpose_training.feeding.augmentations import Augmentations
from hyperpose_training.feeding.example import example_maker
from hyperpose_training.feeding.pixels import FILL, warped
from hyperpose_training.feeding.source import Source

HANDS = Skeleton("hands", ("nose", "left_hand", "right_hand"), ((0, 1), (0, 2)))
SIZE = (112, 96)


class KeepAll:
    """A preprocessor whose targets are what it is given."""

    map_names = ()

    def encode(self, keypoints, boxes, mask):
        return {"keypoints": keypoints, "boxes": boxes, "mask": mask}


@pytest.fixture
def samples(tmp_path):
    rng = np.random.default_rng(0)
    made = []
    for number, (width, height) in enumerate([(150, 90), (80, 200), (300, 280), (64, 64)]):
        coarse = rng.integers(0, 256, (height // 8, width // 8, 3), np.uint8)
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))
        points = rng.uniform(0, [width, height], (2, 3, 2))
        keypoints = np.concatenate([points, rng.integers(0, 3, (2, 3, 1))], -1).astype(np.float32)
        boxes = rng.uniform(0, 60, (2, 4)).astype(np.float32)
        made.append(Sample(number, path, width, height, keypoints, boxes))
    return made


def configure(**data):
    config = Config()
    config.model.input_size, config.train.batch_size, config.train.seed = SIZE, 2, 3
    config.data = replace(config.data, **data)
    return config


def examples(samples, config, count=8, registry=None):
    chain = Augmentations.of(config.data, registry or get_registry())
    make = example_maker(Source(samples), KeepAll(), HANDS, config, chain)
    return [make(tf.constant(position, tf.int64)) for position in range(count)]


def assert_same(first, second):
    for a, b in zip(first, second, strict=True):
        for key in a:
            np.testing.assert_array_equal(a[key], b[key])


def written_out(samples, config, position):
    """Return an example as it was made when the three changes were written out in one function."""
    data, source = config.data, Source(samples)
    size = tf.constant(SIZE, tf.float32)
    seed = tf.stack([tf.constant(config.train.seed, tf.int64), tf.constant(position, tf.int64)])
    one = source[source.number(tf.constant(position, tf.int64), config.train.seed)]
    image = tf.io.decode_png(tf.io.read_file(one.path), channels=3)
    draw = tf.random.stateless_uniform([5], seed)
    signed = 2 * draw - 1
    low, high = data.scale
    scale = low * tf.exp(draw[0] * tf.math.log(high / low))
    mirrored = draw[4] < data.flip
    side = tf.where(mirrored, -1.0, 1.0)
    about_centre = affine.rotate(data.rotation * signed[1]) @ affine.stretch(side * scale, scale)
    image_size = tf.cast(tf.reverse(tf.shape(image)[:2], [0]), tf.float32)
    matrix = affine.about((size - 1) / 2, about_centre) @ affine.fit(image_size, size)
    matrix = affine.translate(data.shift * signed[2:4] * size) @ matrix
    image = warped(image.numpy(), matrix.numpy().astype(np.float64), SIZE, FILL)
    image = tf.cast(image, tf.float32) / 255.0
    if data.color:
        drawn = data.color * (2 * tf.random.stateless_uniform([3], seed + 1) - 1)
        saturation, contrast, brightness = tf.unstack(drawn)
        mixing = (1 + contrast) * ((1 + saturation) * tf.eye(3) - saturation / 3)
        image = tf.tensordot(image, mixing, 1) + 0.5 * (brightness - contrast)
        image = tf.clip_by_value(image, 0.0, 1.0)
    points = affine.move_points(matrix, one.keypoints[..., :2])
    keypoints = tf.concat([points, one.keypoints[..., 2:]], -1)
    keypoints = tf.gather(keypoints, tf.where(mirrored, HANDS.flip, (0, 1, 2)), axis=1)
    inside = tf.reduce_all((points > -0.5) & (points < size - 0.5), -1, keepdims=True)
    inside = tf.gather(inside, tf.where(mirrored, HANDS.flip, (0, 1, 2)), axis=1)
    keypoints = tf.concat([keypoints[..., :2], tf.where(inside, keypoints[..., 2:], 0.0)], -1)
    boxes = affine.move_boxes(matrix, one.boxes)
    return {"image": image, "keypoints": keypoints, "boxes": boxes}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"color": 0.0},
        {"rotation": 180.0, "scale": (0.3, 2.0), "shift": 0.5, "flip": 1.0, "color": 1.0},
    ],
)
def test_what_settings_say_is_what_it_was_to_the_bit(samples, data):
    config = configure(**data)
    for position, made in enumerate(examples(samples, config)):
        for key, expected in written_out(samples, config, position).items():
            np.testing.assert_array_equal(made[key], expected)


def test_the_numbers_are_those_that_were_drawn_before(samples):
    """Computed with the code that knew these changes alone: seed 3, position 0."""
    made = examples(samples, configure(), 1)[0]
    expected = [[67.8516, 32.8209, 1], [60.0479, 79.2988, 1], [42.8754, 55.9697, 1]]
    np.testing.assert_allclose(made["keypoints"][0], expected, atol=1e-2)
    mean = tf.reduce_mean(made["image"], (0, 1))
    np.testing.assert_allclose(mean, [0.52517, 0.53170, 0.52210], atol=1e-3)


STRANGERS = """
    from dataclasses import replace

    import tensorflow as tf
    from hyperpose_core import AugmentationSpec, hookimpl

    @hookimpl
    def hyperpose_register_augmentations():
        module = "hyperpose_theirs_plugin"
        for name in ("dark", "wrong", "crash", "nothing", "fewer", "away"):
            yield AugmentationSpec(name=name, target=f"{module}:{name}")
        yield AugmentationSpec(name="left", target=f"{module}:left", places=True)
        yield AugmentationSpec(name="flat", target=f"{module}:flat", places=True)

    def dark(placed, seed, by: float = 0.5):
        return replace(placed, image=placed.image * by)

    def left(placement, seed, pixels: int = 10):
        move = tf.constant([[1.0, 0.0, -pixels], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
        return move @ placement.matrix

    def flat(placement, seed):
        return placement.matrix[:2]

    def wrong(placed, seed):
        return replace(placed, image=placed.image[:-1])

    def crash(placed, seed):
        raise RuntimeError("they have\\nno idea")

    def nothing(placed, seed):
        return None

    def fewer(placed, seed):
        return replace(placed, keypoints=placed.keypoints[:1])

    def away(placed, seed):
        return replace(placed, keypoints=placed.keypoints + [200.0, 0.0, 0.0])
"""


@pytest.fixture
def theirs(install_plugin):
    install_plugin("theirs", STRANGERS)
    return make_registry()


def test_named_ones_come_after_those_of_the_settings_in_their_order(samples, theirs):
    plain = examples(samples, configure())
    dark = examples(samples, configure(augmentations=["dark", "dark(by=0.1)"]), registry=theirs)
    for a, b in zip(plain, dark, strict=True):
        np.testing.assert_allclose(b["image"], a["image"] * 0.05, atol=1e-6)
        np.testing.assert_array_equal(b["keypoints"], a["keypoints"])


def test_a_name_of_the_settings_own_comes_where_it_is_named(samples, theirs):
    """Full white after darkening by colour is not what darkening gives after colour."""
    dark, still = "dark(by=0.0)", {"rotation": 0.0, "flip": 0.0, "color": 1.0}
    last = examples(samples, configure(**still, augmentations=["color", dark]), registry=theirs)
    assert max(float(tf.reduce_max(e["image"])) for e in last) == 0
    first = examples(samples, configure(**still, augmentations=[dark, "color"]), registry=theirs)
    assert max(float(tf.reduce_max(e["image"])) for e in first) > 0.05
    none = configure(**still, augmentations=[dark, "training/Color(strength=0.0)"])
    assert max(float(tf.reduce_max(e["image"])) for e in examples(samples, none, 8, theirs)) == 0


def test_a_name_of_the_settings_own_comes_once(samples):
    """Mirrored twice, the picture would be as without."""
    still = {"rotation": 0.0, "scale": (0.5, 0.5), "shift": 0.0, "flip": 1.0, "color": 0.0}
    plain = examples(samples, configure(**still), 2)
    assert_same(plain, examples(samples, configure(**still, augmentations=["affine"]), 2))


def test_what_places_moves_picture_and_people_together(samples, theirs):
    still = {"rotation": 0.0, "scale": (0.5, 0.5), "shift": 0.0, "flip": 0.0, "color": 0.0}
    plain = examples(samples, configure(**still))
    moved = examples(samples, configure(**still, augmentations=["left(pixels=7)"]), registry=theirs)
    for a, b in zip(plain, moved, strict=True):
        np.testing.assert_allclose(b["image"][:, :-7], a["image"][:, 7:], atol=1 / 255)
        np.testing.assert_allclose(b["keypoints"][..., 0], a["keypoints"][..., 0] - 7, atol=1e-3)
        np.testing.assert_allclose(b["boxes"][..., 0], a["boxes"][..., 0] - 7, atol=1e-3)


def test_who_is_moved_out_of_the_picture_is_there_no_more(samples, theirs):
    made = examples(samples, configure(augmentations=["away"]), registry=theirs)
    assert any((e["keypoints"][..., 0] > 200).numpy().any() for e in made)
    assert all((e["keypoints"][..., 2] == 0).numpy().all() for e in made)


def test_seeds_differ_by_place_position_and_training_and_by_nothing_else(samples):
    seen = []

    def note(placed, seed):
        seen.append(tuple(seed.numpy()))
        return placed

    for data in ({}, {"augmentations": ["color"]}):
        examples(samples, configure(augmentation=note, **data), 3)
    other = configure(augmentation=note)
    other.train.seed = 4
    examples(samples, other, 3)
    assert len(set(seen)) == 9
    before = seen.copy()
    examples(samples, other, 3)
    assert seen[9:] == before[6:]


def test_ones_own_function_is_the_last_and_only_named_in_what_is_written(samples, theirs):
    def bright(placed, seed):
        return replace(placed, image=tf.ones_like(placed.image))

    config = configure(augmentations=["dark"], augmentation=bright)
    assert float(tf.reduce_min(examples(samples, config, 1, theirs)[0]["image"])) == 1
    written = to_dict(config)
    assert written["data"]["augmentations"] == ["dark"]
    assert "data.augmentation" in not_restored(written)
    assert from_dict(written).data.augmentation is None


def test_switched_off_nothing_is_applied(samples):
    off = configure(augment=False, augmentations=["no-such"], augmentation=lambda *_: None)
    assert_same(examples(samples, off), examples(samples, configure(augment=False)))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("wrong", r"image must be float32 of shape \(96, 112, 3\); it returned .*\(95, 112, 3\)"),
        ("crash", "RuntimeError: they have$"),
        ("nothing", "it promises an object, and gave None"),
        ("flat", r"the matrix must be float32 of shape \(3, 3\)"),
        ("fewer", "as many keypoints as boxes must be returned"),
    ],
)
def test_one_that_is_broken_is_named_with_its_plugin(samples, theirs, call, says):
    config = configure(augmentations=[call])
    with pytest.raises(PluginError, match=rf"augmentation '{call}' of plugin 'theirs'.*{says}"):
        examples(samples, config, 2, registry=theirs)


def test_ones_own_that_is_broken_is_named(samples):
    with pytest.raises(ConfigError, match="your augmentation <lambda> failed: ValueError: it ret"):
        examples(samples, configure(augmentation=lambda placed, seed: 1))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        ("dark(bye=1)", ConfigError, "takes no 'bye'; did you mean 'by'"),
        ("dark(by='x')", ConfigError, "by must be a number"),
        ("darc", UnknownComponentError, "did you mean 'dark'"),
        ("affine(scale=[2, 1])", ConfigError, "scale is"),
    ],
)
def test_wrong_names_and_arguments_are_refused(samples, theirs, call, error, says):
    with pytest.raises(error, match=says):
        examples(samples, configure(augmentations=[call]), registry=theirs)
