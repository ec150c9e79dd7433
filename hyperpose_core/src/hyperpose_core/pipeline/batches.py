"""Batches for training: files are read, decoded, warped, coloured and encoded inside `tf.data`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import tensorflow as tf

from hyperpose_core.config import Config
from hyperpose_core.contracts import Preprocessor, Tensors
from hyperpose_core.errors import DataError, PluginError
from hyperpose_core.pipeline import affine, augment
from hyperpose_core.pipeline.shard import Shard, position_of
from hyperpose_core.pipeline.source import Source
from hyperpose_core.skeletons import Skeleton


@dataclass
class Batch:
    """What one training step sees."""

    images: tf.Tensor
    """`[N, H, W, 3]` float32 RGB in [0, 1]."""
    targets: Tensors
    counters: tf.Tensor
    """`[N]` int64, the positions of the images in the training's order."""


def example_maker(
    source: Source, preprocessor: Preprocessor, skeleton: Skeleton, config: Config
) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    """Return the function from a position in the training's order to an image with its targets."""
    if source.partly_labelled:
        _check_takes_labels(preprocessor)
    data, seed = config.data, config.train.seed
    input_size = tf.constant(config.model.size, tf.float32)

    def example(counter: tf.Tensor) -> dict[str, tf.Tensor]:
        number = source.number(counter, seed)
        annotated = source[number]
        image = _decode(tf.io.read_file(annotated.path))
        image_size = tf.cast(tf.reverse(tf.shape(image)[:2], [0]), tf.float32)
        key = tf.stack([tf.constant(seed, tf.int64), counter])
        if data.augment:
            matrix, mirrored = augment.random_affine(data, image_size, input_size, key)
        else:
            matrix, mirrored = affine.fit(image_size, input_size), tf.constant(False)
        image = _warp_image(image, matrix, config)
        if data.augment and data.color:
            image = augment.random_color(image, data.color, key + 1)
        keypoints = tf.concat(
            [
                affine.move_points(matrix, annotated.keypoints[..., :2]),
                annotated.keypoints[..., 2:],
            ],
            -1,
        )
        flip = tf.where(mirrored, skeleton.flip, tuple(range(len(skeleton))))
        keypoints = augment.hide_outside(tf.gather(keypoints, flip, axis=1), input_size)
        mask = _warp_mask(annotated.mask, matrix, config)
        boxes = affine.move_boxes(matrix, annotated.boxes)
        if annotated.labelled is None:
            targets = preprocessor.encode(keypoints, boxes, mask)
        else:
            labelled = tf.gather(annotated.labelled, flip)
            targets = preprocessor.encode(keypoints, boxes, mask, labelled)
        label = {} if annotated.label is None else {"label": annotated.label}
        return {"image": image, "counter": counter, **targets, **label}

    return example


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


def _decode(content: tf.Tensor) -> tf.Tensor:
    """Decode an image file; JPEG accurately, to the values that inference reads with OpenCV."""
    return tf.cond(
        tf.io.is_jpeg(content),
        lambda: tf.io.decode_jpeg(content, channels=3, dct_method="INTEGER_ACCURATE"),
        lambda: tf.io.decode_image(content, channels=3, expand_animations=False),
    )


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

    An image that cannot be read is left out; `skipped` names it. With `data.strict` it is an error.

    Args:
        position: the position of the first image; 0 for a new training.
        steps: how many batches will be asked for.
        shard: the worker's part of the order, instead of a position: where it goes on.
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
    ) -> None:
        self.source, self.config = source, config
        self.shard = shard or Shard(block=config.train.images_per_step, start=position)
        self.skipped: dict[str, int] = {}
        example = example_maker(source, preprocessor, skeleton, config)
        batch_size = config.train.images_per_step
        # Finite, so that a dataset of unreadable images ends: every image may fail once and more.
        end = self.shard.done + 2 * steps * batch_size + 3 * len(source)
        own = tf.data.Dataset.range(self.shard.done, end).map(self.shard.position)
        examples = own.map(
            tf.autograph.experimental.do_not_convert(example),
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
                f"too few of the {len(self.source)} training images can be read; "
                f"the first that cannot is {next(iter(self.skipped), self._find_unreadable())}"
            ) from None
        except tf.errors.OpError as error:
            raise DataError(
                f"cannot read the image {self._find_unreadable()}: "
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
                self.skipped[path] = self.skipped.get(path, 0) + 1
        self.shard = replace(self.shard, done=last + 1)

    def _path(self, counter: int) -> str:
        number = self.source.number(tf.constant(counter, tf.int64), self.config.train.seed)
        return self.source.paths[int(number)]

    def _find_unreadable(self) -> str:
        for own in range(self.shard.done, self.shard.done + len(self.source)):
            path = self._path(self.shard.position(own))
            try:
                _decode(tf.io.read_file(path))
            except tf.errors.OpError as error:
                return f"{path} ({error.message.splitlines()[0]})"
        return "(none found: the error is in the targets)"
