"""People from composite fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_pifpaf.associate import Field, associate
from hyperpose_pifpaf.fields import MAPS, channels
from hyperpose_pifpaf.fine import Floats, Grid, Points
from hyperpose_pifpaf.grow import Person, grow
from hyperpose_pifpaf.mirror import mirrored
from hyperpose_pifpaf.options import Options
from hyperpose_pifpaf.peaks import find_peaks, pointed_at


class Postprocessor:
    """Decodes composite fields (Kreiss et al., arXiv 1903.06593, section 3.4).

    Args:
        skeleton: K keypoints and L limbs.
        stride: input pixels a cell.
        options: see `options.Options`.

    Raises:
        ConfigError: a bad option, or no limb joins the keypoints.
    """

    def __init__(self, *, skeleton: Skeleton, stride: int, options: Mapping[str, Any]) -> None:
        if not skeleton.limbs and len(skeleton) > 1:
            raise ConfigError(
                f"skeleton {skeleton.name!r} has no limbs, along which pifpaf models join the "
                f"keypoints of a person: give it some (set_model_limbs, or limbs in its TOML file)"
            )
        self.skeleton, self.stride = skeleton, stride
        self.options = Options.read(options)

    def __call__(self, outputs: Sequence[Floats]) -> list[Human]:
        """Decode the maps of one image.

        Args:
            outputs: `[h, w, C]` each, in the order and the units of `fields.MAPS`; more are
                ignored.

        Returns:
            people, the surest first, keypoints in pixels of the network's input. A keypoint's score
            is the accumulated confidence; a person's is the mean of those of its n keypoints times
            the square root of n / K.

        Raises:
            ConfigError: the maps do not fit the skeleton.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # of a network that has diverged
            people, peaks = self._decoded(self._checked(outputs))
        humans = [self._human(person, peaks) for person in people if self._counts(person)]
        humans = [human for human in humans if human.score >= self.options.min_score]
        return sorted(humans, key=lambda human: -human.score)

    def _decoded(self, maps: list[Floats]) -> tuple[list[Person], Points]:
        """Return who is there, and the keypoints that they have."""
        options = self.options
        height, width, parts = maps[0].shape
        grid = Grid(parts, height, width, options.fineness)
        points = pointed_at(maps[0], maps[1], maps[2], options.cell_threshold)
        peaks, owner = find_peaks(grid, points, options.side**2, options.keypoint_threshold)
        joints = associate(
            Field(maps[3], maps[4], maps[5]),
            options.cell_threshold,
            self.skeleton.limbs,
            grid,
            peaks,
            owner,
        )
        return grow(peaks, joints, options.seed_threshold), peaks

    def mirror(self, outputs: Sequence[Floats]) -> list[Floats]:
        """Exchange left and right in maps of a mirrored image whose columns are turned back.

        Raises:
            ConfigError: the mirror image of a limb is no limb of the skeleton.
        """
        return mirrored(self._checked(outputs), self.skeleton)

    def _checked(self, outputs: Sequence[Floats]) -> list[Floats]:
        maps = [np.asarray(m, np.float32) for m in outputs[: len(MAPS)]]
        wanted = list(channels(self.skeleton).values())
        shapes = [m.shape for m in maps]
        if not shapes or shapes != [(*shapes[0][:2], count) for count in wanted]:
            raise ConfigError(
                f"maps {shapes} do not fit skeleton {self.skeleton.name!r}: it needs "
                f"{', '.join(f'{n} [h, w, {c}]' for n, c in zip(MAPS, wanted, strict=True))}"
            )
        return maps

    def _counts(self, person: Person) -> bool:
        return len(person) >= min(self.options.min_parts, len(self.skeleton))

    def _human(self, person: Person, peaks: Points) -> Human:
        found, chosen = list(person), list(person.values())
        keypoints = np.zeros((len(self.skeleton), 3), np.float32)
        scores = peaks.score[chosen]
        cells = np.stack([peaks.x[chosen], peaks.y[chosen]], axis=-1)
        keypoints[found, :2] = cells * self.stride + (self.stride - 1) / 2
        keypoints[found, 2] = scores
        score = float(scores.sum() / np.sqrt(len(found) * len(self.skeleton)))
        return Human(keypoints, score, self.skeleton)
