"""A user's own dataset: only the tutorial's methods, and what becomes of them."""

import os
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest

from hyperpose_coco import masks
from hyperpose_coco.skeleton import COCO
from hyperpose_coco.userdef.dataset import UserDataset
from hyperpose_core.build.dataset import open_dataset
from hyperpose_core.config import Config
from hyperpose_core.data.humans import Human
from hyperpose_core.data.image_size import image_size
from hyperpose_core.data.masks import decode
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_mpii.skeleton import MPII

STICK = Skeleton("stick", ("top", "middle", "end"), limbs=((0, 1), (1, 2)))


def adapt(given, settings):
    settings.data.userdef_dataset = given
    return open_dataset(settings, get_registry())


@pytest.fixture
def images(tmp_path) -> list[str]:
    paths = [tmp_path / name for name in ("a.jpg", "b.png", "c.jpg")]
    for path in paths:
        cv2.imwrite(str(path), np.zeros((40, 60, 3), np.uint8))
    return [str(path) for path in paths]


class Tutorial:
    """A dataset with only the methods of the tutorial, without TensorFlow."""

    def __init__(self, train, evaluation=()):
        self.train, self.evaluation = train, evaluation

    def get_train_dataset(self):
        return [(path.encode(), pickle.dumps(target)) for path, target in self.train]

    def get_eval_dataset(self):
        return self.evaluation


def target(*people, bbx=None, mask=None):
    return {"kpt": list(people), "bbx": bbx, "mask": mask}


def config(skeleton=STICK) -> Config:
    made = Config()
    made.model.skeleton = skeleton
    return made


def person(shift=0.0):
    return [[10 + shift, 5], [12 + shift, 15], [10 + shift, 30]]


def test_the_tutorials_class_with_tensorflow_datasets(images):
    import tensorflow as tf

    class MyDataset:
        def __init__(self, config):
            self.config = config

        def get_train_dataset(self):
            def elements():
                for path in images:
                    yield path.encode(), pickle.dumps(target(person(), person(20)))

            return tf.data.Dataset.from_generator(elements, output_types=(tf.string, tf.string))

        def get_eval_dataset(self):
            return tf.data.Dataset.from_tensor_slices((images, [7, 8, 9]))

        def get_input_kpt_cvter(self):
            return lambda kpt: kpt[::-1]

        def get_output_kpt_cvter(self):
            return lambda kpt: [v for x, y in kpt for v in (x, y, 1.0)]

    data = adapt(MyDataset, config())
    assert data.inner.config.model.skeleton == STICK
    assert data.skeleton == STICK
    sample = data.train_samples()[2]
    assert (sample.path, sample.width, sample.height) == (Path(images[2]), 60, 40)
    np.testing.assert_array_equal(sample.keypoints[0], [[10, 30, 2], [12, 15, 2], [10, 5, 2]])
    assert sample.boxes[1].tolist() == [30, 5, 2, 25]
    assert [s.image_id for s in data.eval_samples()] == [7, 8, 9]
    found = {s.image_id: [Human(k, 1.0, STICK) for k in s.keypoints] for s in data.eval_samples()}
    assert data.evaluate(found)["AP"] == pytest.approx(1.0)
    assert data.evaluate({7: found[7]})["AR"] == pytest.approx(1 / 3)
    assert data.evaluate({7: found[7]}, image_ids=[7])["AR"] == pytest.approx(1.0)
    assert data.to_results(found)[0]["keypoints"] == [10, 30, 1, 12, 15, 1, 10, 5, 1]


def test_missing_points_are_negative_or_have_visibility_zero(images):
    people = [
        [[-1000, -1000], [12, 15], [0, 0]],
        [[1, 2, 0], [3, 4, 1], [5, -6, 2]],
        np.array([1, 2, 2, 3, 4, 2, 0, 0, 0]),
        [[-1, -1]] * 3,
    ]
    data = adapt(Tutorial([(images[0], target(*people))]), config())
    (sample,) = data.train_samples()
    assert sample.keypoints[:, :, 2].tolist() == [[0, 2, 2], [0, 1, 0], [2, 2, 0]]
    assert not sample.keypoints[sample.keypoints[..., 2] == 0].any()


def test_the_background_point_of_2021_is_dropped(images):
    people = [[*person(), [-1000, -1000]]]
    data = adapt(Tutorial([(images[0], target(*people)), (images[1], target())]), config())
    assert data.skeleton == STICK
    assert [s.keypoints.shape for s in data.train_samples()] == [(1, 3, 3), (0, 3, 3)]


@pytest.mark.parametrize(("count", "expected"), [(3, STICK), (17, COCO), (16, MPII)])
def test_the_skeleton_is_the_first_that_fits(images, count, expected):
    data = adapt(Tutorial([(images[0], target([[1, 2]] * count))]), config())
    assert data.skeleton == expected


def test_the_datasets_own_skeleton_comes_first(images):
    mine = Tutorial([(images[0], target(person()))])
    mine.skeleton = Skeleton("mine", ("a", "b", "c"))
    assert adapt(mine, config()).skeleton == mine.skeleton


def test_a_skeleton_that_nobody_knows_is_asked_for(images):
    data = adapt(Tutorial([(images[0], target([[1, 2]] * 5))]), config())
    with pytest.raises(DataError, match=r"5 keypoints.*'stick' has 3.*model\.skeleton"):
        data.train_samples()


@pytest.mark.parametrize(
    "mask",
    [
        [[3, 2, 7, 2, 7, 5, 3, 5]],
        [3, 2, 7, 2, 7, 5, 3, 5],
        [[[3, 2, 7, 2, 7, 5, 3, 5]], [[3, 2, 5, 2, 5, 5, 3, 5]]],
        masks.box_region((3, 2, 4, 3), 60, 40),
        [masks.box_region((3, 2, 4, 3), 60, 40), masks.box_region((3, 2, 1, 1), 60, 40)],
    ],
)
def test_every_form_of_mask(images, mask):
    data = adapt(Tutorial([(images[0], target(person(), mask=mask))]), config())
    expected = np.full((40, 60), 255)
    expected[2:5, 3:7] = 0
    np.testing.assert_array_equal(decode(data.train_samples()[0].mask, 60, 40), expected)


@pytest.mark.parametrize("mask", [None, [], [[]], [None]])
def test_no_mask(images, mask):
    data = adapt(Tutorial([(images[0], target(person(), mask=mask))]), config())
    assert data.train_samples()[0].mask is None


def test_boxes_are_taken_as_given(images):
    data = adapt(Tutorial([(images[0], target(person(), bbx=[[1, 2, 3, 4]]))]), config())
    assert data.train_samples()[0].boxes.tolist() == [[1, 2, 3, 4]]


def test_only_known_evaluation_images_are_scored(images):
    mine = Tutorial([(images[0], target(person()))], [(images[0], "first"), (images[1], b"other")])
    data = adapt(mine, config())
    samples = data.eval_samples()
    assert [(s.image_id, len(s.keypoints)) for s in samples] == [("first", 1), ("other", 0)]
    found = {"first": [Human(samples[0].keypoints[0], 1.0, STICK)], "other": []}
    assert data.evaluate(found)["AP"] == pytest.approx(1.0)
    assert data.evaluate(found, image_ids=["other"]) == {}
    mine.train = [(images[2], target(person()))]
    assert adapt(mine, config()).evaluate(found) == {}


def test_the_datasets_own_scores_come_first(images):
    mine = Tutorial([(images[0], target(person()))])
    mine.official_eval = lambda results, folder: {"PCK": len(results)}
    human = Human(np.ones((3, 3), np.float32), 0.5, STICK)
    assert adapt(mine, config()).evaluate({1: [human]}) == {"PCK": 1.0}
    mine.evaluate = lambda humans: {"mine": 3}
    assert adapt(mine, config()).evaluate({1: [human]}) == {"mine": 3.0}


def test_points_that_were_not_found_reach_the_output_converter_as_negative(images):
    mine = Tutorial([(images[0], target(person()))])
    mine.get_output_kpt_cvter = lambda: lambda kpt: np.ravel(kpt)
    human = Human(np.array([[1, 2, 0.5], [3, 4, 0], [5, 6, 1]], np.float32), 0.5, STICK)
    (result,) = adapt(mine, config()).to_results({4: [human]})
    assert result == {
        "image_id": 4,
        "category_id": 1,
        "keypoints": [1.0, 2.0, -1000.0, -1000.0, 5.0, 6.0],
        "score": 0.5,
    }


def test_what_fulfils_the_contract_passes_unchanged(images):
    whole = UserDataset(Tutorial([(images[0], target(person()))]), config())
    assert adapt(whole, config()) is whole


def test_a_class_without_arguments_and_a_function_are_called(images):
    class Mine(Tutorial):
        def __init__(self):
            super().__init__([(images[0], target(person()))])

    assert isinstance(adapt(Mine, config()).inner, Mine)
    assert isinstance(adapt(lambda _: Mine(), config()).inner, Mine)


def test_an_error_of_the_users_class_is_the_users(images):
    class Mine:
        def __init__(self, config):
            raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        adapt(Mine, config())


def test_lacking_methods_are_named():
    with pytest.raises(ConfigError, match="no get_train_dataset and no get_eval_dataset"):
        adapt(lambda _: object(), config())


class Evil:
    """Pickled as a call of os.system."""

    def __reduce__(self):
        return os.system, ("exit 1",)


@pytest.mark.parametrize(
    ("element", "message"),
    [
        (("{}", pickle.dumps({"kpt": Evil()})), r"element 0.*a\.jpg.*contains .*system"),
        (("{}", b"no pickle"), "element 0.*unpickled"),
        (("{}", {"bbx": None}), "'kpt'"),
        (("{}", {"kpt": [[1, 2, 3, 4]]}), "shape"),
        (("{}", {"kpt": [[[1, float("nan")]]]}), "finite"),
        (("{}", {"kpt": [["a"]]}), "kpt"),
        (("{}", {"kpt": [[[1, 2]], [[1, 2], [3, 4]]]}), "different numbers"),
        (("{}", {"kpt": [[[1, 2]] * 3], "bbx": [[1, 2]]}), "bbx"),
        (("{}", {"kpt": [[[1, 2]] * 3], "mask": 5}), r"mask.*a\.jpg"),
        ((5, {"kpt": []}), "path"),
        (("{}",), "pair"),
        (("/nowhere/x.jpg", {"kpt": [[[1, 2]] * 3]}), "1 of the images.*nowhere"),
    ],
)
def test_a_bad_element_is_named(images, element, message):
    if element[0] == "{}":
        element = (images[0], *element[1:])

    class Mine(Tutorial):
        def get_train_dataset(self):
            return [element]

    with pytest.raises(DataError, match=message):
        adapt(Mine([]), config()).train_samples()


def test_an_endless_dataset_and_repeated_ids_are_refused(images):
    import tensorflow as tf

    mine = Tutorial([(images[0], target(person()))], [(images[0], 1), (images[1], 1)])
    with pytest.raises(DataError, match="id 1 twice"):
        adapt(mine, config()).eval_samples()
    mine.evaluation = tf.data.Dataset.from_tensors((images[0], 1)).repeat()
    with pytest.raises(DataError, match="never ends"):
        adapt(mine, config()).eval_samples()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp"])
def test_the_size_of_an_image_is_read_from_its_file(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    cv2.imwrite(str(path), np.zeros((33, 57, 3), np.uint8))
    assert image_size(path) == (57, 33)


def test_the_size_of_real_jpegs_is_the_annotated_one(shared_data):
    from hyperpose_coco.form.annotations import read_annotations

    folder = shared_data / "coco"
    file = folder / "annotations" / "person_keypoints_val2017.json"
    for image in read_annotations(file, 17).images:
        size = image_size(folder / "val2017" / image["file_name"])
        assert size == (image["width"], image["height"])


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\x00", b"text" * 20])
def test_what_is_no_image_is_named(tmp_path, data):
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"a\.jpg"):
        image_size(path)
