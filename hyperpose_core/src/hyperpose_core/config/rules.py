"""Rules: which values a setting allows beyond its type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DATA_FORMATS = ("channels_last", "channels_first")
PADDINGS = ("symmetric", "same")
PRECISIONS = ("float32", "bfloat16", "float16")
KUNGFU_OPTIONS = ("Sync_sgd", "Sync_avg", "Pair_avg")
LEARNING_RATE_SCALINGS = ("none", "linear")
FITS = ("box", "height")
WEIGHTS = ("newest", "best")

CHOICES: dict[str, tuple[str, ...]] = {
    "model.data_format": DATA_FORMATS,
    "model.padding": PADDINGS,
    "train.precision": PRECISIONS,
    "eval.precision": PRECISIONS,
    "train.kungfu_option": KUNGFU_OPTIONS,
    "train.scale_learning_rate": LEARNING_RATE_SCALINGS,
    "eval.fit": FITS,
    "eval.weights": WEIGHTS,
    "test.weights": WEIGHTS,
}


@dataclass(frozen=True)
class Rule:
    """A condition on a value that has the right type already, and its wording."""

    holds: Callable[[Any], bool]
    text: str


def _at_least(bound: int) -> Rule:
    return Rule(lambda value: value >= bound, f"{bound} or more")


def _between(low: float, high: float) -> Rule:
    return Rule(lambda value: low <= value <= high, f"from {low:g} to {high:g}")


def _is_run_name(name: str) -> bool:
    return bool(name.strip()) and name not in (".", "..") and not set(name) & set("/\\\0")


def _is_architecture(value: Any) -> bool:
    return callable(value) or hasattr(value, "forward")


def _is_dataset(value: Any) -> bool:
    return callable(value) or any(
        hasattr(value, method) for method in ("train_samples", "get_train_dataset")
    )


_MORE_THAN_0 = Rule(lambda value: value > 0, "more than 0")
_NOT_EMPTY = Rule(lambda value: bool(value.strip()), "not empty")

RULES: dict[str, Rule] = {
    "model.name": Rule(_is_run_name, "the name of a folder, without slashes"),
    "model.type": _NOT_EMPTY,
    "model.arch": Rule(_is_architecture, "called with the configuration, or a model"),
    "model.input_size": Rule(lambda size: min(size) >= 1, "1 or more each"),
    "model.stages": _at_least(1),
    "model.width": _MORE_THAN_0,
    "model.backbone_width": _MORE_THAN_0,
    "train.type": _NOT_EMPTY,
    "train.engine": _NOT_EMPTY,
    "train.steps": _at_least(0),
    "train.batch_size": _at_least(1),
    "train.learning_rate": _at_least(0),
    "train.warmup_steps": _at_least(0),
    "train.decay_every": _at_least(1),
    "train.decay_factor": _MORE_THAN_0,
    "train.power": _MORE_THAN_0,
    "train.rise": Rule(lambda value: 0 < value < 1, "more than 0 and less than 1"),
    "train.ema_decay": Rule(lambda value: 0 <= value < 1, "from 0 to less than 1"),
    "train.accumulate": _at_least(1),
    "train.learning_rate_factors": Rule(
        lambda factors: all(factor >= 0 for factor in factors.values()), "factors of 0 or more"
    ),
    "train.momentum": Rule(lambda value: 0 <= value < 1, "from 0 to less than 1"),
    "train.weight_decay": _at_least(0),
    "train.clip_norm": _at_least(0),
    "train.seed": Rule(lambda seed: 0 <= seed < 2**31, "from 0 to 2147483647"),
    "train.save_interval": _at_least(1),
    "train.vis_interval": _at_least(1),
    "train.keep_checkpoints": _at_least(1),
    "train.eval_interval": _at_least(0),
    "train.eval_images": _at_least(1),
    "train.patience": _at_least(0),
    "train.skip_bad_batches": _at_least(0),
    "eval.scales": Rule(
        lambda scales: bool(scales) and min(scales) > 0, "at least one, more than 0 each"
    ),
    "eval.limit": _at_least(1),
    "eval.vis_num": _at_least(0),
    "test.min_score": _at_least(0),
    "data.type": _NOT_EMPTY,
    "data.userdef_dataset": Rule(_is_dataset, "called with the configuration, or a dataset"),
    "data.weight": _MORE_THAN_0,
    "data.added": Rule(
        lambda value: callable(getattr(value, "samples", None)), "made by Config.set_useradd_data"
    ),
    "data.rotation": _between(0, 180),
    "data.scale": Rule(lambda scale: 0 < scale[0] <= scale[1], "more than 0, the smaller first"),
    "data.shift": _between(0, 1),
    "data.flip": _between(0, 1),
    "data.color": _between(0, 1),
    "pretrain.dataset": _NOT_EMPTY,
    "pretrain.model": _NOT_EMPTY,
    "pretrain.input_size": Rule(lambda size: min(size) >= 1, "1 or more each"),
    "pretrain.steps": _at_least(0),
    "pretrain.batch_size": _at_least(1),
    "pretrain.learning_rate": _at_least(0),
    "pretrain.eval_interval": _at_least(0),
    "pretrain.eval_images": _at_least(1),
    "log.save_dir": _NOT_EMPTY,
    "log.interval": _at_least(1),
}
