"""Sharing an evaluation: every worker predicts for some of the images, and all get everything."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hyperpose_core.contracts import Strategy
from hyperpose_core.data.humans import Human
from hyperpose_core.skeletons import Skeleton


@dataclass
class Predicted:
    """What was found in images, which are given by their numbers.

    Args:
        humans: the people in every image.
        unreadable: what was wrong with images that could not be read; they have no people.
        resized: what is said of images that have another size than annotated.
    """

    humans: dict[int, list[Human]] = field(default_factory=dict)
    unreadable: dict[int, str] = field(default_factory=dict)
    resized: dict[int, str] = field(default_factory=dict)


def part(count: int, first: int, rank: int, size: int) -> range:
    """Return which of `count` images a worker looks at.

    Args:
        first: how many at the beginning are worker 0's, because it draws them.
    """
    ends = [max(min(first, count), count * (i + 1) // size) for i in range(size)]
    return range(ends[rank - 1] if rank else 0, ends[rank])


def everybodys(own: Predicted, strategy: Strategy, skeleton: Skeleton) -> Predicted:
    """Return on every worker what all of them have predicted, in the order of the numbers."""
    if strategy.size == 1:
        return own
    parts = [_unpack(data, skeleton) for data in strategy.gather(_pack(own))]
    whole = Predicted()
    for one in parts:
        whole.humans |= one.humans
        whole.unreadable |= one.unreadable
        whole.resized |= one.resized
    return Predicted(*(dict(sorted(found.items())) for found in vars(whole).values()))


def worker_0s(
    metrics: Mapping[str, Mapping[str, float]], strategy: Strategy
) -> dict[str, dict[str, float]]:
    """Return worker 0's metrics on every worker; what the others give does not count."""
    plain = {key: {n: float(v) for n, v in one.items()} for key, one in metrics.items()}
    if strategy.size == 1:
        return plain
    received: dict[str, dict[str, float]]
    received = json.loads(strategy.gather(json.dumps(plain).encode())[0])
    return received


def _pack(own: Predicted) -> bytes:
    """Return the bytes of an `.npz` file; keypoints stay as they are to the bit."""
    people: Sequence[Human] = [human for humans in own.humans.values() for human in humans]
    file = io.BytesIO()
    np.savez(
        file,
        numbers=np.array(list(own.humans), np.int64),
        counts=np.array([len(humans) for humans in own.humans.values()], np.int64),
        scores=np.array([human.score for human in people], np.float64),
        keypoints=np.array([human.keypoints for human in people]),
        said=np.array(json.dumps([own.unreadable, own.resized])),
    )
    return file.getvalue()


def _unpack(data: bytes, skeleton: Skeleton) -> Predicted:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    people = [
        Human(keypoints, float(score), skeleton)
        for keypoints, score in zip(arrays["keypoints"], arrays["scores"], strict=True)
    ]
    ends = np.cumsum(arrays["counts"])
    starts = ends - arrays["counts"]
    said = [{int(k): v for k, v in one.items()} for one in json.loads(str(arrays["said"]))]
    humans = {
        int(number): people[start:end]
        for number, start, end in zip(arrays["numbers"], starts, ends, strict=True)
    }
    return Predicted(humans, *said)
