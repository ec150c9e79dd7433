"""The registry: components by kind and name, from the plugins that were found."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from hyperpose_core.errors import (
    ConfigError,
    HyperposeError,
    PluginError,
    UnknownComponentError,
)
from hyperpose_core.plugins import PluginRecord, Switches, discover, missing
from hyperpose_core.plugins.known import keeps_name
from hyperpose_core.specs import KINDS, ConverterSpec, ProcessorSpec, Spec
from hyperpose_core.support.missing_tensorflow import advice
from hyperpose_core.support.names import normalize
from hyperpose_core.support.printing import printing_aside
from hyperpose_core.support.promises import calling, made, owned

if TYPE_CHECKING:
    from hyperpose_core.config.calls import Call, CallOfAKind

_log = logging.getLogger(__name__)
GOOD = ("ok", "slow")
"""The statuses with which strictness is content: time differs from run to run."""


class Registry:
    """Components by kind and name.

    Kinds are those of `specs.KINDS`. In names, case, `-` and `_` do not matter, aliases count, and
    `"plugin/name"` chooses where two plugins offer the same. The plain name is then that of the
    plugin which `known.keeps_name`; where none does it is an error.

    Args:
        records: what discovery found; those that cannot be used have no components.
    """

    def __init__(self, records: Iterable[PluginRecord]) -> None:
        self.records = tuple(records)
        self._by_key: dict[tuple[str, str], list[tuple[PluginRecord, Spec]]] = defaultdict(list)
        self._warned: set[str] = set()
        for record in self.records:
            for spec in record.specs:
                for key in spec.keys:
                    self._by_key[spec.kind, key].append((record, spec))

    def specs(self, kind: str) -> list[Spec]:
        """Return the specs of a kind, by plugin, in a stable order; ValueError for a bad kind."""
        return [spec for _, spec in self._offers(kind)]

    def names(self, kind: str) -> list[str]:
        """Return the names of a kind as `get` takes them: `plugin/name` where two collide."""
        return [
            spec.name if self._is_plain(record, spec) else f"{record.name}/{spec.name}"
            for record, spec in self._offers(kind)
        ]

    def get(self, kind: str, name: str) -> Spec:
        """Return the spec of a component.

        Raises:
            UnknownComponentError: nobody offers it; says what is near and what to install.
            PluginError: two plugins offer it, or the plugin that does cannot be used.
        """
        return self._get(kind, name)[1]

    def called(self, kind: str, name: str) -> str:
        """Return what a component is called in messages, with its plugin; errors as `get`."""
        return _called(*self._get(kind, name))

    def load(self, kind: str, name: str) -> Any:
        """Import a component and return it; errors as `get`, PluginError where the import fails."""
        return self._load(*self._get(kind, name))

    def make(self, kind: str, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Load a component and call it.

        Raises:
            UnknownComponentError, PluginError: as `load`; PluginError also where the call fails.
            HyperposeError: what the component itself says.
        """
        return made(self.load(kind, name), *args, **kwargs)

    def bind(self, call: Call, given: int = 1) -> Callable[..., Any]:
        """Load the component that a setting names, and give it the arguments that stand there.

        Args:
            given: how many arguments it gets by place when it is called.

        Returns:
            what is to be called; it fails as `make` does.

        Raises:
            UnknownComponentError, PluginError: as `load`.
            ConfigError: it does not take these arguments.
        """
        from hyperpose_core.config.call_arguments import with_arguments

        bound = with_arguments(self.load(call.kind, call.name), call, given)
        bound = owned(bound, self.called(call.kind, call.name))
        return functools.partial(made, bound)

    def named(self, call: CallOfAKind) -> CallOfAKind:
        """Return a call with the name that its plugin gives the component; errors as `get`."""
        name = self.get(call.kind, call.name).name
        return type(call)(call.name if "/" in call.name else name, call.arguments)

    @contextlib.contextmanager
    def naming(self, kind: str, name: str, method: str = "") -> Iterator[None]:
        """Let errors of a component's code inside name it, as `calling` does; also a decorator."""
        with calling(None, method, self.called(kind, name)):
            yield

    @contextlib.contextmanager
    def needed_by(self, kind: str, name: str) -> Iterator[None]:
        """Let the error for what nobody offers say which component needs it."""
        try:
            yield
        except UnknownComponentError as error:
            raise UnknownComponentError(f"{self.called(kind, name)} needs it: {error}") from error

    def load_part(self, kind: str, name: str, part: str) -> Any:
        """Import what a further target of a component names: `archives`, `scorer`.

        Returns:
            what the spec's field `part` names; None where the component has none.

        Raises:
            UnknownComponentError, PluginError: as `load`.
        """
        record, spec = self._get(kind, name)
        if (target := getattr(spec, part)) is None:
            return None
        return self._load(record, dataclasses.replace(spec, target=target))

    def for_family(self, kind: str, family: str, name: str | None = None) -> Any:
        """Return the loaded preprocessor, postprocessor or visualizer of a model family.

        Args:
            name: which; None: the only one, or the one that is named like the family.

        Raises:
            ConfigError: the one of that name serves another family.
        """
        serving = [
            (record, spec)
            for record, spec in self._offers(kind)
            if isinstance(spec, ProcessorSpec) and normalize(spec.family) == normalize(family)
        ]
        if name is None:
            return self._load(*serving[0]) if len(serving) == 1 else self.load(kind, family)
        if (chosen := self._get(kind, name)) not in serving:
            names = ", ".join(spec.name for _, spec in serving)
            raise ConfigError(
                f"{_called(*chosen)} serves another family: the model is of {family!r}, whose are "
                f"{names}"
            )
        return self._load(*chosen)

    def _offers(self, kind: str) -> list[tuple[PluginRecord, Spec]]:
        if kind not in KINDS:
            raise ValueError(f"unknown kind {kind!r}: one of {', '.join(KINDS)}")
        return [(r, spec) for r in self.records for spec in r.specs if spec.kind == kind]

    def _found(self, kind: str, name: str) -> list[tuple[PluginRecord, Spec]]:
        plugin, _, component = name.rpartition("/")
        found = self._by_key.get((kind, normalize(component)), [])
        if plugin:
            return [(r, s) for r, s in found if normalize(r.name) == normalize(plugin)]
        if len(found) > 1:
            return [(r, s) for r, s in found if keeps_name(r.distribution, kind, name)] or found
        return found

    def _is_plain(self, record: PluginRecord, spec: Spec) -> bool:
        """Say whether a component is what its plain name means."""
        found = self._found(spec.kind, spec.name)
        return len(found) == 1 and found[0][1] is spec and found[0][0] is record

    def _get(self, kind: str, name: str) -> tuple[PluginRecord, Spec]:
        if not isinstance(name, str) or not (found := self._found(kind, name)):
            raise missing.error(kind, name, self.names(kind), self.records)
        if len(found) > 1:
            named = [repr(f"{record.name}/{spec.name}") for record, spec in found]
            how = f"say {' or '.join(named)}"
            if kind == ConverterSpec.kind:
                how = f"disable one of {', '.join(named)} with HYPERPOSE_DISABLED_PLUGINS"
            raise PluginError(f"{len(found)} plugins offer the {kind} {name!r}: {how}")
        self._warn_of_duplicate(found[0][0])
        return found[0]

    def _warn_of_duplicate(self, used: PluginRecord) -> None:
        for record in self.records:
            same = normalize(record.name) == normalize(used.name)
            if same and record.status == "duplicate" and record.distribution not in self._warned:
                self._warned.add(record.distribution)
                _log.warning("plugin %s: %s", record.name, record.error)

    def _load(self, record: PluginRecord, spec: Spec) -> Any:
        try:
            with printing_aside():
                return owned(spec.load(), _called(record, spec))
        except HyperposeError:
            raise
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"{_called(record, spec)} cannot be loaded from {spec.target}: "
                f"{type(error).__name__}: {error}{advice(error)}"
            ) from error


def _called(record: PluginRecord, spec: Spec) -> str:
    return f"the {spec.kind} {spec.name!r} of plugin {record.name!r} ({record.source})"


def make_registry(switches: Switches | None = None) -> Registry:
    """Find the plugins and return a new registry of them.

    Args:
        switches: None: those of the environment.

    Raises:
        PluginError: with the switch `strict`, where a plugin cannot be used.
    """
    switches = switches or Switches.from_environment()
    records = discover(switches)
    bad = [f"{r.name} ({r.source}) {r.status}: {r.error}" for r in records if r.status not in GOOD]
    if switches.strict and bad:
        raise PluginError(
            f"HYPERPOSE_STRICT_PLUGINS is on and not every plugin is well: {'; '.join(bad)}"
        )
    return Registry(records)


@functools.cache
def get_registry() -> Registry:
    """Return the default registry, made at the first call; errors as `make_registry`."""
    return make_registry()
