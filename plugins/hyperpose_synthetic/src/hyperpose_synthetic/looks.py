"""Looks: skin, hair and clothes, as colours and patterns."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

Random = np.random.Generator
Color = tuple[float, float, float]

SKINS: tuple[Color, ...] = (
    (244, 208, 177),
    (231, 180, 143),
    (210, 161, 121),
    (165, 114, 80),
    (124, 80, 54),
    (82, 53, 38),
)
HAIRS: tuple[Color, ...] = (
    (34, 26, 22),
    (62, 42, 28),
    (104, 70, 40),
    (176, 130, 70),
    (215, 184, 120),
    (150, 70, 36),
    (150, 150, 150),
)
PATTERNS = ("plain", "plain", "plain", "across", "along", "checks", "dots")


@dataclass(frozen=True)
class Cloth:
    """A colour, a second one, and how they alternate every `period` parts of the height."""

    color: Color
    second: Color
    pattern: str = "plain"
    period: float = 0.03


@dataclass(frozen=True)
class Look:
    """What one person wears.

    Args:
        girth: factor on the thickness of limbs and trunk.
        sleeves, trousers: how far down: 1 to the wrist or ankle, 0 to the elbow or knee.
        neckline: a mark on the front of the trunk: `"v"`, `"zip"`, `"tie"` or `"none"`.
        long_hair: falls to the shoulders.
    """

    skin: Color
    hair: Color
    top: Cloth
    bottom: Cloth
    shoes: Color
    girth: float
    sleeves: float
    trousers: float
    neckline: str
    long_hair: bool


def random_color(rng: Random) -> Color:
    """Draw a colour of clothes: any hue, from grey to strong, from dark to light."""
    hue, saturation, value = rng.random(), rng.random() ** 1.3 * 0.9, rng.uniform(0.12, 0.95)
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return (255 * red, 255 * green, 255 * blue)


def random_cloth(rng: Random) -> Cloth:
    """Draw a cloth with its pattern."""
    pattern = PATTERNS[rng.integers(len(PATTERNS))]
    return Cloth(random_color(rng), random_color(rng), pattern, float(rng.uniform(0.02, 0.06)))


def random_look(rng: Random) -> Look:
    """Draw what one person looks like."""
    skin = np.array(SKINS[rng.integers(len(SKINS))]) * rng.uniform(0.92, 1.06)
    return Look(
        skin=(float(skin[0]), float(skin[1]), float(skin[2])),
        hair=HAIRS[rng.integers(len(HAIRS))],
        top=random_cloth(rng),
        bottom=random_cloth(rng),
        shoes=random_color(rng),
        girth=float(rng.uniform(0.88, 1.25)),
        sleeves=float(rng.integers(2)),
        trousers=float(rng.random() < 0.7),
        neckline=("v", "zip", "tie", "none")[rng.integers(4)],
        long_hair=bool(rng.random() < 0.4),
    )
