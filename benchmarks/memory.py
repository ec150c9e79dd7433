"""What memory a training has, every 1,000 of 20,000 steps of a tiny network.

    python benchmarks/memory.py [--steps N] [--every N]

The whole loop, on drawn people: batches, steps, the log, checkpoints every 5,000 steps.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

from hyperpose_core import Config, get_registry
from hyperpose_core.build import completed, get_dataset
from hyperpose_core.build.strategy import start
from hyperpose_core.families import Family
from hyperpose_core.layers import Conv2d, PoseModel
from hyperpose_core.skeletons import Skeleton


class Tiny(PoseModel):
    """Two convolutions."""

    def __init__(self, skeleton: Skeleton) -> None:
        super().__init__()
        self.features = Conv2d(3, 4, kernel=9, stride=8, act=tf.nn.relu)
        self.conf = Conv2d(4, len(skeleton) + 1, kernel=1)
        self.paf = Conv2d(4, 2 * len(skeleton.limbs), kernel=1)

    def forward(self, x: tf.Tensor, is_train: bool = False) -> tuple[tf.Tensor, ...]:
        features = self.features.forward(x)
        return self.conf.forward(features), self.paf.forward(features)

    def cal_loss(
        self,
        gt_conf: tf.Tensor,
        gt_paf: tf.Tensor,
        mask: tf.Tensor,
        stage_confs: list[tf.Tensor],
        stage_pafs: list[tf.Tensor],
    ) -> tf.Tensor:
        found = tf.reduce_mean(mask * tf.square(stage_confs[0] - gt_conf))
        return found + tf.reduce_mean(mask * tf.square(stage_pafs[0] - gt_paf))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--every", type=int, default=1_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        train(Path(folder), given.steps, given.every)


def train(folder: Path, steps: int, every: int) -> None:
    """Train, and print the memory after so many steps each."""
    from hyperpose_training.loop import Training

    config = Config()
    config.log.save_dir, config.log.quiet = str(folder), True
    config.data.type, config.model.input_size = "Synthetic", (64, 64)
    config.train.batch_size, config.train.steps = 1, steps
    config.train.save_interval = 5_000
    registry = get_registry()
    config = completed(config, registry)
    model, dataset = Tiny(Family.of(config, registry).skeleton), get_dataset(config)
    training = Training(model, dataset, config, registry, start(config, registry))
    print("| steps | resident memory, MB |")
    print("|---|---|")
    for step in range(1, steps + 1):
        training.advance()
        if step % every == 0 or step in (1, every // 10):
            print(f"| {step} | {resident():.1f} |", flush=True)


def resident() -> float:
    """Return this process's memory, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
