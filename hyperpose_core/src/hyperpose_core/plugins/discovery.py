"""Discovery: walk the entry points one by one, so that a broken plugin harms only itself."""

from __future__ import annotations

import contextlib
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from hyperpose_core.errors import SpecError
from hyperpose_core.plugins.checks import component_keys, hooks_of, life_cycle_of, specs_of
from hyperpose_core.plugins.compatibility import unmet_requirement, unmet_variable
from hyperpose_core.plugins.entries import Entry, entries
from hyperpose_core.plugins.record import PluginRecord, Status
from hyperpose_core.plugins.switches import Switches
from hyperpose_core.specs import Spec
from hyperpose_core.support.names import normalize
from hyperpose_core.support.version import __version__


def discover(
    switches: Switches | None = None, core_version: str = __version__
) -> list[PluginRecord]:
    """Return a record for every installed plugin that the switches allow, in a stable order.

    Plugins are imported, their targets are not. Nothing is raised for a plugin that cannot be
    used: its record says why. What one prints goes to standard error: it is no result.

    Args:
        switches: None: those of the environment.
        core_version: what the plugins' requirements are held against.
    """
    switches = switches or Switches.from_environment()
    allowed = [e for e in entries() if switches.allow(e.name, e.distribution)]
    used: dict[str, Entry] = {}
    records = []
    with contextlib.redirect_stdout(sys.stderr):
        for entry in allowed:
            first = used.setdefault(normalize(entry.name), entry)
            records.append(
                _record(entry, core_version) if first is entry else _duplicate(entry, first)
            )
    return _mark_conflicts(records)


def _duplicate(entry: Entry, first: Entry) -> PluginRecord:
    error = (
        f"the name {entry.name!r} is taken by {first.distribution} and {entry.distribution}: "
        f"{first.distribution} is used"
    )
    return _outcome(entry, "duplicate", error)


def _record(entry: Entry, core_version: str) -> PluginRecord:
    if entry.point is None:
        return _outcome(entry, "failed", entry.error)
    try:
        if unmet := unmet_requirement(entry.requires, core_version):
            return _outcome(entry, "incompatible", unmet)
        plugin = entry.point.load()
        if unmet := unmet_variable(plugin, core_version):
            return _outcome(entry, "incompatible", unmet)
        hooks = hooks_of(plugin)
        record = _outcome(entry, "ok", None, specs_of(hooks))
        return replace(record, life_cycle=life_cycle_of(hooks))
    except SpecError as error:
        return _outcome(entry, "failed", str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
        return _outcome(entry, "failed", _one_line(error))


def _outcome(
    entry: Entry, status: Status, error: str | None, specs: tuple[Spec, ...] = ()
) -> PluginRecord:
    return PluginRecord(entry.name, entry.distribution, entry.version, status, error, specs)


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _mark_conflicts(records: Iterable[PluginRecord]) -> list[PluginRecord]:
    records = list(records)
    offers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for record in records:
        for key in {key for spec in record.specs for key in component_keys(spec)}:
            offers[key].append(record.name)
    return [_with_conflicts(record, offers) for record in records]


def _with_conflicts(record: PluginRecord, offers: dict[tuple[str, str], list[str]]) -> PluginRecord:
    found = []
    for spec in record.specs:
        others = sorted({p for k in component_keys(spec) for p in offers[k]} - {record.name})
        if others:
            found.append(
                f"{spec.kind} {spec.name!r} is also offered by {', '.join(others)}: "
                f"write '{record.name}/{spec.name}'"
            )
    return replace(record, status="conflict", error="; ".join(found)) if found else record
