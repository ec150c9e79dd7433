"""Text: reading the value of a setting from the command line, by the type of the setting."""

from __future__ import annotations

import re
import sys
import typing
from typing import Any

from hyperpose_core.config.coerce import without_none
from hyperpose_core.config.options import setting_type
from hyperpose_core.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_QUOTED = re.compile(r"""(["']).*\1""", re.DOTALL)


def parse_option(text: str) -> tuple[str, Any]:
    """Read `group.key=value`, as given to `--set`.

    The value is written as in TOML (`[0.5, 1.0]`, `true`, `1e-4`); text needs no quotes, a size can
    be `432x368`, a list can be `a,b`, and None is `None`. It is converted by the setting's type,
    but checked only when it is set.

    Raises:
        ConfigError: there is no `=`, or no such setting.
    """
    key, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(
            f"{text!r:.80} is not a setting: write group.key=value, as train.steps=500"
        )
    key = key.strip()
    return key, parse_value(setting_type(key), value.strip())


def parse_value(hint: Any, text: str) -> Any:
    """Return the value that a text means for a type, or the text itself where it means none."""
    hint = without_none(hint)
    kind = typing.get_origin(hint) or hint
    is_text = isinstance(kind, type) and issubclass(kind, str)
    if is_text and not _QUOTED.fullmatch(text):
        return text
    if kind is bool and text.lower() in ("true", "false"):
        return text.lower() == "true"
    value = _toml(text)
    if value is None and kind in (list, tuple):
        return _list(typing.get_args(hint)[0], text)
    if value is None and kind is float:
        return _number(text)
    if value is not None and kind is list and not isinstance(value, list):
        return [value]
    return text if value is None else value


def _toml(text: str) -> Any:
    try:
        values = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return None
    return values["value"] if len(values) == 1 else None


def _list(inner: Any, text: str) -> Any:
    """Read `a, b` or `[a, b]`; anything without a comma stays text unless texts are wanted."""
    items = [item.strip() for item in _split(text.removeprefix("[").removesuffix("]"))]
    if len(items) == 1 and not issubclass(inner, str):
        return text
    return [parse_value(inner, item) for item in items if item]


def _split(text: str) -> list[str]:
    """Split at commas that are not inside parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text
