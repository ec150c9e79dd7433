"""Where the input pipeline's time goes: each part alone in a `tf.data` map, on one core.

    python benchmarks/pipeline_parts.py [--people 5]

The files and the training are those of `input_pipeline.py`. Processor milliseconds an image, the
least of three times 400 images.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from input_pipeline import HEIGHT, SIDE, STRIDE, WIDTH, write_images
from people import place_people

from hyperpose_core import Config
from hyperpose_core.contracts import PlacedImage
from hyperpose_core.data.samples import Sample
from hyperpose_core.pipeline.decoding import decode_jpeg
from hyperpose_core.registry import get_registry
from hyperpose_openpose.preprocess import Preprocessor
from hyperpose_openpose.skeletons import COCO
from hyperpose_training import affine
from hyperpose_training.feeding.augmentations import Augmentations
from hyperpose_training.feeding.example import example_maker
from hyperpose_training.feeding.pixels import ImageFile, placed
from hyperpose_training.feeding.source import Source
from hyperpose_training.feeding.usual import random_color

COUNTED = 400


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=5)
    people = place_people(parser.parse_args().people, WIDTH, HEIGHT)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    print("| part | ms |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, part in parts(write_images(Path(folder)), people).items():
            print(f"| {name} | {milliseconds(part):.2f} |", flush=True)


def parts(paths: list[str], people: np.ndarray) -> dict[str, Callable[[tf.Tensor], object]]:
    """Return the parts, each a function of an image's position in the training."""
    config = Config()
    config.model.input_size = (SIDE, SIDE)
    boxes = np.zeros((len(people), 4), np.float32)
    source = Source([Sample(i, Path(p), WIDTH, HEIGHT, people, boxes) for i, p in enumerate(paths)])
    encoder = Preprocessor(skeleton=COCO, input_size=(SIDE, SIDE), stride=STRIDE, options={})
    chain = Augmentations.of(config.data, get_registry())
    content = tf.io.read_file(paths[0])
    whole, size = decode_jpeg(content), tf.constant([WIDTH, HEIGHT])
    file = ImageFile(content, tf.constant(False), whole, size)
    fitting = affine.fit(tf.cast(size, tf.float32), tf.constant([SIDE, SIDE], tf.float32))
    mask, given = tf.ones((SIDE, SIDE, 1)), (tf.constant(people), tf.constant(boxes))
    example = PlacedImage(tf.zeros((SIDE, SIDE, 3)), *given, mask, COCO)

    def key(position: tf.Tensor) -> tf.Tensor:
        return tf.stack([tf.constant(0, tf.int64), position])

    return {
        "looking the image up": lambda at: source[source.number(at, 0)].path,
        "decoding the JPEG": lambda at: decode_jpeg(tf.io.read_file(tf.gather(paths, at % 64))),
        "the same at half of the size": lambda at: decode_jpeg(
            tf.io.read_file(tf.gather(paths, at % 64)), 2
        ),
        "shrinking, warping, mask, to float": lambda at: placed(
            file, fitting, (SIDE, SIDE), lambda _: None, at
        ),
        "colour": lambda at: random_color(example, key(at)).image,
        "targets": lambda at: encoder.encode(
            given[0] + tf.cast(at % 2, tf.float32), *given[1:], mask
        ),
        "all of it": example_maker(source, encoder, COCO, config, chain),
    }


def milliseconds(part: Callable[[tf.Tensor], object]) -> float:
    """Return processor milliseconds of one call in a pipeline, the least of three runs."""
    plain = tf.autograph.experimental.do_not_convert(part)
    least = np.inf
    for _ in range(3):
        made = iter(tf.data.Dataset.range(2 * COUNTED).map(plain, tf.data.AUTOTUNE))
        for _ in range(COUNTED // 4):
            next(made)
        begin = time.process_time()
        for _ in range(COUNTED):
            next(made)
        least = min(least, time.process_time() - begin)
    return 1000 * least / COUNTED


if __name__ == "__main__":
    main()
