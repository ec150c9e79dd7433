"""Backgrounds: cluttered places without people, and what a camera does to a picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hyperpose_synthetic.canvas import Canvas, Floats, capsule, flat
from hyperpose_synthetic.looks import HAIRS, SKINS, Color, random_cloth, random_color

Random = np.random.Generator


def background(rng: Random, width: int, height: int, clutter: int = 10) -> Floats:
    """Draw a place: `[height, width, 3]` float32, 0 to 255.

    Args:
        clutter: how much of what lies around is drawn, in tenths.
    """
    image = _gradient(rng, width, height)
    if rng.random() < 0.5:
        _floor(rng, image)
    if rng.random() < 0.4:
        _stripes(rng, image)
    for _ in range(rng.integers(2, 12) * clutter // 10):
        _shape(rng, image)
    canvas = Canvas(image)
    for _ in range(rng.integers(0, 10) * clutter // 10):
        _stick(rng, canvas)
    return image


def photographed(rng: Random, image: Floats) -> NDArray[np.uint8]:
    """Return the picture as a camera sees it: lighter or darker, blurred, grainy."""
    image = image * rng.uniform(0.75, 1.2) + rng.uniform(-18, 18)
    image *= rng.uniform(0.94, 1.06, 3).astype(np.float32)
    if rng.random() < 0.5:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.9)), np.float32)
    grain = rng.integers(-128, 128, image.shape, np.int8).astype(np.float32)
    image = image + grain * np.float32(rng.uniform(0, 0.08))
    return np.clip(image + 0.5, 0, 255).astype(np.uint8)


def _gradient(rng: Random, width: int, height: int) -> Floats:
    cells = rng.integers(1, 6, 2) + 1
    base = np.array(random_color(rng), np.float32)
    base = base.mean() + 0.6 * (base - base.mean())
    spread = rng.uniform(-60, 60, (*cells, 1)) + rng.uniform(-22, 22, (*cells, 3))
    coarse = base + spread.astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    grain = rng.uniform(-1, 1, (height // 4 + 1, width // 4 + 1, 1)).astype(np.float32)
    fine = cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    return np.clip(smooth + fine * rng.uniform(0, 25), 0, 255).astype(np.float32)


def _floor(rng: Random, image: Floats) -> None:
    top = int(image.shape[0] * rng.uniform(0.45, 0.85))
    color = np.array(random_color(rng), np.float32)
    image[top:] = 0.35 * image[top:] + 0.65 * color


def _stripes(rng: Random, image: Floats) -> None:
    rows, columns = image.shape[:2]
    angle, period = rng.uniform(0, np.pi), rng.uniform(8, 60)
    x, y = np.arange(columns)[None], np.arange(rows)[:, None]
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period)
    image += (np.sign(wave) * rng.uniform(4, 28))[..., None].astype(np.float32)


def _shape(rng: Random, image: Floats) -> None:
    rows, columns = image.shape[:2]
    center = (int(rng.integers(columns)), int(rng.integers(rows)))
    size = (int(rng.integers(4, columns // 4)), int(rng.integers(4, rows // 3)))
    color, angle = _any_color(rng), float(rng.uniform(0, 180) if rng.random() < 0.4 else 0)
    thickness = -1 if rng.random() < 0.75 else int(rng.integers(1, 6))
    if rng.random() < 0.45:
        cv2.ellipse(image, center, size, angle, 0, 360, color, thickness, cv2.LINE_AA)
        return
    corners = cv2.boxPoints((center, (2.0 * size[0], 2.0 * size[1]), angle)).astype(np.int32)
    if thickness < 0:
        cv2.fillPoly(image, [corners], color, cv2.LINE_AA)
    else:
        cv2.polylines(image, [corners], True, color, thickness, cv2.LINE_AA)


def _stick(rng: Random, canvas: Canvas) -> None:
    rows, columns = canvas.owner.shape
    start = rng.uniform(0, (columns, rows))
    angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.5) * rows
    if rng.random() < 0.5:
        angle = np.round(angle / (np.pi / 2)) * np.pi / 2
    end = start + length * np.array((np.cos(angle), np.sin(angle)))
    thick = rng.uniform(0.006, 0.035) * rows
    cloth = random_cloth(rng) if rng.random() < 0.6 else flat(_any_color(rng))
    capsule(canvas, start, end, (thick, thick * rng.uniform(0.5, 1)), cloth, rows, 1.0)


def _any_color(rng: Random) -> Color:
    chance = rng.random()
    if chance < 0.3:
        return SKINS[rng.integers(len(SKINS))]
    return HAIRS[rng.integers(len(HAIRS))] if chance < 0.4 else random_color(rng)
