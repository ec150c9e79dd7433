"""Bars: horizontal ones, a row a name, a bar a run; and one bar in parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hyperpose_report.page.charts import COLOURS
from hyperpose_report.page.elements import Element, element

WIDTH, NAME, VALUE = 460, 118, 52
THICK, GAP = 15, 9


def bars(
    title: str,
    rows: Mapping[str, Sequence[float | None]],
    colours: Mapping[str, int],
    digits: int = 3,
    whole: float | None = None,
) -> Element:
    """Return a figure of bars from 0 on.

    Args:
        rows: name to a value a run; None: that run has none.
        colours: label of a run to the number of its colour; more than one get a legend.
        whole: the value at the right end; None: the largest.
    """
    largest = whole or max((v for row in rows.values() for v in row if v), default=0.0) or 1.0
    room, shapes, y = WIDTH - NAME - VALUE, [], 4.0
    for name, row in rows.items():
        middle = y + THICK * len(row) / 2 + 4
        shapes.append(element("text", name, x=NAME - 8, y=middle, text_anchor="end"))
        for (label, colour), value in zip(colours.items(), row, strict=True):
            length = round(room * max(value or 0.0, 0.0) / largest, 1)
            text = "–" if value is None else f"{value + 0.0:.{digits}f}"  # noqa: RUF001
            hover = element("title", f"{name}, {label}: {text}")
            place = {"x": NAME, "y": y + 1, "width": max(length, 1), "height": THICK - 2}
            shapes.append(element("rect", hover, class_=f"bar c{colour % COLOURS}", **place))
            shapes.append(element("text", text, x=NAME + length + 6, y=y + THICK - 3))
            y += THICK
        y += GAP
    picture = element(
        "svg",
        shapes,
        viewBox=f"0 0 {WIDTH} {round(y)}",
        role="img",
        aria_label=f"{title}: {', '.join(rows)}",
    )
    return element(
        "figure", element("figcaption", element("strong", title), _runs(colours)), picture
    )


def parts_bar(title: str, parts: Mapping[str, float], unit: str) -> Element:
    """Return one bar whose parts are as long as their values, with a legend that names them."""
    total = sum(parts.values()) or 1.0
    shapes, legend, x = [], [], 0.0
    for number, (name, value) in enumerate(parts.items()):
        length, text = WIDTH * value / total, f"{name}: {value:.1f} {unit}, {value / total:.0%}"
        place = {"x": round(x, 1), "y": 0, "width": round(length, 1), "height": 26}
        style = f"bar c{number % COLOURS}"
        shapes.append(element("rect", element("title", text), class_=style, **place))
        legend.append(_key(number, text))
        x += length
    names = ", ".join(f"{name} {value / total:.0%}" for name, value in parts.items())
    picture = element(
        "svg", shapes, viewBox=f"0 0 {WIDTH} 26", role="img", aria_label=f"{title}: {names}"
    )
    caption = element("strong", title), element("span", legend, class_="legend")
    return element("figure", element("figcaption", *caption), picture)


def _runs(colours: Mapping[str, int]) -> Element | None:
    if len(colours) < 2:
        return None
    keys = [_key(colour, label) for label, colour in colours.items()]
    return element("span", keys, class_="legend")


def _key(colour: int, text: str) -> Element:
    square = element("rect", class_=f"bar c{colour % COLOURS}", x=0, y=0, width=10, height=10)
    piece = element("svg", square, viewBox="0 0 10 10", class_="square", aria_hidden="true")
    return element("span", piece, f" {text}", class_="key")
