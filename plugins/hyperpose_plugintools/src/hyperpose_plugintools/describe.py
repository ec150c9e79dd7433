"""What is known of a component: its spec, its documentation, and what it can be given."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import MISSING, asdict, fields, is_dataclass
from typing import Any

import click

from hyperpose_core.errors import PluginError
from hyperpose_core.families.options import FamilyOptions
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.specs import AnnotationFormatSpec, Spec

GIVEN = {"filter": 1, "augmentation": 2, "metric": 3, "optimizer": 3, "schedule": 3}
"""How many arguments the program gives to the kinds whose others are the user's."""


def description(kind: str, name: str, registry: Registry) -> dict[str, Any]:
    """Return what there is to say of a component, as plain data.

    Errors are those of `Registry.load`.
    """
    spec = registry.get(kind, name)
    record = next(record for record in registry.records if spec in record.specs)
    loaded: Any = _loaded(spec, name, registry)
    plain = {key: value for key, value in asdict(spec).items() if value not in ("", (), None, {})}
    told: dict[str, Any] = {
        "kind": kind,
        **plain,
        "plugin": record.name,
        "distribution": record.source,
        "file": _file(spec),
        "documentation": _documentation(loaded),
        "arguments": list(_arguments(loaded, GIVEN[kind])) if kind in GIVEN else [],
        "options": list(_options(loaded)),
    }
    if (skeleton := _skeleton(spec, loaded)) is not None:
        told["keypoints"] = list(skeleton.keypoints)
        told["limbs"] = [[skeleton.keypoints[end] for end in limb] for limb in skeleton.limbs]
    return told


def text(told: dict[str, Any]) -> str:
    """Return a description to read."""
    lines = [f"{told['kind']} {told['name']}: {told.get('summary', '')}".rstrip(": "), ""]
    shown = {"kind", "name", "summary", "documentation", "arguments", "options", "limbs"}
    for key, value in told.items():
        if key not in shown and value not in (None, ""):
            lines.append(f"{key:18}{_words(value)}")
    if "limbs" in told:
        limbs = ", ".join(f"{a} - {b}" for a, b in told["limbs"])
        lines.append(f"{'limbs':18}{limbs or 'none'}")
    for title in ("arguments", "options"):
        if told[title]:
            lines += ["", f"{title}:", *(f"    {line}" for line in map(_argument, told[title]))]
    if told["documentation"]:
        lines += ["", told["documentation"]]
    return "\n".join(lines)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item}" for key, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _argument(told: dict[str, Any]) -> str:
    default = "" if told["needed"] else f" = {told['default']}"
    return f"{told['name']}: {told['type']}{default}"


def _loaded(spec: Spec, name: str, registry: Registry) -> Any:
    """Import it, or of a file format, which has no target of its own, the part that there is."""
    if not isinstance(spec, AnnotationFormatSpec):
        return registry.load(spec.kind, name)
    parts = [registry.load_part(spec.kind, name, part) for part in ("reader", "writer")]
    return next((part for part in parts if part is not None), None)


def _file(spec: Spec) -> str:
    """Return the file of the module that its first target names; it is imported by now."""
    modules = [target.partition(":")[0] for target in spec.targets()]
    found = [getattr(sys.modules.get(module), "__file__", None) for module in modules]
    return next((file for file in found if file), "")


def _documentation(loaded: Any) -> str:
    """Return what its author says; an object has only the text of its class, which says nothing."""
    if isinstance(loaded, click.Command):
        return loaded.help or ""
    written = inspect.isclass(loaded) or inspect.isroutine(loaded)
    return (inspect.getdoc(loaded) or "") if written else ""


def _arguments(function: Callable[..., Any], given: int) -> Iterator[dict[str, Any]]:
    """Yield the user's arguments: all of a class whose `__init__` has `*given` before them."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    starred = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    for place, parameter in enumerate(parameters):
        if parameter.kind in named and (starred or place >= given):
            needed = parameter.default is parameter.empty
            yield _told(parameter.name, parameter.annotation, needed, parameter.default)


def _options(loaded: Any) -> Iterator[dict[str, Any]]:
    """Yield the options of the module's dataclass of options, where there is one."""
    module = inspect.getmodule(loaded)
    for value in vars(module).values() if module else ():
        if isinstance(value, type) and issubclass(value, FamilyOptions) and is_dataclass(value):
            for item in fields(value):
                yield _told(item.name, item.type, item.default is MISSING, item.default)


def _told(name: str, annotation: Any, needed: bool, default: Any) -> dict[str, Any]:
    named = getattr(annotation, "__name__", str(annotation))
    kind = "any" if annotation is inspect.Parameter.empty else named
    told = {"name": name, "type": kind, "needed": needed}
    return told if needed else {**told, "default": repr(default)}


def _skeleton(spec: Spec, loaded: Any) -> Skeleton | None:
    """Return a skeleton's own, or that which a dataset has before it is opened."""
    found = loaded if spec.kind == "skeleton" else getattr(loaded, "skeleton", None)
    if spec.kind == "skeleton" and not isinstance(found, Skeleton):
        raise PluginError(f"the skeleton {spec.name!r} is a {type(found).__name__}, no Skeleton")
    return found if isinstance(found, Skeleton) else None
