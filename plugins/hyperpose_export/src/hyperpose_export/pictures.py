"""Images to compare on and to calibrate with: given ones, the dataset's, or drawn ones."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.build import get_dataset
from hyperpose_core.config import Config, DataConfig, snapshot
from hyperpose_core.data.image_files import ENDINGS
from hyperpose_core.errors import HyperposeError, InputError
from hyperpose_core.inference.predictor import read_image
from hyperpose_core.inference.views import View
from hyperpose_core.registry import Registry
from hyperpose_core.support.messages import Messages

COMPARED, CALIBRATING = 16, 64
"""How many images of a dataset are looked at."""
DRAWING = "Synthetic"
"""The dataset that draws its images."""


@dataclass(frozen=True)
class Pictures:
    """Images, RGB uint8 `[H, W, 3]`, and where they are from."""

    source: str
    images: list[NDArray[np.uint8]]

    @property
    def words(self) -> str:
        """Say how many they are, and where from."""
        return words(len(self.images), self.source)


def words(count: int, source: str) -> str:
    """Say how many images there are, and where from."""
    return f"{count} {'image' if count == 1 else 'images'} ({source})"


def pictures(
    config: Config,
    registry: Registry,
    given: Sequence[Path],
    messages: Messages,
    training: bool = False,
) -> Pictures:
    """Return images.

    Args:
        given: files and folders, all of which count; none: the first of the run's dataset.
        training: of the dataset's training images instead of those to evaluate on.

    Raises:
        InputError: a folder has no image, or there are no images at all.
        DataError: an image that is given cannot be read.
    """
    if given:
        files = [file for path in given for file in _files(path)]
        return Pictures(", ".join(map(str, given)), [read_image(file) for file in files])
    count = CALIBRATING if training else COMPARED
    try:
        return _of_dataset(config, registry, count, training)
    except HyperposeError as error:
        if config.data.type == DRAWING:
            raise
        messages.say(f"the run's dataset is not here ({error}): people are drawn instead")
    return drawn(config, registry, count, training)


def inputs(images: Sequence[NDArray[np.uint8]], config: Config, stride: int) -> Iterator[Any]:
    """Yield what the network is given of each image, `[1, H, W, 3]` float32."""
    for image in images:
        yield view_of(image, config, stride).apply(image)[np.newaxis]


def view_of(image: NDArray[np.uint8], config: Config, stride: int) -> View:
    """Return how an image lies in the network's input."""
    size = (image.shape[1], image.shape[0])
    return View.within(size, config.model.size, stride, config.eval.fit, False)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in ENDINGS)
    if not found:
        raise InputError(f"the folder {path} holds no image ({', '.join(ENDINGS)})")
    return found


def _of_dataset(config: Config, registry: Registry, count: int, training: bool) -> Pictures:
    dataset = get_dataset(config, registry)
    samples = list(dataset.train_samples() if training else dataset.eval_samples())
    if not samples:
        raise InputError(f"the dataset {config.data.type} has no images")
    split = config.data.train_split if training else config.data.eval_split
    chosen = samples[:: max(1, len(samples) // count)][:count] if training else samples[:count]
    images = [read_image(sample.path, turn=False) for sample in chosen]
    return Pictures(f"{config.data.type} {split}", images)


def drawn(config: Config, registry: Registry, count: int, training: bool = False) -> Pictures:
    """Return images of drawn people.

    Raises:
        InputError: what draws them is not installed.
    """
    if not any(name == DRAWING for name in registry.names("dataset")):
        raise InputError(
            "there are no images to try the model on: give some (hyperpose export: --images, and "
            "--calibration for int8; profile: --image), or `pip install hyperpose-synthetic`, "
            "which draws them"
        )
    config = snapshot(config)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        numbers = {"train_images": count if training else 1, "val_images": count}
        config.data = DataConfig(type=DRAWING, path=folder, options=dict(numbers))
        return _of_dataset(config, registry, count, training)
