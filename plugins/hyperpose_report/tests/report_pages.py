"""Pages as the tests read them."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path


class Page(HTMLParser):
    """Tables by caption, texts by section, addresses, and whether each tag is closed."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.sections: dict[str, str] = {}
        self.addresses: list[str] = []
        self.headings: list[str] = []
        self._open: list[str] = []
        self._section, self._caption, self._rows = "", "", []
        self.feed(file.read_text(encoding="utf-8"))
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.addresses += [v for k, v in found.items() if k in ("src", "href", "srcset", "data")]
        if tag not in ("meta", "img", "br", "hr"):
            self._open.append(tag)
        if tag == "section":
            self._section = found["id"]
        if tag == "table":
            self._caption, self._rows = "", []
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._rows[-1].append("")
        if tag == "img" or found.get("role") == "img":
            assert found.get("alt") or found.get("aria-label")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag
        if tag == "table":
            self.tables[self._caption] = self._rows

    def handle_data(self, data):
        if "caption" in self._open:
            self._caption += data
        elif self._open and self._open[-1] in ("td", "th"):
            self._rows[-1][-1] += data
        if self._open and self._open[-1] in ("h1", "h2", "h3"):
            self.headings.append(data)
        if "section" in self._open:
            self.sections[self._section] = self.sections.get(self._section, "") + data

    def rows(self, caption: str) -> dict[str, list[str]]:
        return {row[0]: row[1:] for row in self.tables[caption][1:]}
