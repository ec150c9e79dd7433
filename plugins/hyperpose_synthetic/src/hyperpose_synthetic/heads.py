"""Heads: an ellipsoid with hair, eyes, nose and mouth where it faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperpose_synthetic.body import FACE, HEAD
from hyperpose_synthetic.canvas import Canvas, Floats, capsule, flat, grid
from hyperpose_synthetic.looks import Color, Look


@dataclass(frozen=True)
class Head:
    """A head in a picture.

    Args:
        center: `[2]`, pixels.
        axes: `[3, 3]`, columns: its left, down and forward, as the camera sees them.
        unit: pixels of one body height.
        look: its skin and hair.
        owner: the number of the person.
    """

    canvas: Canvas
    center: NDArray[np.float64]
    axes: NDArray[np.float64]
    unit: float
    look: Look
    owner: int | None

    def paint(self) -> None:
        """Paint it over what is there."""
        from_behind = self.axes[2, 2] < 0.35
        if from_behind:
            self._ears()
        self._skull()
        if not from_behind:
            self._ears()
        self._face()

    def _skull(self) -> None:
        where = self.canvas.window(self.center[None], self.unit * float(HEAD.max()) + 2)
        if where is None:
            return
        x, y = grid(where)
        dx, dy = x - np.float32(self.center[0]), y - np.float32(self.center[1])
        normal, distance = _surface(dx, dy, self.axes, self.unit)
        hair = _hair(normal)[..., None]
        skin, dark = np.array(self.look.skin, np.float32), np.array(self.look.hair, np.float32)
        facing = (normal @ self.axes[2].astype(np.float32))[..., None]
        light = 0.72 + 0.32 * np.clip(facing, 0, 1)
        self.canvas.paint(where, distance, (skin + hair * (dark - skin)) * light, self.owner)

    def _ears(self) -> None:
        for name in ("left_ear", "right_ear"):
            self._spot(FACE[name], 0.015, _tinted(self.look.skin, (0.92, 0.8, 0.76)), least=-0.5)

    def _face(self) -> None:
        for name in ("left_eye", "right_eye"):
            self._spot(FACE[name], 0.0125, (240, 240, 236))
            self._spot(FACE[name], 0.0080, (30, 24, 22))
        self._spot(FACE["nose"], 0.0105, _tinted(self.look.skin, (0.80, 0.68, 0.64)))
        self._spot((0.0, 0.55, 0.86), 0.0105, (150, 52, 52))

    def _spot(
        self, place: tuple[float, float, float], radius: float, color: Color, least: float = 0.15
    ) -> None:
        point = self.axes @ (HEAD * place)
        if point[2] > least * HEAD[2]:
            at = self.center + self.unit * point[:2]
            radii = (self.unit * radius, self.unit * radius)
            capsule(self.canvas, at, at + 0.01, radii, flat(color), self.unit, 1.0, self.owner)


def _tinted(color: Color, factors: Color) -> Color:
    return (color[0] * factors[0], color[1] * factors[1], color[2] * factors[2])


def _hair(normal: Floats) -> Floats:
    """Return where the head has hair, 0 to 1, from directions left, down and forward."""
    left, down, forward = np.moveaxis(normal, -1, 0)
    scalp = np.maximum(0.10 + 0.35 * np.abs(left) - forward - 0.8 * down, -0.55 - down)
    hair = np.clip(8 * scalp, 0, 1)
    return np.where((down > 0.55) & (forward > -0.2), np.float32(0), hair)


def _surface(x: Floats, y: Floats, axes: NDArray[np.float64], unit: float) -> tuple[Floats, Floats]:
    """Follow each pixel's ray to the head.

    Returns:
        directions from the middle to where it arrives, in the head's own axes, and the distance to
        the head's outline in pixels, negative inside.
    """
    to_head = (axes.T / HEAD[:, None] / unit).astype(np.float32)
    x, y = np.broadcast_arrays(x, y)
    start, ray = x[..., None] * to_head[:, 0] + y[..., None] * to_head[:, 1], to_head[:, 2]
    a, b = float(ray @ ray), start @ ray
    inner = b * b - a * ((start**2).sum(axis=-1) - 1)
    point = start + ((np.sqrt(np.maximum(inner, 0)) - b) / a)[..., None] * ray
    length = np.sqrt((point**2).sum(axis=-1, keepdims=True))
    radius = unit * float(np.sqrt(HEAD[0] * HEAD[1]))
    distance = (np.sqrt(np.maximum(1 - inner / a, 0)) - 1) * radius
    return point / np.maximum(length, 1e-6), distance.astype(np.float32)
