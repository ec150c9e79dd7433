"""Batches for training: files are read, decoded, warped, coloured and encoded inside `tf.data`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import tensorflow as tf

from hyperpose_core.config import Config
from hyperpose_core.contracts import Batch, PlacedImage, Placement, Preprocessor
from hyperpose_core.data.image_size import image_size, size_problem
from hyperpose_core.errors import DataError, PluginError
from hyperpose_core.pipeline import affine
from hyperpose_core.pipeline.augmentations import Augmentations
from hyperpose_core.pipeline.decoding import decode_image as _decode
from hyperpose_core.pipeline.decoding import why_not
from hyperpose_core.pipeline.placed import hide_outside
from hyperpose_core.pipeline.shard import Shard, position_of
from hyperpose_core.pipeline.source import Source
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.support.messages import hear_nothing


def example_maker(
    source: Source,
    preprocessor: Preprocessor,
    skeleton: Skeleton,
    config: Config,
    registry: Registry | None = None,
) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    """Return the function from a position in the training's order to an image with its targets.

    Args:
        registry: has the augmentations; None: the default one.
    """
    if source.partly_labelled:
        _check_takes_labels(preprocessor)
    augmentations = Augmentations.of(config.data, registry or get_registry())
    seed, input_size = config.train.seed, tf.constant(config.model.size, tf.float32)

    def example(counter: tf.Tensor) -> dict[str, tf.Tensor]:
        annotated = source[source.number(counter, seed)]
        image = _as_annotated(_decode(tf.io.read_file(annotated.path)), annotated.size)
        key = tf.stack([tf.constant(seed, tf.int64), counter])
        image_size = tf.cast(tf.reverse(tf.shape(image)[:2], [0]), tf.float32)
        placement = Placement(
            affine.fit(image_size, input_size),
            image_size,
            input_size,
            annotated.keypoints,
            annotated.boxes,
            skeleton,
        )
        matrix = augmentations.place(placement, key)
        flip = tf.where(affine.mirrors(matrix), skeleton.flip, tuple(range(len(skeleton))))
        placed = PlacedImage(
            _warp_image(image, matrix, config),
            _move_keypoints(annotated.keypoints, matrix, flip, config),
            affine.move_boxes(matrix, annotated.boxes),
            _warp_mask(annotated.mask, matrix, config),
            skeleton,
        )
        placed = augmentations.change(placed, key)
        people = [placed.keypoints, placed.boxes, placed.mask]
        if annotated.labelled is not None:
            people.append(tf.gather(annotated.labelled, flip))
        targets = preprocessor.encode(*people)
        label = {} if annotated.label is None else {"label": annotated.label}
        return {"image": placed.image, "counter": counter, **targets, **label}

    return example


def _as_annotated(image: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Fail where the file has another size than annotated; one pixel is somebody's rounding."""
    stored = tf.reverse(tf.shape(image)[:2], [0])
    fits = tf.reduce_all(tf.abs(stored - size) <= 1) | tf.reduce_any(size == 0)
    with tf.control_dependencies([tf.debugging.Assert(fits, [stored, size])]):
        return tf.identity(image)


def _check_takes_labels(preprocessor: Preprocessor) -> None:
    """Raise PluginError for a preprocessor that would teach unknown keypoints as absent ones."""
    try:
        inspect.signature(preprocessor.encode).bind(*range(4))
    except TypeError as error:
        raise PluginError(
            f"the dataset does not annotate all of the model's keypoints, and encode of the "
            f"preprocessor {type(preprocessor).__name__} takes no `labelled` after the mask: see "
            f"hyperpose_core.contracts.Preprocessor"
        ) from error


def _move_keypoints(
    keypoints: tf.Tensor, matrix: tf.Tensor, flip: tf.Tensor, config: Config
) -> tf.Tensor:
    """Move keypoints with the image; those that are mirrored take each other's places."""
    points = affine.move_points(matrix, keypoints[..., :2])
    moved = tf.concat([points, keypoints[..., 2:]], -1)
    return hide_outside(tf.gather(moved, flip, axis=1), config.model.size)


def _warp_image(image: tf.Tensor, matrix: tf.Tensor, config: Config) -> tf.Tensor:
    width, height = config.model.size
    image = affine.warp(image, matrix, tf.constant([width, height]), fill=114.0)
    return tf.ensure_shape(tf.cast(image, tf.float32) / 255.0, [height, width, 3])


def _warp_mask(mask: tf.Tensor, matrix: tf.Tensor, config: Config) -> tf.Tensor:
    """What lies outside the image counts: nobody is there; but not where nothing inside counts."""
    width, height = config.model.size

    def warped() -> tf.Tensor:
        decoded = tf.io.decode_png(mask, channels=1)
        moved = affine.warp(decoded, matrix, tf.constant([width, height]), fill=255.0)
        counts = tf.reduce_any(decoded > 0)
        return tf.where(counts, tf.cast(moved, tf.float32) / 255.0, 0.0)

    result = tf.cond(tf.strings.length(mask) > 0, warped, lambda: tf.ones([height, width, 1]))
    return tf.ensure_shape(result, [height, width, 1])


class TrainBatches:
    """Iterates over the batches of a training, from any position in its order.

    An image that cannot be read, or has another size than annotated, is left out; `skipped` names
    it, and the first is warned of. With `data.strict` it is an error.

    Args:
        position: the position of the first image; 0 for a new training.
        steps: how many batches will be asked for.
        shard: the worker's part of the order, instead of a position: where it goes on.
        registry: has the augmentations; None: the default one.
        warn: hears of the first image that is left out.
    """

    def __init__(
        self,
        source: Source,
        preprocessor: Preprocessor,
        skeleton: Skeleton,
        config: Config,
        position: int = 0,
        steps: int = 1,
        shard: Shard | None = None,
        registry: Registry | None = None,
        warn: Callable[[str], object] = hear_nothing,
    ) -> None:
        self.source, self.config, self._warn = source, config, warn
        self.shard = shard or Shard(block=config.train.images_per_step, start=position)
        self.skipped: dict[str, int] = {}
        self._example = example_maker(source, preprocessor, skeleton, config, registry)
        batch_size = config.train.images_per_step
        # Finite, so that a dataset of unreadable images ends: every image may fail once and more.
        end = self.shard.done + 2 * steps * batch_size + 3 * len(source)
        own = tf.data.Dataset.range(self.shard.done, end).map(self.shard.position)
        examples = own.map(
            tf.autograph.experimental.do_not_convert(self._example),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        if not config.data.strict:
            examples = examples.ignore_errors()
        self._iterator = iter(examples.batch(batch_size, drop_remainder=True).prefetch(2))

    @property
    def position(self) -> int:
        """From which position on the worker has seen nothing."""
        return position_of(self.shard)

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        try:
            batch = next(self._iterator)
        except StopIteration:
            raise DataError(
                f"too few of the {len(self.source)} training images can be used; "
                f"the first that cannot is {next(iter(self.skipped), self._find_unreadable())}"
            ) from None
        except tf.errors.OpError as error:
            raise DataError(
                f"cannot use the image {self._find_unreadable()}: "
                f"repair or remove it, or train without --strict"
            ) from error
        counters = batch.pop("counter")
        self._note_skipped(counters.numpy())
        return Batch(batch.pop("image"), batch, counters)

    def _note_skipped(self, counters: list[int]) -> None:
        seen = {self.shard.own(int(counter)) for counter in counters}
        last = max(seen)
        for own in range(self.shard.done, last):
            if own not in seen:
                path = self._path(self.shard.position(own))
                if path not in self.skipped:
                    why = self._why_not(own)
                    if not self.skipped:
                        self._warn(f"{path} is left out, as all such images are: {why}")
                self.skipped[path] = self.skipped.get(path, 0) + 1
        self.shard = replace(self.shard, done=last + 1)

    def _number(self, counter: int) -> int:
        return int(self.source.number(tf.constant(counter, tf.int64), self.config.train.seed))

    def _path(self, counter: int) -> str:
        return self.source.paths[self._number(counter)]

    def _find_unreadable(self) -> str:
        for own in range(self.shard.done, self.shard.done + len(self.source)):
            if why := self._why_not(own):
                return f"{self._path(self.shard.position(own))} ({why})"
        return "(none found)"

    def _why_not(self, own: int) -> str:
        """Say why an image fails, by making it once more; empty where it does not.

        Raises:
            PluginError, ConfigError: what failed is an augmentation.
        """
        counter = self.shard.position(own)
        try:
            self._example(tf.constant(counter, tf.int64))
        except tf.errors.OpError as error:
            return self._of_another_size(counter) or why_not(Path(self._path(counter)), error)
        return ""

    def _of_another_size(self, counter: int) -> str | None:
        path = Path(self._path(counter))
        try:
            return size_problem(image_size(path), self.source.sizes[self._number(counter)])
        except DataError:
            return None
