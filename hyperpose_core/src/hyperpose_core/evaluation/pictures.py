"""The pictures of an evaluation: people in the first images, and the maps that show them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hyperpose_core.data.drawing import save_picture
from hyperpose_core.data.humans import draw_humans
from hyperpose_core.errors import HyperposeError
from hyperpose_core.families import Family
from hyperpose_core.inference.predictor import read_image
from hyperpose_core.inference.stream import Seen
from hyperpose_core.support.messages import Messages


class Pictures:
    """Draws what was seen in images, into a folder."""

    def __init__(self, folder: Path, family: Family, messages: Messages) -> None:
        self.folder, self.family, self.messages = folder, family, messages
        self._maps = True

    def draw(self, path: Path, seen: Seen) -> None:
        """Draw one image, which is read again: few are drawn, and the others' are not kept."""
        image = read_image(path, turn=False)
        people = draw_humans(image.copy(), seen.people)
        save_picture(self.folder / f"{path.stem}.png", people)
        shown = (255 * seen.views[0].apply(image)).astype(np.uint8)
        try:
            picture = self.family.picture(shown, seen.maps)
        except HyperposeError as error:  # it costs the pictures of maps, and nothing else
            if self._maps:
                self.messages.warn(f"no pictures of maps: {error}")
            self._maps = False
            return
        save_picture(self.folder / f"{path.stem}_maps.png", picture)
