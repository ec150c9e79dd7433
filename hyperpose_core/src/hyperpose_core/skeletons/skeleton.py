"""Skeletons: keypoint names, limbs, flip pairs, colours and OKS sigmas as pure data."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hyperpose_core.errors import ConfigError

_SIDES = (("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"), ("l", "r"), ("L", "R"))
_OTHER_SIDE = {a: b for pair in _SIDES for a, b in (pair, pair[::-1])}
_SIDE = re.compile(
    r"(?<![^\W_])(?:left|right|l|r|LEFT|RIGHT)(?![^\W_A-Z])"  # l_eye, leftEye
    r"|(?<![^\W_a-z])(?:Left|Right|L|R)(?![^\W_A-Z])"  # Left Eye, LeftEye, eyeLeft, eyeL
)
"""A side as a word of its own: no letter or digit next to it, but where a capital begins a word."""


@dataclass(frozen=True)
class Skeleton:
    """A set of named keypoints and the limbs between them.

    Args:
        name: unique; converters and models refer to it (`"coco"`, `"openpose-coco"`).
        keypoints: K names in order, in the words of COCO (`"left_shoulder"`). The same name in
            two skeletons is the same point of the body.
        limbs: pairs of indices into `keypoints`, in the order of the part affinity fields.
        sigmas: K standard deviations of the OKS metric, in units of the square root of the
            person's area, or empty where nobody has measured them.
        derived: keypoint name to the names whose mean it is, for points that other skeletons
            lack (`{"neck": ("left_shoulder", "right_shoulder")}`).
        flip_pairs: pairs of names that change places in a mirrored image. Those whose names differ
            in left and right alone do so anyway.

    Raises:
        ConfigError: there is no keypoint, a name is repeated, or a limb, sigma, derived point or
            pair does not fit.
    """

    name: str
    keypoints: tuple[str, ...]
    limbs: tuple[tuple[int, int], ...] = ()
    sigmas: tuple[float, ...] = ()
    derived: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flip_pairs: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        count = len(self.keypoints)
        if not count:
            raise ConfigError(f"skeleton {self.name!r} has no keypoints: it needs one at least")
        if len(set(self.keypoints)) != count:
            raise ConfigError(f"skeleton {self.name!r} names a keypoint twice: {self.keypoints}")
        for limb in self.limbs:
            if len(limb) != 2 or limb[0] == limb[1] or not all(0 <= i < count for i in limb):
                raise ConfigError(
                    f"skeleton {self.name!r} has the limb {limb}: a limb is two different indices "
                    f"of its {count} keypoints"
                )
        if self.sigmas and len(self.sigmas) != count:
            raise ConfigError(
                f"skeleton {self.name!r} has {len(self.sigmas)} sigmas for {count} keypoints"
            )
        paired = [name for pair in self.flip_pairs for name in pair]
        if len(set(paired)) != len(paired) or not set(paired) <= set(self.keypoints):
            raise ConfigError(
                f"skeleton {self.name!r} has the flip pairs {self.flip_pairs}: each keypoint may "
                f"be in one pair, and must be one of {', '.join(self.keypoints)}"
            )

    def __len__(self) -> int:
        return len(self.keypoints)

    def index(self, keypoint: str) -> int:
        """Return the position of a keypoint by name; ValueError where there is none."""
        return self.keypoints.index(keypoint)

    @property
    def flip(self) -> tuple[int, ...]:
        """For each keypoint the index of its mirror image: left and right exchanged."""
        mirrors = {a: _mirrored(a) for a in self.keypoints}
        given = {a: b for pair in self.flip_pairs for a, b in (pair, pair[::-1])}
        mirrors = {a: b for a, b in mirrors.items() if b in mirrors and not {a, b} & set(given)}
        return tuple(self.index({**mirrors, **given}.get(a, a)) for a in self.keypoints)

    @property
    def colors(self) -> tuple[tuple[int, int, int], ...]:
        """One RGB colour a keypoint, around the colour wheel."""
        count = len(self.keypoints)
        return tuple(
            tuple(round(255 * c) for c in colorsys.hsv_to_rgb(i / count, 1.0, 1.0))  # type: ignore[misc]
            for i in range(count)
        )


def _mirrored(name: str) -> str:
    """Exchange the words left and right, or l and r: `left_eye`, `eye-left`, `l_eye`."""
    return _SIDE.sub(lambda side: _OTHER_SIDE[side[0]], name)
