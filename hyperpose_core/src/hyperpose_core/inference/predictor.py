"""The predictor: image in, people out, at one or several scales, mirrored or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias, overload

import cv2
import numpy as np
from numpy.typing import NDArray

from hyperpose_core.config import Config
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import DataError, InputError
from hyperpose_core.families import Family
from hyperpose_core.inference.stream import Image, Maps, Stream
from hyperpose_core.inference.views import View
from hyperpose_core.support.promises import calling

Pixels: TypeAlias = NDArray[np.uint8]
LONGEST = 32767
"""Pixels of a side: OpenCV places images in none that is longer."""
Network = Callable[[NDArray[np.float32]], Sequence[NDArray[np.float32]]]
"""From images `[N, H, W, 3]`, RGB in [0, 1], to maps `[N, h, w, C]`. It may have `protocol`, a
mapping: what an evaluation says of it."""


class Predictor:
    """Runs a network on images; nothing here needs TensorFlow, but to read files.

    Args:
        network: a model's, of `forward.network_of`, or a runtime's.
        family: decodes its maps.
        config: the groups `model`, `eval` (scales, flip, fit) and `test` (min_score) are used.

    Raises:
        InputError: several scales or mirroring are asked of a family whose maps cannot be averaged,
            or a scale leaves the network's input no size.
    """

    def __init__(self, network: Network, family: Family, config: Config) -> None:
        self.network, self.family, self.config = network, family, config
        many = len(config.eval.scales) > 1 or config.eval.flip
        if many and not hasattr(family.postprocessor, "mirror"):
            raise InputError(
                f"the maps of {family.name} models cannot be averaged over scales or mirrored "
                f"images; use eval.scales = [1.0] and eval.flip = false"
            )
        if config.model.input_size is not None:
            self._boxes()

    @overload
    def __call__(self, image: Image) -> list[Human]: ...

    @overload
    def __call__(self, image: list[Image] | tuple[Image, ...]) -> list[list[Human]]: ...

    @overload
    def __call__(self, image: Iterator[Image]) -> Iterator[list[Human]]: ...

    def __call__(self, image: Any) -> Any:
        """Find people in one image or in many; several threads may do so at the same time.

        Args:
            image: a file, or RGB uint8 `[H, W, 3]`. A list of such gives a list. An iterator, as of
                a video's frames, gives a generator, which asks for images as `each` does.

        Returns:
            people in the model's skeleton, in pixels of the image, the surest first.

        Raises:
            DataError: a file cannot be read.
            InputError: what is given is neither a file nor such an image.
        """
        if isinstance(image, list | tuple):
            return list(self.each(image))
        if isinstance(image, Iterator):
            return self.each(image)
        return self.decode(*self.maps(image))

    def each(self, images: Iterable[Image], batch_size: int | None = None) -> Iterator[list[Human]]:
        """Yield the people of every image, in the order of the images; see `Stream`.

        Args:
            batch_size: of the images whose inputs have the same size; None: `eval.batch_size`. With
                1 an image is answered when only the next was asked for, as a camera wants it.

        Raises:
            DataError: a file cannot be read; after the people of the images before it.
        """
        with closing(iter(Stream(self, images, batch_size))) as stream:
            for seen in stream:
                if seen.unreadable is not None:
                    raise seen.unreadable
                yield seen.people

    def maps(self, image: Image) -> tuple[Maps, View]:
        """Run the network and average the views; return its maps and the view that they show."""
        pixels = self.pixels(image, self.read)
        views = self.views(pixels)
        outputs = [self._run(view.apply(pixels)) for view in views]
        return self.averaged(outputs, views), views[0]

    def pixels(self, image: Image, read: Callable[[str | Path], Pixels]) -> Pixels:
        """Return an image's pixels, of a file by `read`; InputError where it is no image."""
        return _checked(image) if isinstance(image, np.ndarray) else read(image)

    def averaged(self, outputs: Sequence[Maps], views: Sequence[View]) -> Maps:
        """Return the mean of the network's maps of several views, as the first shows it."""
        if len(views) == 1:
            return outputs[0]
        aligned = [
            self._align(o, v, outputs[0], views[0]) for o, v in zip(outputs, views, strict=True)
        ]
        return [np.mean(same, axis=0) for same in zip(*aligned, strict=True)]

    def read(self, path: str | Path) -> NDArray[np.uint8]:
        """Read an image file, as `read_image`."""
        return read_image(path)

    def decode(self, maps: Sequence[NDArray[np.float32]], view: View) -> list[Human]:
        """Decode maps into people in pixels of the image."""
        return [
            replace(human, keypoints=_moved(human.keypoints, view))
            for human in self.family.people(maps)
            if human.score >= self.config.test.min_score
        ]

    def views(self, pixels: Pixels) -> list[View]:
        """Return how an image lies in the network's inputs, at all scales, mirrored or not."""
        stride, settings = self.family.stride, self.config.eval
        size = pixels.shape[1], pixels.shape[0]
        sides = (False, True) if settings.flip else (False,)
        return [View.within(size, b, stride, settings.fit, m) for b in self._boxes() for m in sides]

    def _boxes(self) -> list[tuple[int, int]]:
        """Return width and height of the network's inputs; InputError where one cannot be."""
        stride, (width, height) = self.family.stride, self.config.model.size
        boxes = []
        for scale in self.config.eval.scales:
            across, down = (round(side * scale / stride) * stride for side in (width, height))
            if min(across, down) < 1 or max(across, down) > LONGEST:
                raise InputError(
                    f"an input of the network has sides of {stride} to {LONGEST} pixels; "
                    f"{width}x{height} (model.input_size) at the scale {scale:g} (eval.scales) has "
                    f"{across:g}x{down:g}"
                )
            boxes.append((across, down))
        return boxes

    def _run(self, pixels: NDArray[np.float32]) -> Maps:
        return [maps[0] for maps in self.network(pixels[np.newaxis])]

    def _align(self, outputs: Maps, view: View, first: Maps, first_view: View) -> Maps:
        if view == first_view:
            return outputs
        cells = (first[0].shape[1], first[0].shape[0])
        resampled = [view.resample(m, first_view, self.family.stride, cells) for m in outputs]
        mirror = getattr(self.family.postprocessor, "mirror", None)
        if not view.mirrored or not mirror:
            return resampled
        with calling(self.family.postprocessor, "mirror"):
            return list(mirror(resampled))


def read_image(path: str | Path, turn: bool = True) -> NDArray[np.uint8]:
    """Read an image file as RGB uint8 `[H, W, 3]`.

    Args:
        turn: as its EXIF orientation says; annotations belong to the pixels as they are stored.

    Raises:
        DataError: there is no such file, or it is not a whole image.
        InputError: `path` is not the path of a file.
    """
    import tensorflow as tf

    from hyperpose_core.pipeline.decoding import decode_image, why_undecodable

    # As bytes: OpenCV takes no name that is not UTF-8, and reads half a JPEG without an error.
    content = image_content(path)
    try:
        stored = decode_image(tf.constant(content)).numpy()
    except tf.errors.OpError:
        raise DataError(
            f"{path} is not an image that can be read: {why_undecodable(content)}"
        ) from None
    if not turn:
        return np.asarray(stored, np.uint8)
    try:
        turned = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # as of more than 2**20 pixels a side
        turned = None
    if turned is None:
        raise DataError(f"{path} is not an image that can be read: it cannot be decoded")
    return np.ascontiguousarray(np.asarray(turned, np.uint8)[..., ::-1])


def image_content(path: str | Path) -> bytes:
    """Return the bytes of an image file; errors as of `read_image`."""
    if not isinstance(path, str | Path):
        raise InputError(f"an image is a file or an array; got {type(path).__name__}")
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path} is no file" if path.exists() else f"there is no image file {path}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read the image {path}: {error.strerror}") from error


def _checked(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the image; an array of another kind would find nobody without a word."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        several = "; give several as a list" if image.ndim == 4 else ""
        got = f"{image.dtype} {list(image.shape)}"
        raise InputError(f"an image is RGB uint8 [H, W, 3], 0 to 255; got {got}{several}")
    return image


def _moved(keypoints: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    moved = keypoints.copy()
    found = moved[:, 2] > 0
    moved[found, :2] = view.to_image(moved[found, :2])
    return moved
