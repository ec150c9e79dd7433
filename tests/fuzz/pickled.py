"""Pickled targets of a user's dataset."""

from __future__ import annotations

import collections
import pickle

import numpy as np

from hyperpose.unpickle import loads

VALUE = {
    "kpt": [np.arange(6.0).reshape(2, 3), np.float32(2)],
    "ids": (1, "a", b"b", None, {3}),
    "more": collections.OrderedDict(a=np.array(["x", None], object)),
}


def seeds() -> list[bytes]:
    return [pickle.dumps(VALUE, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]


def target(data: bytes) -> None:
    loads(data)
