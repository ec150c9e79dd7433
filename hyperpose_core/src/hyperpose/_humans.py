"""Humans with the methods of 2021, which move them from the input back to the image."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose._parts import part_name
from hyperpose_core.data.humans import Human as _Human


@dataclasses.dataclass(frozen=True)
class BodyPart:
    """One keypoint that was found: its name, x and y in pixels, and score."""

    name: str
    part_idx: int
    x: float
    y: float
    score: float

    def get_part_name(self) -> str:
        """Return the name, as 2021 spells it: `RShoulder`."""
        return self.name

    def get_x(self) -> float:
        """Return x in pixels."""
        return self.x

    def get_y(self) -> float:
        """Return y in pixels."""
        return self.y


@dataclasses.dataclass
class Human(_Human):
    """One predicted person; see `hyperpose_core.Human`. Pixels are those of the network's input,
    until `unpad` and `unscale` were called.
    """

    @classmethod
    def of(cls, human: _Human) -> Human:
        """Return the same person with the methods of 2021."""
        return cls(human.keypoints.copy(), human.score, human.skeleton)

    @property
    def body_parts(self) -> dict[int, BodyPart]:
        """The keypoints that were found, by index."""
        names = self.skeleton.keypoints
        return {
            i: BodyPart(part_name(names[i]), i, *map(float, self.keypoints[i]))
            for i in map(int, np.flatnonzero(self.found))
        }

    def get_partnum(self) -> int:
        """Return how many keypoints were found."""
        return int(self.found.sum())

    def get_score(self) -> float:
        """Return the score of the person."""
        return float(self.score)

    def get_bbx(self) -> list[float]:
        """Return centre x, centre y, width and height around the found keypoints, in pixels."""
        x, y, width, height = self.box
        return [x + width / 2, y + height / 2, width, height]

    def get_area(self) -> float:
        """Return the area of that box, in square pixels."""
        return self.box[2] * self.box[3]

    def bias(self, bias_w: float, bias_h: float) -> None:
        """Move the keypoints, in pixels."""
        self.keypoints[self.found, :2] += np.array([bias_w, bias_h], np.float32)

    def scale(self, scale_w: float, scale_h: float) -> None:
        """Scale the picture that the keypoints lie in; centres of pixels are at whole numbers."""
        factors = np.array([scale_w, scale_h], np.float32)
        points = self.keypoints[self.found, :2]
        self.keypoints[self.found, :2] = (points + 0.5) * factors - 0.5

    def unpad(self, pad: Sequence[float]) -> None:
        """Take away a border: above, below, left and right, as `image_pad_and_scale` returns it."""
        self.bias(-pad[2], -pad[0])

    def unscale(self, scale: float) -> None:
        """Go back to the image that was scaled by this factor."""
        self.scale(1 / scale, 1 / scale)

    def draw_human(self, img: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Draw the skeleton into a uint8 image `[H, W, 3]`, in place, and return the image."""
        return self.draw(img)

    def print(self) -> None:
        """Print a line for each keypoint that was found, and an empty one."""
        import click

        for part in self.body_parts.values():
            where = f"x:{part.x:< 8.2f} y:{part.y:< 8.2f} score:{part.score:< .8f}"
            click.echo(f"body-part:{part.name:20} {where}")
        click.echo()


def with_methods(humans: Sequence[Any]) -> list[Human]:
    """Return people with the methods of 2021."""
    return [human if isinstance(human, Human) else Human.of(human) for human in humans]
