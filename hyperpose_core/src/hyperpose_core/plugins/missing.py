"""The error for a component that nobody offers: why it is missing and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from hyperpose_core.errors import HyperposeError, PluginError, UnknownComponentError
from hyperpose_core.plugins import PluginRecord
from hyperpose_core.plugins.entries import entries
from hyperpose_core.plugins.known import distribution_of, known_names
from hyperpose_core.plugins.switches import Switches
from hyperpose_core.support.names import nearest, normalize

UNUSABLE = ("failed", "incompatible")


def error(
    kind: str, name: object, names: Sequence[str], records: Sequence[PluginRecord]
) -> HyperposeError:
    """Return the error to raise.

    Args:
        kind, name: what was asked for; `name` may be `plugin/name`.
        names: what there is of that kind.
        records: all plugins, also those that cannot be used.

    Returns:
        PluginError where a plugin that cannot be used is known to offer it, else
        UnknownComponentError.
    """
    if not isinstance(name, str):
        return UnknownComponentError(f"a {kind} is chosen by its name, a text: received {name!r}")
    plugin, _, component = name.rpartition("/")
    bringer = distribution_of(kind, component)
    for record in records:
        if record.status in UNUSABLE and _is_meant(record, plugin, bringer):
            return PluginError(
                f"the {kind} {name!r} is not there because the plugin {record.name!r} "
                f"({record.source}) cannot be used: {record.status}: {record.error}"
            )
    hint = _plugin_hint(plugin, records) or _install_hint(bringer, records)
    hint = hint or f"{_near(kind, component, names, records)}{_unusable(records)}"
    return UnknownComponentError(f"unknown {kind} {name!r}: {hint}")


def _is_meant(record: PluginRecord, plugin: str, bringer: str | None) -> bool:
    if plugin:
        return normalize(record.name) == normalize(plugin)
    return bringer is not None and normalize(record.distribution) == normalize(bringer)


def _plugin_hint(plugin: str, records: Sequence[PluginRecord]) -> str:
    if not plugin or normalize(plugin) in {normalize(record.name) for record in records}:
        return ""
    if off := _switched_off(plugin):
        return off
    return f"there is no plugin {plugin!r}, only {', '.join(r.name for r in records) or 'none'}"


def _install_hint(bringer: str | None, records: Sequence[PluginRecord]) -> str:
    if bringer is None:
        return ""
    if record := next((r for r in records if r.distribution == bringer), None):
        return f"{record.source} lacks it; try `pip install --upgrade {bringer}`"
    return _switched_off(bringer) or f"`pip install {bringer}` brings it"


def _switched_off(name: str) -> str:
    """Say of a plugin, or a distribution, that it is installed and not used; empty of others."""
    for entry in entries():
        variable = Switches.from_environment().forbids(entry.name, entry.distribution)
        if variable and normalize(name) in (normalize(entry.name), normalize(entry.distribution)):
            return f"{entry.distribution} is installed, and {variable} keeps it out"
    return ""


def _near(kind: str, name: str, names: Sequence[str], records: Sequence[PluginRecord]) -> str:
    installed = {record.distribution for record in records}
    others = {n: dist for n, dist in known_names(kind).items() if dist not in installed}
    near = [
        f"{n!r} ({_switched_off(others[n]) or f'`pip install {others[n]}`'})"
        if n in others
        else repr(n)
        for n in nearest(name, [*names, *others])
    ]
    question = f"did you mean {' or '.join(near)}? " if near else ""
    return question + (f"there are {', '.join(names)}" if names else f"no plugin offers a {kind}")


def _unusable(records: Sequence[PluginRecord]) -> str:
    bad = [f"{r.name} ({r.status}: {r.error})" for r in records if r.status in UNUSABLE]
    return f"; plugins that cannot be used: {', '.join(bad)}" if bad else ""
