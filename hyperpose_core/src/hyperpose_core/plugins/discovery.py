"""Discovery: walk the entry points one by one, so that a broken plugin harms only itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from hyperpose_core.errors import SpecError
from hyperpose_core.plugins.checks import component_keys, hooks_of, life_cycle_of, specs_of
from hyperpose_core.plugins.compatibility import unmet_requirement, unmet_variable
from hyperpose_core.plugins.cost import imported
from hyperpose_core.plugins.entries import Entry, entries
from hyperpose_core.plugins.known import keeps_name
from hyperpose_core.plugins.record import PluginRecord, Status
from hyperpose_core.plugins.switches import Switches
from hyperpose_core.plugins.targets import lacking
from hyperpose_core.specs import ConverterSpec, Spec
from hyperpose_core.support.names import normalize
from hyperpose_core.support.printing import printing_aside
from hyperpose_core.support.version import __version__

_Offers = Mapping[tuple[str, str], Sequence[PluginRecord]]


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
    allowed = [e for e in entries() if not switches.forbids(e.name, e.distribution)]
    used: dict[str, Entry] = {}
    records = []
    with printing_aside():
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
        plugin, seconds, slow = imported(entry.point)
        if unmet := unmet_variable(plugin, core_version):
            return _outcome(entry, "incompatible", unmet)
        hooks = hooks_of(plugin)
        specs = specs_of(hooks)
        lost = lacking(specs)
        said = "; ".join([*([slow] if slow else []), *lost]) or None
        status: Status = "incomplete" if lost else "slow" if slow else "ok"
        record = _outcome(entry, status, said, specs)
        return replace(record, life_cycle=life_cycle_of(hooks), seconds=seconds)
    except SpecError as error:
        return _outcome(entry, "failed", str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
        return _outcome(entry, "failed", _one_line(error))


def _outcome(
    entry: Entry, status: Status, error: str | None, specs: tuple[Spec, ...] = ()
) -> PluginRecord:
    module = entry.point.value if entry.point else ""
    place = (entry.name, entry.distribution, entry.version)
    return PluginRecord(*place, status, error, specs, module=module)


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _mark_conflicts(records: Iterable[PluginRecord]) -> list[PluginRecord]:
    records = list(records)
    offers: dict[tuple[str, str], list[PluginRecord]] = defaultdict(list)
    for record in records:
        for key in {key for spec in record.specs for key in component_keys(spec)}:
            offers[key].append(record)
    return [_with_conflicts(record, offers) for record in records]


def _with_conflicts(record: PluginRecord, offers: _Offers) -> PluginRecord:
    found = [text for spec in record.specs if (text := _conflict(record, spec, offers))]
    if not found:
        return record
    said = [record.error] if record.error else []
    return replace(record, status="conflict", error="; ".join([*said, *found]))


def _conflict(record: PluginRecord, spec: Spec, offers: _Offers) -> str:
    """Return who else offers a component, and whose the plain name is; empty where nobody does."""
    keys = [key for key in sorted(component_keys(spec)) if len(offers[key]) > 1]
    others = {other.name: other for key in keys for other in offers[key] if other is not record}
    if not others:
        return ""
    also = f"{spec.kind} {spec.name!r} is also offered by {', '.join(sorted(others))}"
    keepers = [n for n, o in others.items() if any(keeps_name(o.distribution, *k) for k in keys)]
    if any(keeps_name(record.distribution, *key) for key in keys):
        return f"{also}: the plain name is this one's"
    if isinstance(spec, ConverterSpec):
        return f"{also}: disable one of the plugins"
    keeps = f", and the plain name is that of {keepers[0]}" if keepers else ""
    return f"{also}{keeps}: write '{record.name}/{spec.name}'"
