"""Targets of specs: whether they are there, without importing what may be slow to import."""

from __future__ import annotations

import importlib.machinery
import importlib.util
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


def check_targets(specs: Iterable[Spec]) -> None:
    """Raise SpecError for a target whose module there is not, or has no such attribute."""
    texts: dict[str, str | None] = {}
    for spec in specs:
        for target in spec.targets():
            module, _, attributes = target.partition(":")
            wrong = f"bad target {target!r} of {spec.kind} {spec.name!r}"
            if module not in texts:
                if not (found := _module(module)):
                    raise SpecError(f"{wrong}: no module {module!r}")
                texts[module] = _text(module, found)
            name = attributes.partition(".")[0]
            if (names := _others(texts[module], sys.modules.get(module), name)) is not None:
                raise SpecError(f"{wrong}: no {name!r} in {module}{did_you_mean(name, names)}")


def _text(module: str, found: importlib.machinery.ModuleSpec) -> str | None:
    """Return the text of a module; None where it is loaded, or there is none."""
    if module in sys.modules or not found.origin or not found.origin.endswith(".py"):
        return None
    return Path(found.origin).read_text("utf-8", errors="replace")


def _others(text: str | None, loaded: ModuleType | None, wanted: str) -> Iterable[str] | None:
    """Return what a module has, where it has not what is wanted; None where it may have it."""
    if loaded is not None:
        return None if hasattr(loaded, wanted) else dir(loaded)
    if text is None or re.search(rf"\b{wanted}\b", text) or _MADE.search(text):
        return None
    return [name for names in _DEFINED.findall(text) for name in names if name]


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
