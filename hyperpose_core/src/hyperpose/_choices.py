"""Choices: the sets of names `Config.MODEL`, `Config.DATA`..., which behave like enums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hyperpose_core.errors import PluginError, UnknownComponentError
from hyperpose_core.registry import get_registry
from hyperpose_core.support.names import did_you_mean, normalize


class Member(str):
    """One name of a set of choices: a text, equal to its name and usable wherever a name is."""

    __slots__ = ("choices",)

    choices: str

    def __new__(cls, name: str, choices: str = "") -> Member:
        member = super().__new__(cls, name)
        member.choices = choices
        return member

    @property
    def name(self) -> str:
        """The name as plain text."""
        return str(self)

    @property
    def value(self) -> str:
        """The name: members have no other value."""
        return str(self)

    def __repr__(self) -> str:
        return f"<{self.choices}.{self}>"


class UnknownMemberError(UnknownComponentError, AttributeError, KeyError):
    """A set of choices has no such member: what attributes, subscripts and plugins raise."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class Choices:
    """Names to choose from, like an enum: `MODEL.Openpose`, `MODEL["Openpose"]`, iteration, `in`.

    Members are looked up when they are asked for, so that what is installed is there. Case, `-` and
    `_` do not matter, and other spellings give the same member.

    Args:
        title: what users call the set, for `repr`.
        kind: of the registry's components that are members, or None.
        fixed: names that are members always, after those of the registry.
        aliases: other spellings of names.
        retired: names of 2021 that nobody may offer, and what to write then.
    """

    def __init__(
        self,
        title: str,
        kind: str | None = None,
        fixed: Sequence[str] = (),
        aliases: dict[str, str] | None = None,
        retired: dict[str, str] | None = None,
    ) -> None:
        self._title, self._kind, self._fixed = title, kind, tuple(fixed)
        self._spellings = {normalize(name): name for name in self._fixed}
        self._aliases = {normalize(k): name for k, name in (aliases or {}).items()}
        self._retired = {normalize(k): advice for k, advice in (retired or {}).items()}

    def __getattr__(self, name: str) -> Member:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Member:
        return Member(self._resolve(name), self._title)

    def __iter__(self) -> Iterator[Member]:
        return (Member(name, self._title) for name in self._names())

    def __len__(self) -> int:
        return len(self._names())

    def __contains__(self, name: object) -> bool:
        try:
            return isinstance(name, str) and bool(self._resolve(name))
        except UnknownMemberError:
            return False

    def __dir__(self) -> list[str]:
        return [name for name in self._names() if name.isidentifier()]

    def __repr__(self) -> str:
        return f"<{self._title}: {', '.join(self._names())}>"

    def _names(self) -> list[str]:
        offered = get_registry().names(self._kind) if self._kind else []
        return list(dict.fromkeys([*offered, *self._fixed]))

    def _resolve(self, name: str) -> str:
        """Return the name of a member in its own spelling.

        A name that two plugins offer, or that a broken plugin should have brought, is returned as
        it is: using it raises the registry's PluginError.
        """
        if isinstance(name, str):
            name = self._aliases.get(normalize(name), name)
            if normalize(name) in self._spellings:
                return self._spellings[normalize(name)]
        if self._kind is None:
            raise UnknownMemberError(self._not_fixed(name))
        try:
            spec = get_registry().get(self._kind, name)
        except UnknownComponentError as error:
            advice = self._retired.get(normalize(name)) if isinstance(name, str) else None
            said = f"{self._title}.{name} is not here: {advice}" if advice else str(error)
            raise UnknownMemberError(said) from None
        except PluginError:
            return name
        return name if "/" in name else spec.name

    def _not_fixed(self, name: object) -> str:
        near = did_you_mean(name, self._fixed) if isinstance(name, str) else ""
        members = ", ".join(self._fixed)
        return f"{self._title} has no {name!r}{near.removesuffix('?')}; there are {members}"
