"""Elements of HTML and SVG: whatever is not an element is text, and escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Union

from hyperpose_core.errors import HyperposeError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_REFUSED = ("base", "embed", "form", "foreignobject", "iframe", "link", "meta", "object", "script")
"""Elements that load, send or run something; a page has its style and its script already."""
_ADDRESSES = ("href", "src", "srcset", "poster", "data", "background", "action", "formaction")
_HERE = re.compile(r"#|data:image/(png|jpeg|gif|webp|svg\+xml)[;,]")
"""What addresses may begin with: a place of the page, or a picture inside it."""
_VOID = ("br", "col", "hr", "img", "wbr")
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that HTML does not have, and halves of names that are not UTF-8."""

Content = Union["Element", str, int, float, None, Iterable["Content"]]


class ContentError(HyperposeError):
    """An element that a report cannot have."""


@dataclass(frozen=True)
class Element:
    """One element; `element` makes it.

    Raises:
        ContentError: it would load, send or run something, or a name is none.
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Element | str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name.lower() in (*_REFUSED, "style"):
            raise ContentError(f"a report has no element {self.name!r}")
        for name, value in self.attributes.items():
            if not _ATTRIBUTE.fullmatch(name) or name.lower().startswith("on"):
                raise ContentError(f"elements of a report have no attribute {name!r}")
            if name.lower() in _ADDRESSES and not _HERE.match(value):
                raise ContentError(
                    f"{name}={value[:60]!r}: a report asks nobody for anything; give the picture "
                    f"itself, as page.pictures.picture does, or a place of the page, '#...'"
                )
            if name.lower() == "style" and re.search(r"url|@|\\", value, re.IGNORECASE):
                raise ContentError(f"style={value[:60]!r}: a style in a report loads nothing")


def element(name: str, *children: Content, **attributes: object) -> Element:
    """Return an element.

    Args:
        children: elements, texts and numbers, or lists of such; None is nothing.
        attributes: a final `_` is left out and others become `-` (`class_`, `aria_label`); True is
            an attribute without a value; None and False are no attribute.

    Raises:
        ContentError: as `Element`.
        TypeError: a child is no content.
    """
    given = {
        key.rstrip("_").replace("_", "-"): "" if value is True else str(value)
        for key, value in attributes.items()
        if value is not None and value is not False
    }
    return Element(name, given, tuple(_flat(children)))


def _flat(content: Content) -> Iterator[Element | str]:
    """Yield elements and texts one by one, those of iterables inside iterables too."""
    if isinstance(content, Element | str):
        yield content
    elif isinstance(content, int | float):
        yield str(content)
    elif isinstance(content, Iterable) and not isinstance(content, bytes | Mapping):
        for part in content:
            yield from _flat(part)
    elif content is not None:
        raise TypeError(
            f"content is elements, texts, numbers and lists of them; got a {type(content).__name__}"
        )


def escaped(text: str) -> str:
    """Return a text with what means something in HTML written as a reference."""
    return html.escape(_UNREADABLE.sub("\ufffd", text))


def markup(one: Element | str) -> str:
    """Return an element, or a text, as HTML."""
    if isinstance(one, str):
        return escaped(one)
    attributes = "".join(f' {name}="{escaped(value)}"' for name, value in one.attributes.items())
    if one.name in _VOID:
        return f"<{one.name}{attributes}>"
    return f"<{one.name}{attributes}>{''.join(map(markup, one.children))}</{one.name}>"
