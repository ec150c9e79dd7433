"""What a page is made of: whatever is not an element is text, and nothing outside is asked for."""

from __future__ import annotations

import math
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperpose_report.page.charts import MOST_POINTS, Series, line_chart
from hyperpose_report.page.document import Part, page
from hyperpose_report.page.elements import ContentError, element, markup
from hyperpose_report.page.pictures import picture
from hyperpose_report.page.scales import Scale, scale_of
from hyperpose_report.page.tables import by_run, table

HOSTILE = "<script>alert('1')</script>\"'&\x00\udcff"


class Read(HTMLParser):
    """Texts, tags and attributes of a page as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts, self.open = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in ("meta", "br", "img", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_is_read_as_it_was_written(text):
    read = Read(markup(element("p", text, title=text)))
    plain = "".join("\ufffd" if (ord(c) < 32 and c not in "\t\n") else c for c in text)
    assert read.tags == ["p"]
    if plain.isprintable():
        assert ("".join(read.texts), read.attributes) == (plain, [("p", "title", plain)])


def test_markup_and_halves_of_characters_are_text_wherever_they_come_from():
    content = [
        element("p", HOSTILE, [HOSTILE, None, 1, 2.5], title=HOSTILE),
        table(HOSTILE, [HOSTILE, "b"], [[HOSTILE, 1]]),
        by_run(HOSTILE, [HOSTILE], [{HOSTILE: HOSTILE}]),
        line_chart(HOSTILE, [Series(HOSTILE, [(0, 1), (1, 2)])], HOSTILE, HOSTILE),
        picture(b"<svg/>", "svg+xml", HOSTILE),
    ]
    read = Read(page(HOSTILE, [Part("a", HOSTILE, element("div", content))]))
    assert read.open == []
    assert read.tags.count("script") == 1, "that of the page itself"
    page(HOSTILE, []).encode("utf-8")


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("script", {}),
        ("SCRIPT", {}),
        ("style", {}),
        ("iframe", {}),
        ("p><script", {}),
        ("p", {"onclick": "x()"}),
        ("p", {"ONCLICK": "x()"}),
        ("p", {"a b": "c"}),
        ("img", {"src": "https://example.org/a.png"}),
        ("img", {"src": "//example.org/a.png"}),
        ("img", {"src": "a.png"}),
        ("img", {"src": "data:text/html,x"}),
        ("a", {"href": "javascript:alert(1)"}),
        ("image", {"href": "file:///etc/passwd"}),
        ("p", {"style": "background: URL(//example.org)"}),
    ],
)
def test_what_would_load_send_or_run_something_is_no_element(name, attributes):
    with pytest.raises(ContentError):
        element(name, **attributes)


@pytest.mark.parametrize("content", [b"bytes", {"a": 1}, object()])
def test_what_is_no_content_is_an_error(content):
    with pytest.raises(TypeError, match="content is elements"):
        element("p", content)


def test_the_policy_forbids_all_but_what_the_page_has():
    read = Read(page("a", []))
    (policy,) = [v for _, name, v in read.attributes if name == "content" and "default-src" in v]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == "'none'"
    assert parts["img-src"] == "data:"
    assert parts["script-src"].startswith("'sha256-")


def test_lines_that_are_too_many_are_thinned_and_it_is_said():
    points = [(float(x), math.sin(x)) for x in range(5 * MOST_POINTS)]
    text = markup(line_chart("sine", [Series("a", points)], "x", "y"))
    assert text.count("<circle") == MOST_POINTS
    assert f"{MOST_POINTS} of {5 * MOST_POINTS} points" in text
    assert f"at x {5 * MOST_POINTS - 1}" in text, "the last point is there"


def test_what_is_not_finite_is_left_out_and_nothing_finite_is_a_sentence():
    points = [(0.0, 1.0), (1.0, math.nan), (2.0, math.inf), (3.0, 1e308), (4.0, -1e308), (5.0, 2.0)]
    assert markup(line_chart("a", [Series("a", points)], "x", "y")).count("<circle") == 2
    assert "no finite value" in markup(line_chart("a", [Series("a", points[1:3])], "x", "y"))


numbers = st.floats(-1e12, 1e12, allow_subnormal=False)


@given(st.lists(numbers, min_size=1, max_size=20), st.booleans(), st.booleans())
def test_every_value_has_a_place_within_the_axis_and_so_have_ticks(values, zero, log):
    scale = scale_of(values, 0, 100, zero=zero, log=log)
    assert scale.low < scale.high
    for value in [*values, *scale.ticks]:
        assert -0.1 <= scale(value) <= 100.1
    assert len(scale.ticks) <= 40


def test_ticks_are_round_and_between_the_ends():
    assert Scale(0, 10, 0, 1).ticks == [0, 2, 4, 6, 8, 10]
    assert Scale(0.13, 0.17, 0, 1).ticks == pytest.approx([0.13, 0.14, 0.15, 0.16, 0.17])
    assert Scale(1, 150, 0, 1, logarithmic=True).ticks == [1, 2, 5, 10, 20, 50, 100]


def test_what_differs_between_runs_is_set_apart():
    text = markup(by_run("a", ["one", "two"], [{"x": 1, "y": 2}, {"x": 1, "y": 3}], mark=True))
    assert text.count('class="differs"') == 1
    assert text.index('class="differs"') > text.index(">x<")
