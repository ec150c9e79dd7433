"""Text: reading the value of a setting from the command line, by the type of the setting."""

from __future__ import annotations

import contextlib
import re
import typing
from typing import Any, Literal

from hyperpose_core.config.coerce import bare
from hyperpose_core.config.options import setting_type
from hyperpose_core.errors import ConfigError
from hyperpose_core.support.toml import tomllib

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
    return key, _value(setting_type(key), value.strip())


def _value(hint: Any, text: str) -> Any:
    """Return the value that a text means for a type, or the text itself where it means none."""
    hint = bare(hint)
    kind = typing.get_origin(hint) or hint
    if _is_text(kind) and not _QUOTED.fullmatch(text):
        return text
    value = _toml(text.lower() if kind is bool else text)
    if value is None and kind in (list, tuple):
        return _items(typing.get_args(hint)[0], text)
    if value is None and kind is float:
        with contextlib.suppress(ValueError):
            return float(text)  # as .5, which TOML does not know
    if value is not None and kind is list and not isinstance(value, list):
        return [value]
    return text if value is None else value


def _is_text(kind: Any) -> bool:
    return kind is Literal or (isinstance(kind, type) and issubclass(kind, str))


def _toml(text: str) -> Any:
    try:
        values = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return None
    return values["value"] if len(values) == 1 else None


def _items(inner: Any, text: str) -> Any:
    """Read `a, b` or `[a, b]`; anything without a comma stays text unless texts are wanted."""
    # Commas inside parentheses do not count; TOML has read what has them in brackets or quotes.
    items = re.split(r",(?![^(]*\))", text.removeprefix("[").removesuffix("]"))
    if len(items) == 1 and not _is_text(inner):
        return text
    return [_value(inner, item.strip()) for item in items if item.strip()]
