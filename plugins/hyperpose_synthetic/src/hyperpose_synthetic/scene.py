"""Scenes: several people placed in a picture, and painted from the farthest to the nearest."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hyperpose_synthetic.background import background, photographed
from hyperpose_synthetic.body import build
from hyperpose_synthetic.canvas import Canvas, flat, rounded
from hyperpose_synthetic.figure import Figure, paint_figure
from hyperpose_synthetic.looks import random_color, random_look
from hyperpose_synthetic.options import Options
from hyperpose_synthetic.poses import random_pose

Random = np.random.Generator
UNLABELED = 0.08
"""How many people are left without keypoints."""
CROWDED = 0.07
"""How many pictures have a crowd far away."""
CROWD = -2
"""The crowd's number among the people."""
THING = -3
"""The number of a thing that may hide people."""


@dataclass(frozen=True)
class Scene:
    """A picture and who is in it.

    Args:
        image: `[H, W, 3]` uint8 RGB.
        people: the farthest first.
        labeled: for each of them, whether it gets keypoints.
        owner: `[H, W]` int16, whose pixel each is: an index into `people`, -1 nobody's, `CROWD`
            or `THING`.
    """

    image: NDArray[np.uint8]
    people: list[Figure]
    labeled: list[bool]
    owner: NDArray[np.int16]


def make_scene(rng: Random, options: Options) -> Scene:
    """Draw a picture with one to `max_people` people, most often one to three."""
    width, height = options.width, options.height
    canvas = Canvas(background(rng, width, height, options.clutter))
    people = _people(rng, options)
    if rng.random() < CROWDED:
        _crowd(rng, canvas)
    for figure in people:
        if figure.body.joints["left_knee"][1] < 0.17:
            _seat(rng, canvas, figure)
        paint_figure(canvas, figure)
    labeled = (rng.random(len(people)) >= UNLABELED).tolist()
    return Scene(photographed(rng, canvas.image), people, labeled, canvas.owner)


def _people(rng: Random, options: Options) -> list[Figure]:
    width, height, most = options.width, options.height, options.max_people
    chances = np.array((0.34, 0.32, 0.22, 0.12) + (0.06,) * max(most - 4, 0))[:most]
    count = 1 + rng.choice(len(chances), p=chances / chances.sum())
    smallest = options.smallest / 100
    size = rng.uniform(max(0.40, smallest), 0.92)
    people: list[Figure] = []
    for number in range(count):
        tall = height * float(np.clip(size * rng.uniform(0.65, 1.2), smallest, 0.95))
        people.append(_place(rng, _figure(rng, tall, number), people, width, height))
    people.sort(key=lambda figure: figure.height)
    return [replace(figure, number=i) for i, figure in enumerate(people)]


def _figure(rng: Random, tall: float, number: int) -> Figure:
    look = random_look(rng)
    body = build(random_pose(rng), float(rng.uniform(-4, 12)), 0.6 + 0.4 * look.girth)
    return Figure(body, look, np.zeros(2), tall, number)


def _place(rng: Random, figure: Figure, others: list[Figure], width: int, height: int) -> Figure:
    """Find a place where at most half of a person's box is another's."""
    for _ in range(12):
        figure = figure.moved(_origin(rng, figure, width, height))
        if all(_overlap(figure, other) < 0.5 for other in others):
            break
    return figure


def _origin(rng: Random, figure: Figure, width: int, height: int) -> NDArray[np.float64]:
    low, high = figure.moved(np.zeros(2)).extent
    margin = 0.04 * figure.height
    outside = np.array((0.25, 0.0)) * figure.height if rng.random() < 0.06 else np.zeros(2)
    below = np.array((0.0, 0.35)) * figure.height if rng.random() < 0.12 else np.zeros(2)
    first = margin - low - outside
    last = (width, height) - high - margin + outside + below
    return rng.uniform(np.minimum(first, last), np.maximum(first, last) + 1e-3)


def _overlap(one: Figure, other: Figure) -> float:
    (a0, a1), (b0, b1) = one.extent, other.extent
    shared = np.maximum(np.minimum(a1, b1) - np.maximum(a0, b0), 0).prod()
    return float(shared / max(min((a1 - a0).prod(), (b1 - b0).prod()), 1e-6))


def _crowd(rng: Random, canvas: Canvas) -> None:
    height, width = canvas.owner.shape
    tall = height * rng.uniform(0.18, 0.28)
    middle = rng.uniform((0.15 * width, 0.25 * height), (0.85 * width, 0.7 * height))
    for i in range(int(rng.integers(4, 8))):
        figure = _figure(rng, tall * rng.uniform(0.9, 1.1), CROWD)
        step = tall * (0.24 * (i - 2.5) + rng.uniform(-0.05, 0.05))
        place = middle + np.array((step, rng.uniform(-0.06, 0.06) * tall))
        paint_figure(canvas, figure.moved(place))


def _seat(rng: Random, canvas: Canvas, figure: Figure) -> None:
    """Paint a block or a bench under a person whose knees are high."""
    unit = figure.height
    floor = max(figure.at("left_heel")[1], figure.at("right_heel")[1])
    top = figure.at("pelvis")[1] + 0.06 * unit
    wide = unit * rng.uniform(0.12, 0.3)
    x = figure.at("pelvis")[0]
    corners = np.array(((x - wide, top), (x + wide, top), (x + wide, floor), (x - wide, floor)))
    rounded(canvas, corners, 0.01 * unit, flat(random_color(rng)), unit, 1.0, THING)
