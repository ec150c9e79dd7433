"""AutoGraph is for other people's code: a model may branch on a tensor, nothing of ours does.

What it converts takes some times as long to trace, so a step converts what it calls, not itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import tensorflow as tf

P = ParamSpec("P")
R = TypeVar("R")

as_written = tf.autograph.experimental.do_not_convert
"""Decorates what is to be traced without it, with all that it calls."""


_OUTSIDE = tf.__internal__.autograph.control_status_ctx()
"""Says, as whoever calls no traced function, that nothing is to be left as written."""


def converted(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function with its Python branches and loops on tensors in the graph."""
    return cast(Callable[P, R], tf.__internal__.autograph.tf_convert(function, _OUTSIDE))
