"""Pictures of people: a colour a limb or a person, and what is written at each of them."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np

from hyperpose_core.data.drawing import Color, Picture, draw_skeleton
from hyperpose_core.data.humans import Human
from hyperpose_infer.drawing_style import DrawingStyle

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SMALLEST_FONT, _SIDE_OF_FONT_1 = 0.35, 1200
"""OpenCV's scale of letters: the least that is legible, and the shorter side that has letters of 1.
"""
_GOLDEN = 0.618034
_PAPER, _INK = (20, 20, 20), (255, 255, 255)


def draw_people(
    image: Picture,
    humans: Sequence[Human],
    style: DrawingStyle | None = None,
    numbers: Sequence[int] | None = None,
) -> Picture:
    """Draw people into an image `[H, W, 3]` uint8 RGB, in place, and return it.

    Args:
        style: colours by limb and no labels where None.
        numbers: one a person, which its label and its colour keep from picture to picture; None:
            from 1, in the order of `humans`.
    """
    style = style or DrawingStyle()
    numbers = range(1, len(humans) + 1) if numbers is None else numbers
    colors = [person_color(number) for number in numbers]
    by_person = style.color_by == "person"
    for human, color in zip(humans, colors, strict=True):
        draw_skeleton(image, human.keypoints, human.skeleton, color if by_person else None)
    if style.label:
        canvas = np.ascontiguousarray(image)
        words = [_words(human, n, style) for human, n in zip(humans, numbers, strict=True)]
        _Labels(canvas).write(humans, words, colors)
        image[...] = canvas
    return image


def person_color(number: int) -> Color:
    """Return the colour of a person's number, RGB: those that follow each other are unlike."""
    brightness = (1.0, 0.75)[number // 8 % 2]
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN % 1, 0.85, brightness)
    return round(255 * red), round(255 * green), round(255 * blue)


def _words(human: Human, number: int, style: DrawingStyle) -> str:
    texts = {"number": f"#{number}", "score": f"{human.score:.2f}"}
    return " ".join(texts[name] for name in style.label)


class _Labels:
    """Writes words at people, each where no other are and inside the picture, where that goes."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.height, self.width = picture.shape[:2]
        self.scale = max(_SMALLEST_FONT, min(self.height, self.width) / _SIDE_OF_FONT_1)
        self.taken: list[tuple[int, int, int, int]] = []

    def write(self, humans: Sequence[Human], words: Sequence[str], colors: Sequence[Color]) -> None:
        for human, text, color in zip(humans, words, colors, strict=True):
            if human.found.any():
                self._write(human, text, color)

    def _write(self, human: Human, text: str, color: Color) -> None:
        thick = max(1, round(1.6 * self.scale))
        (width, height), below = cv2.getTextSize(text, _FONT, self.scale, thick)
        margin = max(1, round(3 * self.scale))
        size = width + 2 * margin, height + below + 2 * margin
        x, y = self._place(human, size)
        self.taken.append((x, y, *size))
        corners = (x, y), (x + size[0] - 1, y + size[1] - 1)
        cv2.rectangle(self.picture, *corners, _PAPER, -1)
        cv2.rectangle(self.picture, *corners, color, max(1, round(self.scale)))
        start = x + margin, y + margin + height
        cv2.putText(self.picture, text, start, _FONT, self.scale, _INK, thick, cv2.LINE_AA)

    def _place(self, human: Human, size: tuple[int, int]) -> tuple[int, int]:
        """Return the label's corner: over the person, else the nearest free one of those around."""
        left, top, wide, high = (np.clip(v, -1e6, 1e6) for v in human.box)
        middle = left + (wide - size[0]) / 2
        corners = [(middle, top - 1.6 * size[1]), (middle, top + high + 0.6 * size[1])]
        corners += [(side, top - 0.5 * size[1]) for side in (left - size[0], left + wide)]
        corners += [(middle, top + step * size[1]) for step in range(8)]
        inside = [self._inside(x, y, size) for x, y in corners]
        return next((corner for corner in inside if self._free(*corner, size)), inside[0])

    def _inside(self, x: float, y: float, size: tuple[int, int]) -> tuple[int, int]:
        return (
            round(max(0, min(x, self.width - size[0]))),
            round(max(0, min(y, self.height - size[1]))),
        )

    def _free(self, x: int, y: int, size: tuple[int, int]) -> bool:
        return not any(
            x < left + width and left < x + size[0] and y < top + height and top < y + size[1]
            for left, top, width, height in self.taken
        )
