"""Origin: plugins, settings and images with which a checkpoint was made, and what is other now."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from hyperpose_core.config import Config, to_dict
from hyperpose_core.data.samples import Sample
from hyperpose_core.plugins.record import PluginRecord
from hyperpose_training.optimizing.schedule import LearningRate, warmup_of

GROUPS = ("model", "train", "data")
"""The groups whose settings change what training computes."""
WITHOUT_EFFECT = {
    "model.name",
    "model.backbone_weights",
    "model.weights",
    "model.partial_weights",
    "train.save_interval",
    "train.vis_interval",
    "train.keep_checkpoints",
    "train.eval_interval",
    "train.eval_images",
    "train.best_metric",
    "train.patience",
    "train.skip_bad_batches",
    "data.path",
    "data.eval_split",
    "data.filter_eval",
}
"""Settings of these groups that do not change what a resumed training computes."""

Origin = Mapping[str, Any]


def origin(
    config: Config, records: Iterable[PluginRecord], samples: Sequence[Sample] = ()
) -> Origin:
    """Return what a checkpoint says of where it comes from, as plain data.

    Args:
        records: the plugins that are installed.
        samples: what is trained on, in their order.
    """
    groups = to_dict(config)
    settings = {f"{g}.{k}": v for g in GROUPS for k, v in groups[g].items()}
    settings["eval.fit"] = groups["eval"]["fit"]  # how large training sees the images
    kept = {k: v for k, v in settings.items() if k not in WITHOUT_EFFECT}
    names = [f"{sample.image_id}\0{sample.path.name}" for sample in samples]
    images = {"count": len(names), "which": _digest(sorted(names)), "order": _digest(names)}
    plugins = {r.name: r.version for r in records}
    made = {"plugins": plugins, "settings": kept, "images": images}
    return cast(Origin, json.loads(json.dumps(made)))


def _digest(names: Iterable[str]) -> str:
    return hashlib.blake2b(os.fsencode("\n".join(names)), digest_size=16).hexdigest()


def differences(before: Origin, now: Origin, rate: LearningRate) -> list[str]:
    """Say what changes the numbers of a resumed training: nothing where it is exact.

    Args:
        before: the checkpoint's; empty for one that does not say.
        rate: the learning rate as it is now.
    """
    if not before:
        return ["the checkpoint does not say with which plugins and settings it was made"]
    old, new = dict(before["settings"]), dict(now["settings"])
    steps = old.pop("train.steps", None), new.pop("train.steps", None)
    changed = [
        f"{key} was {old[key]!r}, is {new[key]!r}"
        for key in old
        if key in new and old[key] != new[key]
    ]
    images = _images(before.get("images"), now["images"])
    return (
        _plugins(before["plugins"], now["plugins"]) + changed + images + _longer(steps, new, rate)
    )


def _images(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[str]:
    if not old or old == new:  # a checkpoint of before 0.1 does not say
        return []
    if old["count"] != new["count"]:
        what = f"are {new['count']}, were {old['count']}"
    else:
        what = "are others" if old["which"] != new["which"] else "come in another order"
    return [
        f"the training images {what}: the training goes on at its place in their order, so that in "
        f"this epoch some are seen twice and some are not"
    ]


def _plugins(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    changed = [
        f"the plugin {name} was {version}, is {new.get(name) or 'not installed'}"
        for name, version in old.items()
        if new.get(name) != version
    ]
    added = [f"the plugin {n} {v} was not installed" for n, v in new.items() if n not in old]
    return changed + added


def _longer(steps: tuple[Any, Any], settings: Mapping[str, Any], rate: LearningRate) -> list[str]:
    if steps[0] in (None, steps[1]):
        return []
    schedule, effects = settings["train.schedule"], []
    before, now = (warmup_of(settings["train.warmup_steps"], count) for count in steps)
    if rate.differs(steps[0]):
        effects.append(
            f"the schedule {schedule!r} goes on at the learning rate that the new curve has at "
            f"this step"
        )
    elif before != now:
        effects.append(
            f"the warm-up, {before} steps before, would have been {now} in one long training; "
            f"train.warmup_steps={before} gives that one"
        )
    if settings["train.objectives"]:
        effects.append("train.objectives are told of another part of the steps that is done")
    return [f"train.steps was {steps[0]}, is {steps[1]}: {effect}" for effect in effects]
