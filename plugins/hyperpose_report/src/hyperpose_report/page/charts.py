"""Charts of lines, as SVG: axes, a line a series, and values that are shown under the pointer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hyperpose_report.page.elements import Content, Element, element
from hyperpose_report.page.scales import Scale, scale_of, tick_text

WIDTH, HEIGHT = 460, 280
LEFT, RIGHT, TOP, BOTTOM = 52, 444, 26, 238
EDGE = 24
"""Half of the longest text below the axis: nearer to the right it ends at its tick."""
FEW = 20
"""Points of a series up to which each is marked, as a line of one point is none."""
MOST_POINTS = 300
"""Points of a series that are drawn; of more, as many at even distances."""
DASHES = ("", "7 4", "2 3", "9 3 2 3")
LARGEST = 1e300
"""Beyond it the difference of two numbers may be infinite."""
COLOURS = 6
"""Colours of series that the style has; then they come again, and only the legend tells."""


@dataclass(frozen=True)
class Series:
    """One line of a chart.

    Args:
        label: in the legend.
        points: x and y; those that are not finite are gaps in what was measured, and left out.
        colour: number of the colour.
        dash: number of the pattern, for who cannot tell colours apart.
    """

    label: str
    points: Sequence[tuple[float, float]]
    colour: int = 0
    dash: int = 0

    @property
    def finite(self) -> list[tuple[float, float]]:
        """The points that can be drawn."""
        return [(x, y) for x, y in self.points if abs(x) < LARGEST and abs(y) < LARGEST]


def line_chart(
    title: str,
    series: Iterable[Series],
    x_label: str,
    y_label: str,
    *,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    log: bool = False,
) -> Element:
    """Return a figure with its caption and legend; a sentence where nothing is finite.

    Args:
        x_range, y_range: the ends of an axis; None: the values'.
        log: y is logarithmic where positive values span more than `scales.DECADES`.
    """
    drawn = [one for one in series if one.finite]
    if not drawn:
        return element("p", f"{title}: no finite value was measured.")
    x_scale = scale_of(x_range or [x for s in drawn for x, _ in s.finite], LEFT, RIGHT)
    values = y_range or [y for s in drawn for _, y in s.finite]
    y_scale = scale_of(values, BOTTOM, TOP, zero=True, log=log)
    y_text = y_label + (", logarithmic" if y_scale.logarithmic else "")
    picture = element(
        "svg",
        _axes(x_scale, y_scale, x_label, y_text),
        [_line(one, x_scale, y_scale) for one in drawn],
        [_points(one, x_scale, y_scale, x_label) for one in drawn],
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label=f"{title}: {y_text} over {x_label}, {len(drawn)} lines",
    )
    return element(
        "figure",
        element("figcaption", element("strong", title), _legend(drawn), _thinned(drawn)),
        picture,
        element("output"),
        class_="chart",
    )


def _axes(x: Scale, y: Scale, x_label: str, y_label: str) -> list[Element]:
    lines: list[Element] = []
    for value in y.ticks:
        at = y(value)
        lines.append(element("line", x1=LEFT, x2=RIGHT, y1=at, y2=at, class_="grid"))
        place = {"x": LEFT - 7, "y": at + 4, "text_anchor": "end"}
        lines.append(element("text", tick_text(value), **place))
    for value in x.ticks:
        anchor = "middle" if x(value) < WIDTH - EDGE else "end"
        place = {"x": min(x(value), WIDTH - 1), "y": BOTTOM + 18, "text_anchor": anchor}
        lines.append(element("text", tick_text(value), **place))
    axis = element("line", x1=LEFT, x2=RIGHT, y1=BOTTOM, y2=BOTTOM, class_="axis")
    middle = (LEFT + RIGHT) / 2
    below = element("text", x_label, x=middle, y=HEIGHT - 6, text_anchor="middle", class_="label")
    above = element("text", y_label, x=2, y=12, class_="label")
    return [*lines, axis, below, above]


def _line(one: Series, x: Scale, y: Scale) -> Element:
    places = " ".join(f"{x(a)},{y(b)}" for a, b in _few(one.finite))
    dash = DASHES[one.dash % len(DASHES)] or None
    return element("polyline", points=places, class_=_class("line", one), stroke_dasharray=dash)


def _points(one: Series, x: Scale, y: Scale, x_label: str) -> Element:
    return element(
        "g",
        [
            element(
                "circle",
                element("title", f"{one.label}: {b:.5g} at {x_label} {a:.6g}"),
                cx=x(a),
                cy=y(b),
                r=4,
            )
            for a, b in _few(one.finite)
        ],
        class_=_class("points few" if len(one.finite) <= FEW else "points", one),
    )


def _legend(series: Sequence[Series]) -> Element:
    return element(
        "span",
        [
            element("span", key(one.colour, one.dash), f" {one.label}", class_="key")
            for one in series
        ],
        class_="legend",
    )


def key(colour: int, dash: int = 0) -> Element:
    """Return a piece of line with a colour and a pattern, for a legend."""
    pattern = DASHES[dash % len(DASHES)] or None
    numbers = {"x1": 0, "x2": 26, "y1": 5, "y2": 5}
    style = f"line c{colour % COLOURS}"
    line = element("line", class_=style, stroke_dasharray=pattern, **numbers)
    return element("svg", line, viewBox="0 0 26 10", class_="swatch", aria_hidden="true")


def _thinned(series: Sequence[Series]) -> Content:
    most = max(len(one.finite) for one in series)
    if most <= MOST_POINTS:
        return None
    return element("small", f" {MOST_POINTS} of {most} points are drawn, at even distances.")


def _few(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    if len(points) <= MOST_POINTS:
        return points
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(number * step)] for number in range(MOST_POINTS)]


def _class(name: str, one: Series) -> str:
    return f"{name} c{one.colour % COLOURS}"
