"""What the tests of several workers share: a network without batch norm, and how to start it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
from tiny_runs import hyperpose, sets

from hyperpose_core.build.weights import load_weights

PICTURES = "{train_images = 30, val_images = 5, width = 96, height = 96, max_people = 2}"
SCRIPT = '''
import json, sys
from hyperpose import Config, Dataset, Model

def tiny(config):
    """Four convolutions, no batch normalisation."""
    import tensorflow as tf
    from hyperpose_core.layers import Conv2d, PoseModel

    class Tiny(PoseModel):
        def __init__(self, skeleton):
            super().__init__()
            self.first = Conv2d(3, 8, stride=2, act=tf.nn.relu)
            self.second = Conv2d(8, 8, stride=4, kernel=5, act=tf.nn.relu)
            self.conf = Conv2d(8, len(skeleton) + 1, kernel=1)
            self.paf = Conv2d(8, 2 * len(skeleton.limbs), kernel=1)

        def forward(self, x, is_train=False):
            x = self.second.forward(self.first.forward(x))
            conf, paf = self.conf.forward(x), self.paf.forward(x)
            return (conf, paf, [conf], [paf]) if is_train else (conf, paf)

        def cal_loss(self, gt_conf, gt_paf, mask, stage_confs, stage_pafs):
            confs = [tf.reduce_mean(mask * (conf - gt_conf) ** 2) for conf in stage_confs]
            pafs = [tf.reduce_mean(mask * (paf - gt_paf) ** 2) for paf in stage_pafs]
            return tf.add_n(confs + pafs), tf.add_n(confs), tf.add_n(pafs)

    return Tiny(config.model.skeleton)

class Poisoned:
    """Two of the samples have a keypoint that is no number."""

    def __init__(self, real):
        self.real, self.skeleton = real, real.skeleton

    def train_samples(self):
        samples = list(self.real.train_samples())
        for sample in samples[3:13:9]:
            sample.keypoints[0, 0] = (float("nan"), 10, 2)
        return samples

name, batch, *options = sys.argv[1:]
Config.set_model_name(name)
Config.set_model_arch(tiny)
Config.set_train_type(Config.TRAIN.Parallel_train)
Config.set_kungfu_option(Config.KUNGFU.Sync_sgd)
Config.set_batch_size(int(batch))
for option in options:
    key, _, value = option.partition("=")
    plain = value in ("true", "false") or value[0] in "{[0123456789"
    Config.set_option(key, json.loads(value) if plain else value)
config = Config.get_config()
model = Model.get_model(config)
dataset = Dataset.get_dataset(config)
if "poisoned" in name:
    dataset = Poisoned(dataset)
Model.get_train(config)(model, dataset)
if "evaluate" in name:
    result = Model.get_eval(config)(model, dataset)
    print("METRICS", sorted(result.metrics.items()))
'''


def openpose(pictures: Path, *more: str) -> list[str]:
    """Return words of `hyperpose train` for a small network without batch normalisation."""
    texts = (
        *("model.type=Openpose", "model.backbone=Vgg16", "model.width=0.1", "model.stages=1"),
        *("model.input_size=64x64", f"data.path={pictures}", f"data.options={PICTURES}"),
        *("log.interval=1", "log.tensorboard=false", "train.vis_interval=100000"),
    )
    return ["--quiet", *sets([*texts, *more])]


def launch(
    count: int, *words: str | Path, cwd: Path, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run `hyperpose launch` and return what became of it."""
    return hyperpose("launch", "-np", str(count), *words, cwd=cwd, **more)


def worker(launcher: int, rank: int) -> int:
    """Return the process of a worker, by the settings that the launcher gave it."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            given = (folder / "environ").read_bytes()
            keeper = parent(int(folder.name))
            ours = keeper != launcher and parent(keeper) == launcher
        except OSError:
            continue
        if ours and f'"index": {rank}}}'.encode() in given:
            return int(folder.name)
    raise AssertionError(f"worker {rank} does not run")


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def weights(run: Path) -> dict[str, np.ndarray]:
    return load_weights(run / "model_dir" / "newest_model.npz")


def largest_difference(one: Path, other: Path) -> float:
    """Return how far two runs' weights are apart at most."""
    first, second = weights(one), weights(other)
    assert first.keys() == second.keys()
    return max(float(np.abs(first[name] - second[name]).max()) for name in first)


def losses(run: Path, name: str = "loss") -> list[float]:
    """Return the loss, or another number, of every step."""
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [line[name] for line in lines if line.get("kind", "train") == "train"]
