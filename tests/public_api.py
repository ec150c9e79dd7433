"""Writes public_api.txt, what plugins and users may rely on: `python tests/public_api.py`.

Names and signatures of what `hyperpose_core` and `hyperpose` export, hooks, fields of specs,
members of contracts, fields of events. docs/versions.md says how long they stay.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import hyperpose
import hyperpose_core
import hyperpose_plugintools
from hyperpose_core import contracts, layers
from hyperpose_core.contracts import events, uses
from hyperpose_core.hookspecs import HOOKS, LIFE_CYCLE, ON_USE, HookSpecs
from hyperpose_core.specs import KINDS

FILE = Path(__file__).with_name("public_api.txt")


def lines() -> Iterator[str]:
    """Yield a line a name, in an order that does not change."""
    for hook, spec in HOOKS.items():
        yield f"hook {hook}() -> {spec.__name__}"
    for hook in (*LIFE_CYCLE, *ON_USE):
        yield f"hook {hook}{inspect.signature(getattr(HookSpecs, hook))}".replace("(self, ", "(")
    for kind, spec in KINDS.items():
        yield f"kind {kind}: {spec.__name__}"
    every = [*vars(events).values(), *vars(uses).values()]
    told = [e for e in every if isinstance(e, type) and hasattr(e, "hook")]
    named = {f"event {each.__name__}": each for each in told}
    for module in (hyperpose_core, contracts, layers, hyperpose_plugintools, hyperpose):
        named |= {f"{module.__name__}.{name}": getattr(module, name) for name in module.__all__}
    for name, value in named.items():
        yield from described(name, value)


def described(name: str, value: Any) -> Iterator[str]:
    """Yield the line of a name, and of what a class has."""
    if isinstance(value, type):
        yield f"{name}{signature(value)}"
        for member in members(value):
            yield f"{name}.{member}{signature(inspect.getattr_static(value, member, None))}"
    elif isinstance(value, ModuleType):
        for member, each in sorted(vars(value).items()):
            ours = inspect.isfunction(each) and each.__module__.startswith("hyperpose")
            if ours and not member.startswith("_"):
                yield f"{name}.{member}{signature(each)}"
    else:
        yield f"{name}{signature(value)}"


def members(cls: type) -> list[str]:
    """Return the public names that a class of ours says itself."""
    ours = [base for base in cls.__mro__ if base.__module__.startswith("hyperpose")]
    found = {n for base in ours for n in (*vars(base), *vars(base).get("__annotations__", ()))}
    if issubclass(cls, enum.Enum):
        found &= set(cls.__members__)
    fields = {f.name for f in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else set()
    called = {"__call__"} if getattr(cls, "_is_protocol", False) and "__call__" in found else set()
    return sorted({n for n in found if not n.startswith("_") and n not in fields} | called)


def signature(value: Any) -> str:
    """Return how something is called; nothing for what is not called."""
    value = getattr(value, "__func__", value)
    plain = isinstance(value, type) and not issubclass(value, (enum.Enum, Exception))
    if not inspect.isfunction(value) and (not plain or getattr(value, "_is_protocol", False)):
        return ""
    return re.sub(r" at 0x[0-9a-f]+", "", str(inspect.signature(value)))


def document() -> str:
    """Return the whole text."""
    return "\n".join(dict.fromkeys(lines())) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
