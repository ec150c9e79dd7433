"""The canvas: smooth shapes painted in NumPy, which gives the same silhouettes everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hyperpose_synthetic.looks import Cloth, Color

Floats = NDArray[np.float32]
Point = NDArray[np.float64]


class Canvas:
    """A picture, and whose pixel each one is.

    Args:
        image: `[H, W, 3]` float32, 0 to 255; painted over in place.

    Attributes:
        owner: `[H, W]` int16, the number of the person on top, -1 for none.
    """

    def __init__(self, image: Floats) -> None:
        self.image = image
        self.owner: NDArray[np.int16] = np.full(image.shape[:2], -1, np.int16)

    def window(self, points: NDArray[np.float64], margin: float) -> tuple[slice, slice] | None:
        """Return the rows and columns within `margin` of the points, None outside the picture."""
        height, width = self.owner.shape
        x0, y0 = np.maximum(np.floor(points.min(axis=0) - margin), 0).astype(int)
        x1, y1 = np.ceil(points.max(axis=0) + margin).astype(int) + 1
        x1, y1 = min(x1, width), min(y1, height)
        return (slice(y0, y1), slice(x0, x1)) if x0 < x1 and y0 < y1 else None

    def paint(
        self, where: tuple[slice, slice], distance: Floats, color: Floats, owner: int | None
    ) -> None:
        """Paint where `distance` to the shape's border, in pixels, is negative; None owns none."""
        cover = np.clip(0.5 - distance, 0, 1)[..., None]
        area = self.image[where]
        area += cover * (color - area)
        if owner is not None:
            self.owner[where][distance <= 0] = owner


def grid(where: tuple[slice, slice]) -> tuple[Floats, Floats]:
    """Return x `[1, w]` and y `[h, 1]` of the pixels' centres in a window."""
    rows, columns = where
    x = np.arange(columns.start, columns.stop, dtype=np.float32)[None]
    return x, np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]


def capsule(
    canvas: Canvas,
    start: Point,
    end: Point,
    radii: tuple[float, float],
    cloth: Cloth,
    unit: float,
    light: float = 1.0,
    owner: int | None = None,
) -> None:
    """Paint a tapered limb with round ends, shaded like a cylinder.

    Args:
        start, end: `[2]`, pixels; radii: there, pixels.
        unit: pixels of one body height, for the pattern.
        light: factor on the colour.
    """
    where = canvas.window(np.stack((start, end)), max(radii) + 1)
    if where is None:
        return
    x, y = grid(where)
    along = np.asarray(end - start, np.float32)
    length = float(max(np.sqrt(along @ along), 1e-3))
    dx, dy = x - np.float32(start[0]), y - np.float32(start[1])
    t = np.clip((dx * along[0] + dy * along[1]) / np.float32(length**2), 0, 1)
    across = (dy * along[0] - dx * along[1]) / np.float32(length)
    radius = radii[0] + t * np.float32(radii[1] - radii[0])
    distance = np.sqrt((dx - t * along[0]) ** 2 + (dy - t * along[1]) ** 2) - radius
    shade = light * (1.05 - 0.38 * np.clip(across / radius, -1, 1) ** 2)
    color = textured(cloth, across / unit, t * length / unit) * shade[..., None]
    canvas.paint(where, distance, color, owner)


def rounded(
    canvas: Canvas,
    corners: NDArray[np.float64],
    radius: float,
    cloth: Cloth,
    unit: float,
    light: float = 1.0,
    owner: int | None = None,
) -> None:
    """Paint a polygon `[N, 2]` grown by `radius` pixels, lighter at its middle."""
    where = canvas.window(corners, radius + 1)
    if where is None:
        return
    x, y = grid(where)
    distance = polygon_distance(corners, x, y) - np.float32(radius)
    center = corners.mean(axis=0)
    reach = max(float(np.abs(corners[:, 0] - center[0]).max()) + radius, 1.0)
    dx, dy = x - np.float32(center[0]), y - np.float32(center[1])
    shade = light * (1.04 - 0.28 * np.clip(dx / reach, -1, 1) ** 2)
    shade = np.broadcast_to(shade, distance.shape)
    color = textured(cloth, dx / unit, dy / unit) * shade[..., None]
    canvas.paint(where, distance, color, owner)


def polygon_distance(corners: NDArray[np.float64], x: Floats, y: Floats) -> Floats:
    """Return the distance of pixels to a polygon, negative inside it.

    Follows I. Quilez, https://iquilezles.org/articles/distfunctions2d (polygon).
    """
    points = corners.astype(np.float32)
    nearest = np.full(np.broadcast_shapes(x.shape, y.shape), np.inf, np.float32)
    inside = np.zeros(nearest.shape, bool)
    for (ax, ay), (bx, by) in zip(points, np.roll(points, 1, axis=0), strict=True):
        ex, ey, wx, wy = bx - ax, by - ay, x - ax, y - ay
        t = np.clip((wx * ex + wy * ey) / max(ex * ex + ey * ey, np.float32(1e-6)), 0, 1)
        nearest = np.minimum(nearest, (wx - t * ex) ** 2 + (wy - t * ey) ** 2)
        inside ^= ((ay > y) != (by > y)) & (ex * wy * np.sign(ey) > ey * wx * np.sign(ey))
    return np.where(inside, -1, 1).astype(np.float32) * np.sqrt(nearest)


def textured(cloth: Cloth, across: Floats, along: Floats) -> Floats:
    """Return the colours `[h, w, 3]` of a cloth at places in parts of the body's height."""
    first, second = np.array(cloth.color, np.float32), np.array(cloth.second, np.float32)
    shape = np.broadcast_shapes(np.shape(across), np.shape(along))
    if cloth.pattern == "plain":
        return np.broadcast_to(first, (*shape, 3))
    u, v = np.sin(across * (6.28 / cloth.period)), np.sin(along * (6.28 / cloth.period))
    wave = {"across": v, "along": u, "checks": u * v * 2, "dots": u + v - 1}[cloth.pattern]
    mix = np.broadcast_to(np.clip(0.5 + 2 * wave, 0, 1), shape)[..., None]
    return first + mix * (second - first)


def flat(color: Color) -> Cloth:
    """Return a cloth of one colour."""
    return Cloth(color, color)
