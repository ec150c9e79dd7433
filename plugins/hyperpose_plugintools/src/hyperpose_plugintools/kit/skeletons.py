"""Checks of skeletons and converters: names that fit, and points that come back."""

from __future__ import annotations

import numpy as np

from hyperpose_core.build.known_skeletons import named_skeleton
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.converters import Converter, converter
from hyperpose_plugintools.kit.check import Subject, expect, shape_text
from hyperpose_plugintools.kit.people import standing

SIZE = (320, 240)


def is_known(subject: Subject) -> None:
    """It is a Skeleton, called as its spec says, and found by that name."""
    found = subject.load()
    expect(isinstance(found, Skeleton), "a hyperpose_core.Skeleton", type(found).__name__)
    name = subject.component.name
    expect(found.name == name, f"the name {name!r}, as the spec says", repr(found.name))


def mirrors(subject: Subject) -> None:
    """Each keypoint's mirror image has it for its own, and each limb's is a limb."""
    skeleton = subject.load()
    flip = skeleton.flip
    back = [flip[i] for i in flip]
    names = skeleton.keypoints
    expect(back == list(range(len(names))), "mirrored twice the same keypoints", back)
    limbs = {frozenset(limb) for limb in skeleton.limbs}
    turned = [limb for limb in limbs if frozenset(flip[i] for i in limb) not in limbs]
    lost = [" - ".join(names[i] for i in limb) for limb in turned]
    expect(not lost, "for each limb its mirror image", f"none for {', '.join(lost[:2])}")


def fits(subject: Subject) -> None:
    """People of one skeleton become as many of the other, nobody too."""
    for count in (0, 1, 3):
        source, to, convert = _ends(subject)
        result = convert(standing(count, source, SIZE))
        wanted = (count, len(to), 3)
        received = shape_text(result.shape)
        expect(result.shape == wanted, f"{shape_text(wanted)} of {count} people", received)


def absent_stays(subject: Subject) -> None:
    """Of somebody of whom nothing is annotated nothing is made, also where NaN stands."""
    source, _, convert = _ends(subject)
    for value in (0.0, np.nan):
        people = standing(1, source, SIZE)
        people[:] = (value, value, 0)
        result = convert(people)
        made = int((result[..., 2] > 0).sum())
        expect(made == 0, "no keypoint of somebody without any", f"{made}")
    holes = standing(1, source, SIZE)
    holes[0, ::2] = (np.nan, np.nan, 0)
    result = convert(holes)
    there = result[result[..., 2] > 0]
    expect(np.isfinite(there).all(), "finite places of what is there", there.tolist())


def comes_back(subject: Subject) -> None:
    """There, back and there is what there was: by the way back that the installed plugins have."""
    source, to, convert = _ends(subject)
    back = converter(to, source, subject.registry)
    there = convert(standing(2, source, SIZE))
    again = convert(back(there))
    both = (there[..., 2] > 0) & (again[..., 2] > 0)
    expect(both.any(), "a keypoint that comes back", "none")
    far = float(np.abs(there - again)[both][:, :2].max())
    expect(far < 0.5, "there, back and there the same places", f"one {far:.1f} pixels off")


def _ends(subject: Subject) -> tuple[Skeleton, Skeleton, Converter]:
    spec = subject.component
    source, to = (named_skeleton(name, subject.registry) for name in (spec.source, spec.to))
    function = subject.load()  # itself, whoever else converts between the two
    return source, to, lambda points: np.asarray(function(points), np.float32)


SKELETON = {
    "it is a skeleton of its name": is_known,
    "it can be mirrored": mirrors,
}
CONVERTER = {
    "it converts any number of people": fits,
    "what is absent stays absent": absent_stays,
    "what it converts comes back": comes_back,
}
