"""Classes of one's own for the four functions, as in 2021: they are the ones that run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import settings

from hyperpose import Config, Dataset, Model
from hyperpose_core.config import parse_option
from hyperpose_core.errors import ConfigError


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(autouse=True)
def tiny(pictures, tmp_path):
    Config.reset()
    more = (f"log.save_dir={tmp_path}", "train.steps=2", "train.vis_interval=1", "log.quiet=true")
    for text in settings(pictures, *more):
        Config.set_option(*parse_option(text))
    Config.set_model_type("LightweightOpenpose")
    Config.set_model_backbone("Vggtiny")
    yield
    Config.reset()


def trained(name):
    """Train, and return the result with the losses of each step."""
    Config.set_model_name(name)
    config = Config.get_config()
    model, dataset = Model.get_model(config), Dataset.get_dataset(config)
    result = Model.get_train(config)(model, dataset)
    lines = map(json.loads, result.run.metrics.read_text().splitlines())
    return result, model, dataset, [line["loss"] for line in lines if line["kind"] == "train"]


class Augmentor:
    """Leaves everything as it is, but for a black corner."""

    def __init__(self, hin, win, flip_list=None, **_):
        self.size = (hin, win)

    def process(self, image, annos, mask, bbxs):
        assert image.shape == (*self.size, 3)
        assert mask.shape == self.size
        assert len(annos) == len(bbxs)
        Seen.images.append(image.copy())
        image[:4, :4] = 0
        return image, annos, mask, bbxs


class Seen:
    images, encoded, found, drawn = [], [], [], []


class Preprocessor:
    def __init__(self, parts, limbs, hin, win, hout, wout, colors, data_format):
        self.parts, self.limbs, self.size = parts, limbs, (hout, wout)

    def process(self, annos, mask, bbxs):
        Seen.encoded.append((np.shape(annos), mask.shape, len(bbxs)))
        return {
            "conf_map": np.ones((len(self.parts), *self.size)),
            "paf_map": np.zeros((2 * len(self.limbs), *self.size)),
        }


class Part:
    def __init__(self, x, y, score):
        self.x, self.y, self.score = x, y, score


class Person:
    """As a class of 2021 makes it."""

    score, body_parts = 0.75, {0: Part(10.0, 20.0, 0.5), 2: Part(30.0, 40.0, 0.5)}


class Postprocessor(Model.BasicPostProcessor):
    def process(self, predict_x):
        Seen.found.append({name: array.shape for name, array in predict_x.items()})
        return [[Person()]]


class Visualizer(Model.BasicVisualizer):
    def visualize(self, image_batch, predict_x, mask_batch=None, humans_list=None, name="vis"):
        Seen.drawn.append(sorted(predict_x))
        self.visualize_result(np.full((5, 7, 3), 0.5), [], name)


def test_all_four_are_used_in_training_and_evaluation(tmp_path):
    import cv2

    Config.set_custom_augmentor(Augmentor)
    Config.set_custom_preprocessor(Preprocessor)
    Config.set_custom_postprocessor(Postprocessor)
    Config.set_custom_visualizer(Visualizer)
    for kind in (Seen.images, Seen.encoded, Seen.found, Seen.drawn):
        kind.clear()
    config = Config.get_config()
    got = [getattr(Model, f"get_{kind}")(config) for kind in ("augmentor", "preprocessor")]
    got += [getattr(Model, f"get_{kind}")(config) for kind in ("postprocessor", "visualizer")]
    assert got == [Augmentor, Preprocessor, Postprocessor, Visualizer]
    result, model, dataset, losses = trained("own")
    assert len(Seen.images) > 4
    assert np.isfinite(losses).all()
    people, mask, boxes = Seen.encoded[-1]
    assert (people[1:], mask) == ((18, 2), (1, 64, 64))
    assert people[0] == boxes > 0
    pictures = list(result.run.pictures("train").glob("*.png"))
    assert any(cv2.imread(str(path)).shape[1] == 14 for path in pictures)
    assert ["conf_map", "paf_map"] in Seen.drawn

    scored = Model.get_eval(Config.get_config())(model, dataset)
    assert scored.images == 2
    assert Seen.found[-1] == {"conf_map": (1, 19, 8, 8), "paf_map": (1, 38, 8, 8)}
    [one, two] = json.loads(result.run.results.read_text())
    assert one["score"] == two["score"] == 0.75
    # The nose lies in the 64x64 input at (10, 20); the image is 96x96.
    assert one["keypoints"][:2] == pytest.approx([10.5 * 1.5 - 0.5, 20.5 * 1.5 - 0.5])


def test_a_preprocessor_that_does_as_ours_trains_as_ours():
    *_, expected = trained("ours")
    own = Model.get_preprocessor(Config.get_config())

    class Same(own):
        pass

    Config.set_custom_preprocessor(Same)
    *_, losses = trained("same")
    assert losses == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_an_augmentor_that_does_nothing_trains_as_without_augmentation():
    Config.set_option("data.augment", False)
    *_, expected = trained("plain")

    class Nothing(Augmentor):
        def process(self, *given):
            return given

    Config.set_option("data.augment", True)
    Config.set_custom_augmentor(Nothing)
    *_, losses = trained("nothing")
    assert losses == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_an_augmentors_random_numbers_are_those_of_the_image():
    Config.set_custom_augmentor(Model.BasicAugmentor)
    np.random.seed(1)
    before = np.random.get_state()[1].tolist()
    *_, first = trained("first")
    assert np.random.get_state()[1].tolist() == before
    np.random.seed(2)
    *_, again = trained("again")
    assert first == again


def test_what_does_not_fit_is_said_before_training():
    class Small(Augmentor):
        def process(self, image, annos, mask, bbxs):
            return image[:32], annos, mask, bbxs

    class Broken(Preprocessor):
        def process(self, annos, mask, bbxs):
            raise ValueError("no maps today")

    class Few(Preprocessor):
        def process(self, annos, mask, bbxs):
            return {"conf_map": np.ones((19, 8, 8))}

    class Wide(Preprocessor):
        def process(self, annos, mask, bbxs):
            return {"conf_map": np.ones((19, 9, 8)), "paf_map": np.ones((38, 8, 8))}

    Config.set_custom_augmentor(Small)
    with pytest.raises(ConfigError, match=r"Small returned an image \[32, 64, 3\]"):
        Model.get_train(Config.get_config())
    Config.set_custom_augmentor(None)
    for own, words in (
        (Broken, "your preprocessor Broken failed: ValueError: no maps today"),
        (Few, "Few.process returned 1 maps, conf_map: the model learns from 2, conf_map, paf_map"),
        (Wide, r"conf_map of shape \[19, 9, 8\]: the model learns from \[19, 8, 8\]"),
    ):
        Config.set_custom_preprocessor(own)
        with pytest.raises(ConfigError, match=words):
            Model.get_train(Config.get_config())
    with pytest.raises(ConfigError, match="set_custom_visualizer takes a class"):
        Config.set_custom_visualizer("draw")


def test_an_augmentor_that_fails_on_an_image_ends_the_training_by_name():
    """Images that cannot be read are left out; these can."""

    class Sometimes(Augmentor):
        def process(self, image, annos, mask, bbxs):
            if np.ptp(image) > 0:
                raise ValueError("too colourful")
            return image, annos, mask, bbxs

    Config.set_custom_augmentor(Sometimes)
    with pytest.raises(ConfigError, match="your augmentor Sometimes failed: ValueError: too col"):
        trained("sometimes")


@pytest.mark.parametrize("seed", range(5))
def test_people_and_masks_follow_the_picture_of_the_basic_augmentor(seed):
    image = np.zeros((80, 120, 3), np.float32)
    image[30:33, 50:53] = [1.0, 0.0, 0.0]
    image[50:53, 70:73] = [0.0, 1.0, 0.0]
    mask = np.ones((80, 120))
    mask[28:35, 48:55] = 0
    np.random.seed(seed)
    augmentor = Model.BasicAugmentor(128, 160, -40, 40, 0.9, 1.0, flip_list=[1, 0])
    people = [[[51.0, 31.0], [71.0, 51.0]], [[-1000.0, -1000.0], [51.0, 31.0]]]
    boxes = np.array([[50.0, 30.0, 2.0, 2.0], [70.0, 50.0, 2.0, 2.0]])
    varied, moved, mask, boxes = augmentor.process(image, people, mask, boxes)
    assert varied.shape == (128, 160, 3)
    assert mask.shape == (128, 160)
    (red, green), (absent, alone) = moved
    mirrored = varied[tuple(np.rint(red).astype(int)[::-1])][0] < 0.3
    if mirrored:  # the names change places, the points do not
        (green, red), (alone, absent) = moved
    for point, channel in ((red, 0), (green, 1)):
        colour = varied[tuple(np.rint(point).astype(int)[::-1])]
        assert colour[channel] > 0.7
        assert colour.sum() < 1.2
    assert mask[tuple(np.rint(red).astype(int)[::-1])] < 0.3
    np.testing.assert_allclose(alone, red)
    assert (absent < 0).all()
    for (x, y, width, height), point in zip(boxes, (red, green), strict=True):
        assert (x + width / 2, y + height / 2) == pytest.approx(tuple(point), abs=1e-3)
