"""What is known about one plugin: a row of `hyperpose list-plugins`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from hyperpose_core.specs import KINDS, Spec

Status = Literal["ok", "slow", "incomplete", "failed", "incompatible", "duplicate", "conflict"]
STATUSES: tuple[str, ...] = get_args(Status)


@dataclass(frozen=True)
class PluginRecord:
    """One entry point of the group `hyperpose`, and what became of it.

    Args:
        name: of the entry point.
        distribution, version: what pip installed.
        status: `ok`; `slow`: it can be used, and every command waits for its import; `incomplete`:
            it can be used but for targets that are not there; `failed`: it cannot be loaded or is
            wrong; `incompatible`: built for another core; `duplicate`: another distribution's entry
            point of the same name is used instead; `conflict`: another plugin offers a component of
            the same name.
        error: why the status is not `ok`.
        specs: what it offers; empty where it cannot be used.
        life_cycle: its hooks that a training calls, by name; each is a function of an event.
        module: that the entry point names; where it names an object, `module:object`.
        seconds: that its import took; 0 where it was not imported.
    """

    name: str
    distribution: str
    version: str
    status: Status = "ok"
    error: str | None = None
    specs: tuple[Spec, ...] = ()
    life_cycle: Mapping[str, Callable[[Any], object]] = field(default_factory=dict, compare=False)
    module: str = field(default="", compare=False)
    seconds: float = field(default=0.0, compare=False)

    @property
    def source(self) -> str:
        """The distribution and its version, for messages."""
        return f"{self.distribution} {self.version}".strip()

    @property
    def components(self) -> dict[str, list[str]]:
        """Names by kind, in the order of `specs.KINDS`, only kinds that there are."""
        names = {kind: [s.name for s in self.specs if s.kind == kind] for kind in KINDS}
        return {kind: found for kind, found in names.items() if found}
