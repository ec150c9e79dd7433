"""People for the benchmarks: a grid of them, each a little different."""

from __future__ import annotations

import numpy as np

# A person in a unit square, in the order of OpenPose's 18 parts.
BODY = """.5 .12 .5 .25 .36 .25 .28 .42 .22 .56 .64 .25 .72 .42 .78 .56 .42 .55 .4 .77 .38 .98
.58 .55 .6 .77 .62 .98 .46 .09 .54 .09 .4 .11 .6 .11"""


def place_people(count: int, width: int, height: int) -> np.ndarray:
    """Return `[count, 18, 3]` float32: people in a grid over an image of that size, all visible."""
    rng = np.random.default_rng(count)
    body = np.array(BODY.split(), np.float32).reshape(-1, 2)
    columns = int(np.ceil(np.sqrt(count)))
    rows = int(np.ceil(count / columns))
    cell = np.array([width / columns, height / rows])
    people = np.full((count, len(body), 3), 2, np.float32)
    for i in range(count):
        corner = np.array([i % columns, i // columns]) * cell
        people[i, :, :2] = corner + body * cell * rng.uniform(0.85, 0.95)
    return people
