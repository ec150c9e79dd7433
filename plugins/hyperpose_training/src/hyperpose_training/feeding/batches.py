"""TrainBatches: the batches of a training, from any position in its order."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import tensorflow as tf

from hyperpose_core.config import Config
from hyperpose_core.contracts import Batch, Preprocessor
from hyperpose_core.data.image_size import image_size, size_problem
from hyperpose_core.errors import DataError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.support.messages import hear_nothing
from hyperpose_core.support.promises import broken
from hyperpose_training.feeding.augmentations import Augmentations
from hyperpose_training.feeding.example import example_maker
from hyperpose_training.feeding.shard import Shard, position_of
from hyperpose_training.feeding.source import Source
from hyperpose_training.feeding.unusable import why_not


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
        self._preprocessor = preprocessor
        self.shard = shard or Shard(block=config.train.images_per_step, start=position)
        self.skipped: dict[str, int] = {}
        augmentations = Augmentations.of(config.data, registry or get_registry())
        self._example = example_maker(source, preprocessor, skeleton, config, augmentations)
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
        self._open = [iter(examples.batch(batch_size, drop_remainder=True).prefetch(2))]
        # What is read ahead runs Python. When the interpreter ends it waits for that for ever, so
        # it is closed before: `finalize` runs at the end of the process too.
        weakref.finalize(self, self._open.clear)

    @property
    def position(self) -> int:
        """From which position on the worker has seen nothing."""
        return position_of(self.shard)

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        try:
            batch = next(self._open[0])
        except StopIteration:
            raise DataError(
                f"too few of the {len(self.source)} training images can be used; "
                f"the first that cannot is {next(iter(self.skipped), self._find_unreadable())}"
            ) from None
        except tf.errors.OpError as error:
            self._check_shapes()
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

    def _check_shapes(self) -> None:
        """Raise PluginError where targets have another shape in some image: no batch holds them."""
        first: dict[str, tf.TensorShape] = {}
        for own in range(self.shard.done, self.shard.done + len(self.source)):
            with contextlib.suppress(tf.errors.OpError):
                made = self._example(tf.constant(self.shard.position(own), tf.int64))
                for name, value in made.items():
                    if value.shape != first.setdefault(name, value.shape):
                        promised = f"targets of one shape, as {name} {list(first[name])}"
                        raise broken(self._preprocessor, "encode", promised, list(value.shape))

    def _why_not(self, own: int) -> str:
        """Say why an image fails, by making it once more; empty where it does not.

        Raises:
            PluginError, ConfigError: what failed is an augmentation, or encodes.
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
