"""Montages: an image with its people beside what the network says of it, each with a title."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.drawing import Picture, save_picture
from hyperpose_core.errors import PluginError
from hyperpose_core.families import Family
from hyperpose_core.inference.stream import Seen
from hyperpose_core.inference.views import View
from hyperpose_core.support.messages import Messages
from hyperpose_core.support.promises import broken, calling

WIDEST, NARROWEST, FEW = 640, 320, 9
"""Pixels of a panel's width: an image that is larger or smaller is shown in this size; more than a
few panels are all narrow.
"""
_FONT, _SCALE, _LINE, _GAP = cv2.FONT_HERSHEY_SIMPLEX, 0.5, 18, 6
_INK, _GROUND = (0, 0, 0), 255


class MapPictures:
    """Writes montages.

    Args:
        parts: with a panel of each keypoint and limb, where the family has them.
    """

    def __init__(self, family: Family, parts: bool, messages: Messages) -> None:
        self.family, self.parts, self.messages = family, parts, messages
        self._draws = True

    def write(self, path: Path, image: Picture, drawn: Picture, seen: Seen) -> bool:
        """Write the montage of an image, `[H, W, 3]` uint8 RGB, and of it with its people.

        Args:
            seen: what came of the image; its maps are shown.

        Returns:
            whether there is one: a visualizer that fails costs the montages, and nothing else.
        """
        if not self._draws:
            return False
        maps, view = seen.maps, seen.views[0]
        try:
            save_picture(path, montage_of(image, drawn, maps, view, self.family, self.parts))
        except PluginError as error:
            self._draws = False
            self.messages.warn(f"no pictures of maps: {error}")
        return self._draws


def montage_of(
    image: Picture,
    drawn: Picture,
    maps: Sequence[NDArray[np.float32]],
    view: View,
    family: Family,
    parts: bool = False,
) -> Picture:
    """Return the people of an image beside its maps, as the family draws them.

    Args:
        image, drawn: `[H, W, 3]` uint8 RGB, the second with the people.
        maps, view: as `Predictor.maps` returns them.
        parts: with a panel of each keypoint and limb, where the family has them.

    Raises:
        PluginError: the family's visualizer fails.
    """
    shown = np.rint(255 * view.apply(image)).astype(np.uint8)
    inside = _image_in(view)
    panels = panels_of(family, shown, maps, parts)
    cut = {t: p[inside] if p.shape == shown.shape else p for t, p in panels.items()}
    return montage({"people": drawn, **cut})


def panels_of(
    family: Family, image: Picture, maps: Sequence[NDArray[np.float32]], parts: bool
) -> dict[str, Picture]:
    """Return pictures of the maps of one image by their titles; one, where no more are offered.

    Raises:
        PluginError: the visualizer fails, or returns what are no pictures.
    """
    visualizer = family.visualizer
    if not callable(own := getattr(visualizer, "panels", None)):
        return {f"maps of {family.name}": family.picture(image, maps)}
    with calling(visualizer, "panels"):
        found = dict(own(image, maps, family.skeleton, parts))
    for title, panel in found.items():
        received = f"{getattr(panel, 'dtype', type(panel).__name__)} {list(np.shape(panel))}"
        if getattr(panel, "dtype", None) != np.uint8 or np.shape(panel)[2:] != (3,):
            raise broken(visualizer, "panels", f"{title!r} uint8 [h, w, 3]", received)
    return found


def montage(panels: Mapping[str, Picture]) -> Picture:
    """Put pictures side by side in rows, equally high, with their titles over them."""
    first = next(iter(panels.values()))
    widest = WIDEST if len(panels) <= FEW else NARROWEST
    width = min(max(first.shape[1], NARROWEST), widest)
    height = max(1, min(round(width * first.shape[0] / first.shape[1]), 2 * WIDEST))
    sized = [(title, _sized(picture, height)) for title, picture in panels.items()]
    across = math.ceil(math.sqrt(len(sized) * 1.6 * height / width))
    across = math.ceil(len(sized) / math.ceil(len(sized) / across))  # the last row as full
    rows = [_row(sized[i : i + across]) for i in range(0, len(sized), across)]
    widest = max(row.shape[1] for row in rows)
    return np.concatenate([_padded(row, widest) for row in rows])


def _image_in(view: View) -> tuple[slice, slice]:
    """Return rows and columns of the network's input in which the image lies."""
    sides = [
        max(1, min(round(s * view.scale), p)) for s, p in zip(view.size, view.padded, strict=True)
    ]
    left, top = ((p - side) // 2 for p, side in zip(view.padded, sides, strict=True))
    return slice(top, top + sides[1]), slice(left, left + sides[0])


def _sized(picture: Picture, height: int) -> Picture:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    smaller = height < picture.shape[0]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)


def _lines(title: str, width: int) -> list[str]:
    """Return a title in as many lines as it takes in a width."""
    lines: list[str] = []
    for word in title.split():
        longer = f"{lines[-1]} {word}" if lines else word
        lines[-1:] = [longer] if not lines or _wide(longer) <= width else [lines[-1], word]
    return lines or [""]


def _wide(text: str) -> int:
    return int(cv2.getTextSize(text, _FONT, _SCALE, 1)[0][0])


def _titled(picture: Picture, title: Sequence[str], lines: int) -> Picture:
    """Put a title over a picture; a word that is wider than the picture is written smaller."""
    bar = np.full((_GAP + lines * _LINE, picture.shape[1], 3), _GROUND, np.uint8)
    for line, text in enumerate(title, 1 + lines - len(title)):
        scale = max(0.2, _SCALE * min(1.0, _room(picture) / max(1, _wide(text))))
        place = (3, line * _LINE - 2)
        cv2.putText(bar, text, place, _FONT, scale, _INK, 1, cv2.LINE_AA)
    return np.concatenate([bar, picture])


def _room(picture: Picture) -> int:
    """Return how wide a title may be."""
    return picture.shape[1] - 4


def _row(panels: Sequence[tuple[str, Picture]]) -> Picture:
    """Put pictures side by side, each under its title."""
    titles = [_lines(title, _room(picture)) for title, picture in panels]
    lines = max(map(len, titles))
    pictures = [_titled(p, title, lines) for (_, p), title in zip(panels, titles, strict=True)]
    gap = np.full((pictures[0].shape[0], _GAP, 3), _GROUND, np.uint8)
    parts = [part for picture in pictures for part in (picture, gap)]
    return np.concatenate(parts[:-1], axis=1)


def _padded(row: Picture, width: int) -> Picture:
    return np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=_GROUND)
