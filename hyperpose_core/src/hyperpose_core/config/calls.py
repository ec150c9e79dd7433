"""Calls: named components with their arguments, as settings hold them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from hyperpose_core.config.coerce import MismatchError, plain
from hyperpose_core.support.toml import tomllib

_CALL = re.compile(r"\s*([^()]*[^()\s])\s*(?:\((.*)\)\s*)?", re.DOTALL)
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


CallOfAKind = TypeVar("CallOfAKind", bound="Call")


class Call(str):
    """A text such as `min-keypoints(count=5)`: equal to its spelling, with its parts at hand.

    Args:
        name: of a registered component.
        arguments: text, numbers, true, false and lists by name; in names, `-` means `_`.

    Raises:
        MismatchError: an argument's name or value is none.
    """

    kind: ClassVar[str]
    """Of the component, as the registry has it."""
    word: ClassVar[str]
    """What messages call it."""
    examples: ClassVar[str]
    name: str
    arguments: dict[str, Any]

    def __init_subclass__(cls, *, kind: str, examples: str, word: str = "") -> None:
        cls.kind, cls.examples, cls.word = kind, examples, word or kind

    def __new__(
        cls: type[CallOfAKind], name: str, arguments: Mapping[str, Any] | None = None
    ) -> CallOfAKind:
        """Make the text from its parts."""
        given = {str(key).replace("-", "_"): plain(v) for key, v in (arguments or {}).items()}
        for key in given:
            if not _KEY.fullmatch(key):
                raise MismatchError(f"{key!r} is no name of an argument")
        inner = ", ".join(f"{key}={_spelt(value)}" for key, value in given.items())
        call = super().__new__(cls, f"{name}({inner})" if given else name)
        call.name, call.arguments = name, given
        return call

    @classmethod
    def from_setting(cls: type[CallOfAKind], value: Any) -> CallOfAKind:
        """Read `"name"`, `"name(argument=value, ...)"` or a table with `name` and the arguments.

        The values of arguments are written as in TOML; nothing is evaluated.

        Raises:
            MismatchError: it is none of these.
        """
        if isinstance(value, Mapping):
            rest = dict(value)
            name = rest.pop("name", None)
            if not isinstance(name, str) or not name.strip():
                raise MismatchError(f'the table of the {cls.word} needs a name: {{name = "..."}}')
            return cls(name.strip(), rest)
        # Also a Call is read anew: somebody may have made one of any text.
        found = _CALL.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise MismatchError
        return cls(found[1], _arguments(found[2] or "", str(value)))

    def __reduce__(self: CallOfAKind) -> tuple[type[CallOfAKind], tuple[str, dict[str, Any]]]:
        return type(self), (self.name, self.arguments)


class FilterCall(Call, kind="filter", examples='"no-crowd", "min-keypoints(count=5)"'):
    """A filter of a dataset."""


class AugmentationCall(Call, kind="augmentation", examples='"grey", "cutout(n=2)"'):
    """A random change of training images."""


class ObjectiveCall(
    Call, kind="train_objective", word="objective", examples='"domain-adaptation(images=...)"'
):
    """A further loss of a training."""


class OptimizerCall(Call, kind="optimizer", examples='"AdamW", "SGD(momentum=0.95)"'):
    """How gradients change weights."""


class ScheduleCall(Call, kind="schedule", examples='"cosine", "step(every=1000, factor=0.5)"'):
    """The curve of the learning rate."""


class MetricCall(Call, kind="metric", examples='"oks", "pck(threshold=0.1)"'):
    """Numbers on predictions."""


def _arguments(text: str, call: str) -> Any:
    """Read what is between the parentheses: it is what TOML has in an inline table."""
    try:
        tables = tomllib.loads(f"call = {{{text.strip().removesuffix(',')}}}")
    except (ValueError, RecursionError):
        tables = {}
    if set(tables) != {"call"}:
        raise MismatchError(
            f"cannot read {call!r}: arguments are written name=value, texts in quotes"
        )
    return tables["call"]


def _spelt(value: Any) -> str:
    """Write a value as TOML does."""
    if value is None:
        raise MismatchError("None is no value of an argument: leave the argument out")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_spelt(k)} = {_spelt(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_spelt, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
