"""What a checkpoint says of its training, checked: a file may come from anywhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hyperpose_core.config.calls import OptimizerCall
from hyperpose_core.errors import HyperposeError

Is = Callable[[Any], bool]


def check_fields(said: Any) -> None:
    """See that the fields of `Progress` are as `save_checkpoint` writes them.

    Raises:
        ValueError: one is not; it is named.
    """
    wrong = next(_wrong({"progress": said}, _PROGRESS, ""), None)
    if wrong:
        raise ValueError(wrong)


def _wrong(table: Mapping[str, Any], kinds: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yield what is not of its kind: a test of a value, or the kinds of a table's values.

    What is missing is so only where its name ends with `!`.
    """
    for key, kind in kinds.items():
        name = key.removesuffix("!")
        if name not in table:
            if key.endswith("!"):
                yield f"{where}{name} is missing"
            continue
        value = table[name]
        if not isinstance(kind, dict):
            if not kind(value):
                yield f"{where}{name} is {value!r:.60}"
        elif not isinstance(value, dict):
            yield f"{where}{name} is no table, but {value!r:.60}"
        elif value:
            yield from _wrong(value, kind, f"{where}{name}.")


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**62


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_score(value: Any) -> bool:
    return value is None or (type(value) in (int, float) and not math.isinf(value))


def _are_counts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_count, value))


def _is_best(value: Any) -> bool:
    fields = isinstance(value, dict) and value.keys() <= _BEST.keys()
    return fields and not any(_wrong(value, _BEST, ""))


def _is_optimizer(value: Any) -> bool:
    try:
        OptimizerCall.from_setting(value)
    except HyperposeError:
        return False
    return True


_WORKERS: dict[str, Is] = {"block!": _is_count, "start!": _is_count, "done!": _are_counts}
_BEST: dict[str, Is] = {
    **{"metric": _is_text, "score": _is_score},
    **{"step": _is_count, "stale": _is_count},
}
_IMAGES: dict[str, Is] = {"count!": _is_count, "which!": _is_text, "order!": _is_text}
_KEPT = {"bad_batches": _is_count, "best": _is_best, "position": _is_count, "workers": _WORKERS}
_SETTINGS: dict[str, Is] = {
    "train.optimizer": _is_optimizer,
    "train.steps": lambda value: _is_count(value) and value > 0,
}
_ORIGIN = {"plugins!": {}, "settings!": _SETTINGS, "images": _IMAGES}
_PROGRESS = {
    "progress": {
        **{"step": _is_count, "position": _is_count, "seed": _is_count},
        **{"kept": _KEPT, "origin": _ORIGIN},
    }
}
