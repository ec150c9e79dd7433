"""Maps out of bytes, for the targets that decode them, and what the people must be like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.humans import Human

MOST_PEOPLE = 20_000
Maps = list[NDArray[np.float32]]


def maps_of(data: bytes, channels: Sequence[int]) -> Maps:
    """Make maps `[h, w, C]` each of 1 to 16 cells a side.

    The first three bytes choose width, height and how the rest becomes numbers: as float32, with
    NaN and infinities among them; as shares of 255; as one constant; as one cell; as the seed of
    noise.
    """
    head, body = bytes([*data[:3], 0, 0, 0])[:3], data[3:] or b"\0"
    width, height, kind = 1 + head[0] % 16, 1 + head[1] % 16, head[2] % 6
    total = width * height * sum(channels)
    values = np.zeros(total, np.float32)
    if kind == 0:
        raw = np.frombuffer(body + b"\0" * (-len(body) % 4), "<f4")
        values = np.resize(raw, total)
    elif kind == 1:
        values = np.resize(np.frombuffer(body, np.uint8) / np.float32(255), total)
    elif kind == 2:
        values[:] = np.frombuffer((body + b"\0" * 4)[:4], "<f4")
    elif kind == 3:
        values[int.from_bytes(body[:4], "little") % total] = body[-1] / 16
    else:
        random = np.random.default_rng(int.from_bytes(body[:8], "little"))
        values = random.normal(0.3, 1 + body[-1] / 16, total) if kind == 4 else random.random(total)
    parts = np.split(values.astype(np.float32), np.cumsum(channels)[:-1] * width * height)
    return [p.reshape(height, width, c) for p, c in zip(parts, channels, strict=True)]


def check_people(people: Sequence[Human]) -> None:
    """See that people are finite, ordered by score, and not without end."""
    assert len(people) < MOST_PEOPLE
    scores = [human.score for human in people]
    assert np.isfinite(scores).all()
    assert scores == sorted(scores, reverse=True)
    for human in people:
        assert np.isfinite(human.keypoints).all(), human.keypoints


def seeds() -> list[bytes]:
    """Return one of each kind of maps."""
    nan, inf = np.float32(np.nan).tobytes(), np.float32(-np.inf).tobytes()
    small = np.linspace(0, 1, 60, dtype=np.float32).tobytes()
    bodies = [small, bytes(range(256)), np.float32(1).tobytes(), b"\5\0\0\0\x20", b"12345678\x01"]
    kinds = [bytes([7, 5, kind % 6]) + body for kind, body in enumerate([*bodies, b"87654321"])]
    return [*kinds, b"\x03\x03\x00" + nan + inf + small, b"\0\0\2" + nan, b"\x0f\x0f\2" + inf]
