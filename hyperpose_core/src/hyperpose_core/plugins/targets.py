"""Targets of specs: whether they are there, without importing what may be slow to import."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import itertools
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

from hyperpose_core.errors import SpecError
from hyperpose_core.specs import Spec
from hyperpose_core.support.names import did_you_mean

_DEFINED = re.compile(r"^(?:(?:async\s+)?def|class)\s+(\w+)|^(\w+)\s*[:=]", re.MULTILINE)
_MADE = re.compile(r"import \*|__getattr__|globals\(|vars\(|setattr|exec\(")
"""By which a module may have attributes that its text does not name."""


def lacking(specs: Iterable[Spec]) -> list[str]:
    """Return what attributes of their modules targets name in vain.

    Raises:
        SpecError: there is no module of a target.
    """
    texts: dict[str, str | None] = {}
    found = []
    for spec in specs:
        for target in spec.targets():
            module, _, attributes = target.partition(":")
            if module not in texts:
                texts[module] = _text(module, spec, target)
            name = attributes.partition(".")[0]
            if (names := _others(texts[module], sys.modules.get(module), name)) is not None:
                near = did_you_mean(name, names)
                found.append(f"{_bad(spec, target)}: no {name!r} in {module}{near}")
    return found


def _bad(spec: Spec, target: str) -> str:
    return f"bad target {target!r} of {spec.kind} {spec.name!r}"


def _text(module: str, spec: Spec, target: str) -> str | None:
    """Return the text of a module; None where it is loaded, or has none."""
    if not (found := _module(module)):
        raise SpecError(f"{_bad(spec, target)}: no module {module!r}")
    if module in sys.modules or not found.origin or not found.origin.endswith(".py"):
        return None
    return Path(found.origin).read_text("utf-8", errors="replace")


def _others(text: str | None, loaded: ModuleType | None, wanted: str) -> Iterable[str] | None:
    """Return what a module has, where it has not what is wanted; None where it may have it."""
    if loaded is not None:
        return None if hasattr(loaded, wanted) else dir(loaded)
    if text is None or _has_word(text, wanted) or _MADE.search(text):
        return None
    return [name for names in _DEFINED.findall(text) for name in names if name] or None


def _has_word(text: str, word: str) -> bool:
    """Say whether a text has a word; a pattern for each would cost more than all the rest here."""
    pairs = itertools.pairwise(text.split(word))
    return any(not (_in_word(before[-1:]) or _in_word(after[:1])) for before, after in pairs)


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _module(module: str) -> importlib.machinery.ModuleSpec | None:
    """Look a module up without importing its packages, which may be slow to import."""
    path: Sequence[str] | None = None
    found, parts = None, module.split(".")
    for count in range(1, len(parts) + 1):
        name = ".".join(parts[:count])
        if name in sys.modules:
            loaded = sys.modules[name]
            path = getattr(loaded, "__path__", None)
            found = loaded.__spec__ or importlib.machinery.ModuleSpec(name, None)
        elif (found := _find(name, path)) is not None:
            path = found.submodule_search_locations
        else:
            return None
        if path is None and count < len(parts):
            return None
    return found


def _find(name: str, path: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
    for finder in sys.meta_path:
        found = finder.find_spec(name, path)
        if found is not None:
            return found
    return None
