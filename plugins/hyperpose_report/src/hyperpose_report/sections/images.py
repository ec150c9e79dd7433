"""The best and the worst images: found people over annotated ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hyperpose_core.errors import HyperposeError
from hyperpose_report.contracts import Content, ReportInput
from hyperpose_report.page.elements import Element, element
from hyperpose_report.page.pictures import people_picture
from hyperpose_report.reading.measuring import ImageScore, image_scores
from hyperpose_report.reading.people import People
from hyperpose_report.sections.measured import measurable

MOST = 6
"""Images of each end, of one run; several runs share them."""


def section(report: ReportInput) -> Iterator[Content]:
    """Return pictures of both ends for each run, with a sentence on how they were chosen."""
    there, missing = measurable(report)
    yield missing
    if not there:
        return
    yield element(
        "p",
        "By the mean OKS of the annotated people; who was not found counts 0, and images without "
        "annotated people are left out. Further predictions are those that COCO counts as wrong, "
        "not those near a crowd or somebody without keypoints. Annotated people are ",
        element("span", "dashed", class_="truth-word"),
        ", found people are ",
        element("span", "drawn through", class_="found-word"),
        ".",
    )
    most = max(2, MOST // len(there))
    for label, people in there.items():
        scores = image_scores(people)
        worst, best = scores[:most], scores[max(most, len(scores) - most) :][::-1]
        for title, chosen in (("best", best), ("worst", worst)):
            if chosen:
                heading = f"{label}: the {len(chosen)} {title} of {len(scores)} images"
                yield element("h3", heading)
                yield element("div", list(_figures(people, chosen)), class_="pictures")


def _figures(people: People, chosen: Sequence[ImageScore]) -> Iterator[Element]:
    from hyperpose_core.inference.predictor import read_image

    for score in chosen:
        sample = score.sample
        text = (
            f"OKS {score.oks:.3f}: {score.matched} of {score.wanted} people found, "
            f"further predictions: {score.others}"
        )
        found = people.found.get(sample.image_id, [])
        try:
            image = read_image(sample.path, turn=False)
        except HyperposeError as error:
            yield element("figure", element("p", f"No picture: {error}.", class_="missing"))
            continue
        picture = people_picture(
            image,
            list(sample.keypoints),
            [human.keypoints for human in found],
            people.skeleton,
            f"{sample.path.name}: {text}",
        )
        yield element(
            "figure",
            picture,
            element("figcaption", element("strong", sample.path.name), f" {text}"),
        )
