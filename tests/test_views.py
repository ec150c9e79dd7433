"""Views: points come back to the image, and maps of one view fit those of another."""

import cv2
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from hyperpose_coco.skeleton import COCO
from hyperpose_core.inference.views import View
from hyperpose_openpose.postprocess import Postprocessor
from hyperpose_openpose.preprocess import Preprocessor
from hyperpose_openpose.skeletons import COCO as PARTS
from hyperpose_training import affine
from hyperpose_training.feeding.pixels import FILL, warped

SIZES = st.tuples(st.integers(20, 900), st.integers(20, 900))


@given(
    size=SIZES,
    box=st.sampled_from([(368, 368), (160, 128), (656, 368)]),
    fit=st.sampled_from(["box", "height"]),
    mirrored=st.booleans(),
)
def test_the_image_fills_the_input(size, box, fit, mirrored):
    """The image is centred, whole, and as large as fits; to its height where that is asked for.

    Except a panorama: what is wider than eight heights is fitted into those.
    """
    view = View.within(size, box, 8, fit, mirrored)
    last = np.array(view.padded) - 1
    first, second = view.to_image(np.array([[0, 0], last], np.float32))
    if mirrored:
        first[0], second[0] = second[0], first[0]
    np.testing.assert_allclose(first + second, np.array(size) - 1, atol=0.02)
    shown = (second - first + 1 / view.scale) / size
    assert (shown >= 1 - 1e-3).all()
    if fit == "height":
        wide = size[0] > 8 * size[1]
        assert shown[0 if wide else 1] == pytest.approx(1, abs=0.05 if wide else 1e-3)
        assert view.padded[0] <= 8 * box[1]
        assert view.padded[0] % 8 == 0
        assert view.padded[0] - size[0] * view.scale < 8
    else:
        assert view.padded == box
        assert shown.min() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("size", [(200, 100), (640, 480), (100, 90)])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("fit", ["box", "height"])
def test_inference_sees_what_training_sees(size, mirrored, fit):
    """The pixels of a view are those of the training's warp without augmentation.

    With `height` a view may be wider or narrower than the input: its middle is compared.
    """
    rng = np.random.default_rng(0)
    small = rng.integers(0, 255, (12, 16, 3), np.uint8)
    image = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    view = View.within(size, (160, 128), 8, fit, mirrored)
    matrix = affine.fit(tf.constant(size, tf.float32), tf.constant([160.0, 128.0]), fit)
    if mirrored:
        turn = affine.about(tf.constant([79.5, 63.5]), affine.stretch(-1.0, 1.0))
        matrix = turn @ matrix
    trained = warped(image, matrix.numpy().astype(np.float64), (160, 128), FILL)
    shown, width = 255 * view.apply(image), min(160, view.padded[0])
    middles = [m[:, (m.shape[1] - width) // 2 :][:, :width] for m in (trained, shown)]
    difference = np.abs(middles[0] - middles[1])
    assert difference.mean() < 0.5
    assert (difference > 4).mean() < 0.03  # the rim, where one interpolates with what is outside


def test_the_pixels_are_where_the_points_say():
    image = np.full((100, 200, 3), 114, np.uint8)
    image[28:33, 148:153] = 255
    for mirrored in (False, True):
        view = View.within((200, 100), (160, 128), 8, "box", mirrored)
        bright = view.apply(image)[..., 0] - 114 / 255
        rows, columns = np.mgrid[: bright.shape[0], : bright.shape[1]]
        centre = np.array([(bright * columns).sum(), (bright * rows).sum()]) / bright.sum()
        np.testing.assert_allclose(view.to_image(centre), [150, 30], atol=0.3)


def people():
    x = np.linspace(60, 250, 17)
    y = 90 + 60 * np.sin(np.arange(17))
    keypoints = np.stack([x, y, np.full(17, 2.0)], -1)
    from hyperpose_core.skeletons.converters import convert

    return convert(keypoints[np.newaxis].astype(np.float32), COCO, PARTS)


def maps_in(view, keypoints):
    """Encode people as a network that sees this view would show them."""
    seen = keypoints.copy()
    back = view.to_image(np.array([[0.0, 0.0], [1.0, 1.0]], np.float32))
    seen[..., :2] = (keypoints[..., :2] - back[0]) / (back[1] - back[0])
    if view.mirrored:
        seen = seen[:, list(PARTS.flip)]
    encoder = Preprocessor(skeleton=PARTS, input_size=view.padded, stride=8, options={})
    mask = tf.ones((view.padded[1], view.padded[0], 1))
    targets = encoder.encode(tf.constant(seen, tf.float32), tf.zeros((1, 4)), mask)
    return [targets[name].numpy() for name in encoder.map_names]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_people_seen_in_another_view_are_found_in_this_one(mirrored, scale):
    """Decoding the other view's maps, brought to this view's cells, finds the same people."""
    decoder = Postprocessor(skeleton=PARTS, stride=8, options={})
    size = (320, 240)
    this = View.within(size, (320, 240), 8, "box", False)
    box = (int(320 * scale) // 8 * 8, int(240 * scale) // 8 * 8)
    other = View.within(size, box, 8, "box", mirrored)
    keypoints = people()
    moved = [other.resample(m, this, 8, (40, 30)) for m in maps_in(other, keypoints)]
    humans = decoder(decoder.mirror(moved) if mirrored else moved)
    assert len(humans) == 1
    there = keypoints[0, :, 2] > 0
    found = this.to_image(humans[0].keypoints[:, :2])
    np.testing.assert_allclose(found[there], keypoints[0, there, :2], atol=2.0)
    assert humans[0].found[there].all()
