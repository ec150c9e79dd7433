"""Pictures inside the page: bytes as data, and skeletons drawn over them as SVG."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.skeletons import Skeleton
from hyperpose_report.page.elements import Element, element

LONGEST = 480
"""Pixels of the longer side of a picture."""
QUALITY = 80


def picture(content: bytes, form: str, alternative: str) -> Element:
    """Return a picture that lies inside the page.

    Args:
        content: of the picture's file.
        form: `png`, `jpeg`, `gif`, `webp` or `svg+xml`.
        alternative: what it shows, for who does not see it.
    """
    return element("img", src=address(content, form), alt=alternative)


def address(content: bytes, form: str) -> str:
    """Return a picture's bytes as an address."""
    return f"data:image/{form};base64,{base64.b64encode(content).decode('ascii')}"


def small_jpeg(image: NDArray[np.uint8]) -> bytes:
    """Return an image `[H, W, 3]` RGB as a JPEG whose longer side is `LONGEST` at most."""
    import cv2

    height, width = image.shape[:2]
    factor = min(1.0, LONGEST / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, coded = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return coded.tobytes()


def people_picture(
    image: NDArray[np.uint8],
    annotated: Iterable[NDArray[Any]],
    found: Iterable[NDArray[Any]],
    skeleton: Skeleton,
    alternative: str,
) -> Element:
    """Return an image with annotated people dashed, and found ones drawn through.

    Args:
        image: `[H, W, 3]` RGB.
        annotated, found: people, `[K, 3]` each, pixels of the image; points whose third number is
            0 are left out.
    """
    height, width = image.shape[:2]
    thick = max(height, width) / 260
    return element(
        "svg",
        element(
            "image",
            href=address(small_jpeg(image), "jpeg"),
            x=-0.5,
            y=-0.5,
            width=width,
            height=height,
        ),
        [_person(points, skeleton, "truth", thick) for points in annotated],
        [_person(points, skeleton, "found", thick) for points in found],
        viewBox=f"-0.5 -0.5 {width} {height}",
        role="img",
        aria_label=alternative,
    )


def _person(points: NDArray[Any], skeleton: Skeleton, kind: str, thick: float) -> Element:
    there = points[:, 2] > 0
    limbs = [
        element(
            "line",
            x1=_number(points[a, 0]),
            y1=_number(points[a, 1]),
            x2=_number(points[b, 0]),
            y2=_number(points[b, 1]),
        )
        for a, b in skeleton.limbs
        if there[a] and there[b]
    ]
    dots = [
        element(
            "circle",
            element("title", f"{skeleton.keypoints[i]}, {kind}"),
            cx=_number(points[i, 0]),
            cy=_number(points[i, 1]),
            r=_number(1.4 * thick),
        )
        for i in np.flatnonzero(there)
    ]
    dash = f"{2.5 * thick:.1f} {2 * thick:.1f}" if kind == "truth" else None
    return element(
        "g", limbs, dots, class_=kind, stroke_width=_number(thick), stroke_dasharray=dash
    )


def _number(value: float) -> str:
    return f"{float(value):.1f}"
