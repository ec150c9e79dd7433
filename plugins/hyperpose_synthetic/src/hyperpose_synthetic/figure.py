"""The figure: one person painted from its joints, the farthest part first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hyperpose_synthetic.body import HEAD, SIDES, Body
from hyperpose_synthetic.canvas import Canvas, capsule, flat, rounded
from hyperpose_synthetic.heads import Head
from hyperpose_synthetic.looks import Cloth, Look

Part = tuple[float, Callable[[], None]]


@dataclass(frozen=True)
class Figure:
    """One person in a picture.

    Args:
        body: its joints, in parts of its height.
        look: what it wears.
        origin: `[2]`, where its pelvis is, pixels.
        height: of the standing person, pixels.
        number: its number among the picture's people; None: nobody's (a crowd's, say).
    """

    body: Body
    look: Look
    origin: NDArray[np.float64]
    height: float
    number: int | None

    def at(self, name: str) -> NDArray[np.float64]:
        """Return a joint in pixels, `[2]`."""
        return self.origin + self.height * self.body.joints[name][:2]

    def moved(self, origin: NDArray[np.float64]) -> Figure:
        """Return the same person elsewhere."""
        return replace(self, origin=origin)

    @property
    def extent(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The least and the largest x, y of its joints, pixels."""
        points = np.stack([self.at(name) for name in self.body.joints])
        return points.min(axis=0), points.max(axis=0)


def paint_figure(canvas: Canvas, figure: Figure) -> None:
    """Paint a person over what is there."""
    parts = [*_limbs(canvas, figure), *_trunk(canvas, figure), *_head(canvas, figure)]
    for _, paint in sorted(parts, key=lambda part: part[0]):
        paint()


def _depth(figure: Figure, *names: str) -> float:
    return float(np.mean([figure.body.joints[name][2] for name in names]))


def _tube(
    canvas: Canvas, figure: Figure, names: tuple[str, str], radii: tuple[float, float], cloth: Cloth
) -> Callable[[], None]:
    light = float(np.clip(0.92 + 0.9 * _depth(figure, *names), 0.72, 1.08))
    thick = figure.height * figure.look.girth
    a, b = (figure.at(name) for name in names)
    widths = (thick * radii[0], thick * radii[1])
    return lambda: capsule(canvas, a, b, widths, cloth, figure.height, light, figure.number)


def _limbs(canvas: Canvas, figure: Figure) -> Iterator[Part]:
    look, skin = figure.look, flat(figure.look.skin)
    forearm = look.top if look.sleeves else skin
    shin = look.bottom if look.trousers else skin
    for side, _ in SIDES:
        shoulder, elbow, wrist, hand = (
            f"{side}_{n}" for n in ("shoulder", "elbow", "wrist", "hand")
        )
        hip, knee, ankle, heel, toe = (
            f"{side}_{n}" for n in ("hip", "knee", "ankle", "heel", "toe")
        )
        for bias, names, radii, cloth in (
            (0.020, (shoulder, elbow), (0.036, 0.029), look.top),
            (0.028, (elbow, wrist), (0.027, 0.020), forearm),
            (0.026, (wrist, hand), (0.020, 0.018), skin),
            (-0.010, (hip, knee), (0.056, 0.041), look.bottom),
            (-0.012, (knee, ankle), (0.039, 0.026), shin),
            (-0.008, (heel, toe), (0.026, 0.022), flat(look.shoes)),
        ):
            yield (
                _depth(figure, *names) + bias,
                _tube(canvas, figure, names, radii, cloth),
            )


def _trunk(canvas: Canvas, figure: Figure) -> Iterator[Part]:
    look, unit = figure.look, figure.height
    shoulders = [figure.at(f"{side}_shoulder") for side, _ in SIDES]
    hips = [figure.at(f"{side}_hip") for side, _ in SIDES]
    down = figure.body.trunk[:2, 1] * unit
    corners = np.stack((shoulders[0], shoulders[1], hips[1], hips[0]))
    corners[:2] += 0.02 * down
    corners[:2] += 0.12 * (corners[:2].mean(axis=0) - corners[:2])
    thick = unit * look.girth
    depth = _depth(figure, "thorax", "pelvis")

    def paint() -> None:
        seat = np.stack((*hips, hips[0] + 0.01 * down))
        rounded(canvas, seat, 0.055 * thick, look.bottom, unit, 0.95, figure.number)
        rounded(canvas, corners, 0.048 * thick, look.top, unit, 1.0, figure.number)
        _front(canvas, figure)

    yield depth, paint
    neck = _tube(canvas, figure, ("thorax", "upper_neck"), (0.034, 0.030), flat(look.skin))
    yield _depth(figure, "thorax", "upper_neck") + 0.004, neck


def _front(canvas: Canvas, figure: Figure) -> None:
    """Mark the front of the trunk: people seen from behind have none."""
    forward = figure.body.trunk[:, 2]
    if forward[2] < 0.15 or figure.look.neckline == "none":
        return
    unit, down = figure.height, figure.body.trunk[:2, 1]
    top = figure.at("thorax") + unit * (0.045 * forward[:2] - 0.035 * down)
    reach, wide, color = {
        "v": (0.085, (0.034, 0.004), figure.look.skin),
        "zip": (0.300, (0.006, 0.006), figure.look.top.second),
        "tie": (0.190, (0.008, 0.015), figure.look.bottom.color),
    }[figure.look.neckline]
    end = top + unit * reach * down
    radii = (unit * wide[0], unit * wide[1])
    capsule(canvas, top, end, radii, flat(color), unit, 0.97, figure.number)


def _head(canvas: Canvas, figure: Figure) -> Iterator[Part]:
    head, look, unit = figure.body.joints["head"], figure.look, figure.height
    axes, depth = figure.body.head, float(head[2])
    yield depth + 0.03, Head(canvas, figure.at("head"), axes, unit, look, figure.number).paint
    if look.long_hair:
        back = -axes[:, 2]
        start = figure.at("head") + unit * 0.03 * back[:2]
        end = start + unit * (0.10 * axes[:2, 1] + 0.012 * back[:2])
        radii = (unit * HEAD[0] * 1.08, unit * HEAD[0] * 0.86)
        number, hair = figure.number, flat(look.hair)
        yield (
            depth + 0.06 * float(back[2]),
            lambda: capsule(canvas, start, end, radii, hair, unit, 0.9, number),
        )
