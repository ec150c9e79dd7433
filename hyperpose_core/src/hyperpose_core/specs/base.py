"""The base of all specs: a name, and the target that is imported when it is needed."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from hyperpose_core.errors import SpecError
from hyperpose_core.support.fields import check_fields, check_names
from hyperpose_core.support.names import did_you_mean, normalize

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_Spec = TypeVar("_Spec", bound="Spec")


def load_target(target: str) -> Any:
    """Import `"package.module:Attr"` and return the attribute.

    Raises:
        ImportError: the module cannot be imported.
        AttributeError: the module has no such attribute; says which are near.
        TypeError: it is None.
    """
    module, _, attributes = target.partition(":")
    value = importlib.import_module(module)
    for attribute in attributes.split("."):
        try:
            value = getattr(value, attribute)
        except AttributeError as error:
            near = did_you_mean(attribute, dir(value))
            raise AttributeError(f"{module} has no attribute {attribute!r}{near}") from error
    if value is None:
        raise TypeError("it is None")
    return value


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What one component is called and where its code is.

    Args:
        name: the name that users choose it by; letters, digits, `_`, `-` and `.`.
        target: `"package.module:Attr"`, imported only when the component is used.
        summary: one line for lists.
        aliases: other spellings that mean the same component.

    Raises:
        SpecError: there is no such field, a field is of another type, or a name or a target is
            malformed.
    """

    kind: ClassVar[str] = ""

    name: str
    target: str
    summary: str = ""
    aliases: tuple[str, ...] = ()

    def __new__(cls: type[_Spec], **given: Any) -> _Spec:
        """See that there are such fields: what Python says of others does not say which are."""
        check_names(cls, given)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        check_fields(self)
        for name in (self.name, *self.aliases):
            if not _NAME.fullmatch(name):
                raise SpecError(
                    f"bad name {name!r} of a {self.kind}: use letters, digits, '_', '-' and '.', "
                    f"beginning with a letter"
                )
        for target in self.targets():
            if not _TARGET.fullmatch(target):
                raise SpecError(
                    f"bad target {target!r} of {self.kind} {self.name!r}: "
                    f"write 'package.module:Attribute'"
                )

    @property
    def keys(self) -> set[str]:
        """What no other component of its kind may be called, normalised."""
        return {normalize(name) for name in (self.name, *self.aliases)}

    def targets(self) -> list[str]:
        """Return everything that the spec names to be imported later."""
        return [self.target]

    def load(self) -> Any:
        """Import and return what `target` names."""
        return load_target(self.target)
