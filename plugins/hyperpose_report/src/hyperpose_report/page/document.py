"""The document: sections in their order, each on its own, in one file that asks nobody."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from hyperpose_report.page.elements import Content, Element, element, escaped, markup

GENERATOR = "hyperpose report"
MARK = f'<meta name="generator" content="{GENERATOR}">'
"""By which a page of ours is known."""


@dataclass(frozen=True)
class Part:
    """One section of a page.

    Args:
        name: its place in the page.
        title: its heading.
        content: what its function returned; None where that failed.
        problem: how it failed, in a sentence; empty where it did not.
    """

    name: str
    title: str
    content: Element | None
    problem: str = ""


def page(title: str, parts: Sequence[Part]) -> str:
    """Return the whole page.

    Nothing outside is asked for, whatever a section holds: the policy in the head forbids browsers
    all but pictures inside the page, its styles, and the one script by its hash.
    """
    script, style = _file("script.js"), _file("style.css")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    head = (
        f'<meta charset="utf-8">{MARK}'
        f'<meta http-equiv="Content-Security-Policy" content="{escaped(policy)}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escaped(title)}</title><style>{style}</style>"
    )
    body = markup(_header(title, parts)) + markup(element("main", [_section(p) for p in parts]))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n'
        f"<body>{body}<script>{script}</script></body></html>\n"
    )


def _header(title: str, parts: Sequence[Part]) -> Element:
    made = f"Made by {GENERATOR} on {time.strftime('%Y-%m-%d %H:%M')}."
    broken = [part.title for part in parts if part.problem]
    failed = element("p", f"Sections that failed: {', '.join(broken)}.", class_="missing")
    links = [element("li", element("a", p.title, href=f"#{p.name}")) for p in parts]
    return element(
        "header",
        element("h1", title),
        element("p", made, class_="made"),
        failed if broken else None,
        element("nav", element("ul", links), aria_label="Sections"),
    )


def _section(part: Part) -> Element:
    content: Content = part.content
    if part.problem:
        content = element("p", part.problem, class_="missing")
    heading = element("h2", part.title, id=f"{part.name}-title")
    labelled = f"{part.name}-title"
    return element("section", heading, content, id=part.name, aria_labelledby=labelled)


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
