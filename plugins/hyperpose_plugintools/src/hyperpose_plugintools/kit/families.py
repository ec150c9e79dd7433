"""Checks of a family's functions: targets, people from them, and pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from hyperpose_core.data.humans import Human
from hyperpose_core.inference.views import View
from hyperpose_plugintools.kit.bench import Size, annotated
from hyperpose_plugintools.kit.check import Subject, UncheckedError, expect, shape_text
from hyperpose_plugintools.kit.family_bench import (
    people_of,
    postprocessor_of,
    preprocessor_of,
    size_of,
    skeleton_of,
    stride_of,
)
from hyperpose_plugintools.kit.people import Floats

RESERVED = ("image", "counter", "label")
"""Names that the pipeline gives to what it adds to the targets."""
NEAR = 1.0
"""Pixels, that a keypoint may be moved by encoding and decoding."""

Maps = list[NDArray[np.float32]]


def nobody_is_no_error(subject: Subject) -> None:
    """Targets have the same names, shapes and types, whoever is in the image."""
    many, none = (_encoded(subject, people_of(subject, n)) for n in (2, 0))
    expect(set(many) == set(none), f"the targets {', '.join(many)} of nobody", ", ".join(none))
    for name, value in many.items():
        same = value.shape == none[name].shape and value.dtype == none[name].dtype
        expect(same, f"{name} {shape_text(value.shape)} of nobody", shape_text(none[name].shape))
    _expect_finite(none, "where nobody is")


def absent_may_be_nan(subject: Subject) -> None:
    """Keypoints that are not annotated may hold anything, and change nothing."""
    people = people_of(subject, 2)
    people[0, ::2] = 0
    holes = people.copy()
    holes[0, ::2] = (np.nan, np.nan, 0)
    boxes = annotated(people, size_of(subject))[1]
    zeros, nans = (_encoded(subject, points, boxes=boxes) for points in (people, holes))
    _expect_finite(nans, "where absent keypoints are NaN")
    for name, value in zeros.items():
        same = np.array_equal(value, nans[name])
        expect(same, f"the same {name} where absent keypoints are NaN", "another")


def labels_are_told_apart(subject: Subject) -> None:
    """It takes `labelled`, and its targets stay finite where nothing is labelled."""
    people = people_of(subject, 2)
    none = tf.zeros([len(skeleton_of(subject))], tf.bool)
    _expect_finite(_encoded(subject, people, labelled=none), "where no keypoint is labelled")


def names_are_free(subject: Subject) -> None:
    """The names of the targets are not those of the pipeline."""
    targets = _encoded(subject, people_of(subject, 2))
    taken = sorted(set(RESERVED) & set(targets))
    expect(not taken, f"targets not called {', '.join(RESERVED)}", f"one called {taken}")


def can_be_traced(subject: Subject) -> None:
    """Inside `tf.data` it is a graph, for any number of people."""
    preprocessor, size = preprocessor_of(subject), size_of(subject)
    points = len(skeleton_of(subject))
    signature = [
        tf.TensorSpec([None, points, 3]),
        tf.TensorSpec([None, 4]),
        tf.TensorSpec([*size[::-1], 1]),
    ]
    traced = tf.function(preprocessor.encode, input_signature=signature)
    people = people_of(subject, 2)
    found = traced(*annotated(people, size))
    for name, value in _encoded(subject, people).items():
        near = np.allclose(value, found[name], atol=1e-4)
        expect(near, f"the same {name} traced as called", "another")
        rank = found[name].shape.rank
        expect(rank is not None, f"{name} of a known rank in a graph", "an unknown one")


def comes_back(subject: Subject) -> None:
    """People who are encoded and decoded are where they were, within a pixel."""
    people = people_of(subject, 2)
    _expect_people(subject, _decode(subject, _maps(subject, people)), people)


def nobody_comes_back(subject: Subject) -> None:
    """In the maps of an empty image nobody is found."""
    found = _decode(subject, _maps(subject, people_of(subject, 0)))
    expect(not found, "nobody in the maps of an empty image", f"{len(found)} people")


def mirrored_twice_is_same(subject: Subject) -> None:
    """`mirror` undoes itself."""
    maps = _maps(subject, people_of(subject, 2))
    mirror = _mirror(subject)
    for before, after in zip(maps, mirror(mirror(maps)), strict=True):
        far = float(np.abs(before - after).max())
        expect(far <= 1e-5, "the same maps after mirroring twice", f"maps {far:g} apart")


def mirror_gives_people(subject: Subject) -> None:
    """The maps of the mirrored image, turned back, give the people of the image."""
    people = people_of(subject, 2)
    width = size_of(subject)[0]
    turned = people[:, list(skeleton_of(subject).flip)].copy()
    turned[..., 0] = width - 1 - turned[..., 0]
    columns_back = [np.ascontiguousarray(m[:, ::-1]) for m in _maps(subject, turned)]
    _expect_people(subject, _decode(subject, _mirror(subject)(columns_back)), people)


def scales_give_people(subject: Subject) -> None:
    """The mean of the maps at two scales, in the cells of the first, gives the same people."""
    _mirror(subject)  # only where maps are averaged
    size, stride, people = size_of(subject), stride_of(subject), people_of(subject, 2)
    first, larger = (
        View.within(size, (factor * size[0], factor * size[1]), stride, "box", False)
        for factor in (1, 2)
    )
    doubled = people.copy()
    doubled[..., :2] = 2 * people[..., :2] + 0.5  # between centres of pixels
    cells = (size[0] // stride, size[1] // stride)
    pairs = zip(_maps(subject, people), _maps(subject, doubled, larger.padded), strict=True)
    half = np.float32(0.5)
    means = [half * (one + larger.resample(m, first, stride, cells)) for one, m in pairs]
    _expect_people(subject, _decode(subject, means), people, 2 * NEAR)


def humans_are_finite(subject: Subject) -> None:
    """Whatever the maps say, people have finite places and scores."""
    rng = np.random.default_rng(0)
    for scale in (0.0, 0.3, 3.0):
        noise = [
            rng.normal(0, scale, m.shape).astype(np.float32)
            for m in _maps(subject, people_of(subject, 1))
        ]
        for human in _decode(subject, noise):
            shape = (len(skeleton_of(subject)), 3)
            received = shape_text(human.keypoints.shape)
            expect(human.keypoints.shape == shape, f"keypoints {shape_text(shape)}", received)
            finite = np.isfinite(human.keypoints).all() and np.isfinite(human.score)
            expect(finite, "finite keypoints and scores from noise", human.keypoints.tolist())


def pictures_are_uint8(subject: Subject) -> None:
    """A picture is uint8 RGB, and the image is left as it is."""
    width, height = size_of(subject)
    image = np.full((height, width, 3), 100, np.uint8)
    picture = subject.load()(image, _maps(subject, people_of(subject, 2)), skeleton_of(subject))
    expect(isinstance(picture, np.ndarray), "an array", type(picture).__name__)
    fits = picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
    expect(fits, "uint8 [h, w, 3]", f"{picture.dtype} {shape_text(picture.shape)}")
    expect((image == 100).all(), "the image to stay as it is", "another")


def panels_are_of_the_images_size(subject: Subject) -> None:
    """Panels, where there are any, are uint8 RGB and as large as the image."""
    width, height = size_of(subject)
    image = np.full((height, width, 3), 100, np.uint8)
    maps, skeleton = _maps(subject, people_of(subject, 2)), skeleton_of(subject)
    own: Any = getattr(subject.load(), "panels", None)
    for parts in (False, True) if callable(own) else ():
        for title, panel in own(image, maps, skeleton, parts).items():
            received = f"{panel.dtype} {shape_text(panel.shape)}"
            fits = panel.dtype == np.uint8 and panel.shape == image.shape
            expect(fits, f"{title!r} to be uint8 {shape_text(image.shape)}", received)
    expect((image == 100).all(), "the image to stay as it is", "another")


def _expect_people(
    subject: Subject, found: list[Human], people: Floats, near: float = NEAR
) -> None:
    expect(len(found) == len(people), f"{len(people)} people", len(found))
    own = getattr(preprocessor_of(subject), "own_keypoints", ())
    kept = [i for i, name in enumerate(skeleton_of(subject).keypoints) if name not in own]
    for points in people:
        far = min(_farthest(human, points, kept) for human in found)
        expect(far <= near, f"each keypoint within {near:g} pixel", f"one {far:.1f} pixels off")


def _farthest(human: Human, points: Floats, kept: list[int]) -> float:
    if not (human.keypoints[kept, 2] > 0).all():
        return float("inf")
    return float(np.linalg.norm(human.keypoints[kept, :2] - points[kept, :2], axis=-1).max())


def _expect_finite(targets: dict[str, NDArray[Any]], where: str) -> None:
    for name, value in targets.items():
        expect(np.isfinite(value.astype(np.float64)).all(), f"a finite {name} {where}", "NaN")


def _encoded(
    subject: Subject,
    people: Floats,
    labelled: tf.Tensor | None = None,
    boxes: tf.Tensor | None = None,
    size: Size | None = None,
) -> dict[str, NDArray[Any]]:
    keypoints, around, mask = annotated(people, size or size_of(subject))
    given = (keypoints, around if boxes is None else boxes, mask)
    encode = preprocessor_of(subject, size).encode
    targets = encode(*given, *(() if labelled is None else (labelled,)))
    return {name: np.asarray(value) for name, value in targets.items()}


def _maps(subject: Subject, people: Floats, size: Size | None = None) -> Maps:
    """Return the targets as a perfect model's maps."""
    targets = _encoded(subject, people, size=size)
    names = preprocessor_of(subject).map_names
    if lacking := [name for name in names if name not in targets]:
        raise UncheckedError(f"the family's maps are not made by encode: {', '.join(lacking)}")
    return [np.asarray(targets[name], np.float32) for name in names]


def _decode(subject: Subject, maps: Maps) -> list[Human]:
    found = postprocessor_of(subject)(maps)
    expect(isinstance(found, list), "a list of people", type(found).__name__)
    for human in found:
        expect(isinstance(human, Human), "a list of Human", type(human).__name__)
    return found


def _mirror(subject: Subject) -> Any:
    mirror = getattr(postprocessor_of(subject), "mirror", None)
    if mirror is None:
        raise UncheckedError("the postprocessor has no `mirror`: its maps are not averaged")
    return mirror


PREPROCESSOR = {
    "nobody in the image is no error": nobody_is_no_error,
    "absent keypoints may be NaN": absent_may_be_nan,
    "unlabelled keypoints are told apart": labels_are_told_apart,
    "its targets have names that are free": names_are_free,
    "it can be traced": can_be_traced,
}
POSTPROCESSOR = {
    "who is encoded comes back": comes_back,
    "nobody comes back as nobody": nobody_comes_back,
    "mirrored twice is the same": mirrored_twice_is_same,
    "mirrored maps give the same people": mirror_gives_people,
    "maps of two scales give the same people": scales_give_people,
    "its people are finite": humans_are_finite,
}
VISUALIZER = {
    "its pictures are uint8": pictures_are_uint8,
    "its panels are of the image's size": panels_are_of_the_images_size,
}
