"""Bases of a user's own preprocessors, postprocessors and visualizers, as in 2021."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from hyperpose._images import to_uint8
from hyperpose_core.config import Config


class BasicPreProcessor:
    """Base of preprocessors of one's own: `process(annos, mask, bbxs)` makes an image's targets.

    It gets for each person the keypoints `[x, y]` in pixels of the input, -1000 where there is
    none; the mask `[1, hin, win]`, 1 where the loss counts; boxes `[P, 4]`. It returns a dictionary
    of maps `[C, hout, wout]`, as many as the family's own, in their order.
    """

    kind: ClassVar = "preprocessor"
    config: ClassVar[Config | None] = None

    def __init__(
        self,
        parts: Any = None,
        limbs: Any = None,
        hin: int | None = None,
        win: int | None = None,
        hout: int | None = None,
        wout: int | None = None,
        colors: Any = None,
        data_format: str = "channels_first",
        **options: Any,
    ) -> None:
        self.parts, self.limbs, self.colors = parts, limbs, colors
        self.hin, self.win, self.hout, self.wout = hin, win, hout, wout
        self.data_format, self.options = data_format, options

    def process(self, annos: Sequence[Any], mask: Any, bbxs: Any) -> Mapping[str, Any]:
        """Return the targets of one image by name."""
        raise NotImplementedError(f"{type(self).__name__} has no process(annos, mask, bbxs)")


class BasicPostProcessor:
    """Base of postprocessors of one's own: `process(predict_x)` finds the people of a batch.

    It gets a dictionary of maps `[N, C, hout, wout]` and returns for each image a list of
    `Human`s, in pixels of the input.
    """

    kind: ClassVar = "postprocessor"
    config: ClassVar[Config | None] = None

    def __init__(
        self,
        parts: Any = None,
        limbs: Any = None,
        hin: int | None = None,
        win: int | None = None,
        hout: int | None = None,
        wout: int | None = None,
        colors: Any = None,
        data_format: str = "channels_first",
        **options: Any,
    ) -> None:
        self.parts, self.limbs, self.colors = parts, limbs, colors
        self.hin, self.win, self.hout, self.wout = hin, win, hout, wout
        self.data_format, self.options = data_format, options

    def process(self, predict_x: Any) -> list[list[Any]]:
        """Return the people of each image of a batch."""
        raise NotImplementedError(f"{type(self).__name__} has no process(predict_x)")


class BasicVisualizer:
    """Base of visualizers of one's own, and what they share: pictures of people.

    `visualize(image_batch, predict_x, mask_batch=None, humans_list=None, name="vis")` writes
    pictures of a batch `[N, 3, hin, win]` in [0, 1] into `save_dir`.
    """

    kind: ClassVar = "visualizer"
    config: ClassVar[Config | None] = None

    def __init__(self, save_dir: str | Path = "./save_dir", **settings: Any) -> None:
        self.save_dir = save_dir
        self.parts, self.limbs = settings.get("parts"), settings.get("limbs")

    def set_save_dir(self, save_dir: str | Path) -> None:
        """Write into another folder from now on."""
        self.save_dir = save_dir

    def visualize_result(self, image: Any, humans: Sequence[Any], name: str) -> None:
        """Write an image, RGB `[H, W, 3]` in [0, 1], beside itself with people drawn into it."""
        plain = to_uint8(image)
        drawn = plain.copy()
        for human in humans:
            human.draw(drawn)
        self._save(np.concatenate([plain, drawn], axis=1), name)

    def visualize(
        self,
        image_batch: Any,
        predict_x: Any,
        mask_batch: Any = None,
        humans_list: Sequence[Any] | None = None,
        name: str = "vis",
    ) -> None:
        """Write pictures of a batch, one for each image."""
        raise NotImplementedError(f"{type(self).__name__} has no visualize(image_batch, predict_x)")

    def _save(self, picture: Any, name: str) -> None:
        from hyperpose_core.data.drawing import save_picture

        save_picture(Path(self.save_dir) / f"{name}.png", picture)
