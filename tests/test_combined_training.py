"""COCO, MPII and drawn people together: each dataset teaches the channels that it knows of."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tiny_runs import PICTURES, TINY

from hyperpose_coco.skeleton import COCO
from hyperpose_core.build import get_dataset, get_model
from hyperpose_core.build.trainer import get_train
from hyperpose_core.build.weights import named_weights
from hyperpose_core.config import Config, resolve_config
from hyperpose_core.families import Family
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons.converters import convert
from hyperpose_mpii.skeleton import MPII
from hyperpose_training.feeding.batches import TrainBatches
from hyperpose_training.feeding.source import Source
from hyperpose_training.feeding.training_data import training_data

MODELS = ("MobilenetThinOpenpose", "Poseproposal")
NOT_IN_MPII = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")


def settings(model: str, folder: Path, datasets: list[dict[str, Any]], **more: Any) -> Config:
    small = {"model.backbone": "Vggtiny"} if model == "Poseproposal" else {}
    options = {"model.type": model, "log.save_dir": folder, "log.quiet": True, **small}
    return resolve_config(options={**options, "data.datasets": datasets, **more}, sets=TINY)


def drawn(folder: Path, version: str) -> dict[str, Any]:
    return {"type": "Synthetic", "path": str(folder), "version": version, "options": PICTURES}


@pytest.mark.parametrize("model", MODELS)
def test_training_on_all_three(model, tmp_path, shared_data):
    datasets = [
        {"type": "COCO", "path": str(shared_data / "coco"), "filters": ["no-crowd"], "weight": 2},
        {"type": "MPII", "path": str(shared_data / "mpii"), "weight": 2},
        {**drawn(tmp_path, "mpii"), "weight": 1},
    ]
    config = settings(model, tmp_path, datasets, **{"train.steps": 2})
    result = get_train(config)(get_model(config), get_dataset(config))
    assert result.step == 2
    assert np.isfinite(list(result.losses.values())).all()
    log = result.run.log.read_text()
    assert "filter no-crowd of COCO dropped 7 samples" in log
    assert "71 images of COCO, 24 images of MPII, 6 images of Synthetic" in log


@pytest.mark.parametrize("model", MODELS)
def test_channels_that_a_dataset_lacks_get_no_gradient_from_it(model, tmp_path):
    """Images of both come through the pipeline; the maps of a network are random numbers here."""
    config = settings(
        model,
        tmp_path,
        [drawn(tmp_path, "coco"), drawn(tmp_path, "mpii")],
        **{"data.rotation": 0.0},
    )
    registry, family = get_registry(), Family.of(config, get_registry())
    data = training_data(get_dataset(config), config.data, family.skeleton, registry)
    config.train.batch_size = len(data.samples)
    batch = next(TrainBatches(Source(data.samples), family.preprocessor, family.skeleton, config))
    names = ("gt_conf", "gt_paf") if model != "Poseproposal" else family.preprocessor.map_names
    maps = [tf.random.uniform(batch.targets[name].shape, seed=i) for i, name in enumerate(names)]
    with tf.GradientTape() as tape:
        tape.watch(maps)
        outputs = [*maps, maps[:1], maps[1:]] if len(maps) == 2 else maps
        loss = family.preprocessor.losses(_Everything(), outputs, batch.targets)["loss"]
    gradients = tape.gradient(loss, maps)
    lacking = np.isin(family.skeleton.keypoints, NOT_IN_MPII)
    assert lacking.sum() == 5
    limbs = lacking[np.array(family.skeleton.limbs)].any(axis=1)
    labels = next(value for name, value in batch.targets.items() if name.endswith("labelled"))
    from_mpii = labels.numpy().min(axis=(1, 2, 3)) == 0
    assert from_mpii.sum() == len(data.samples) // 2
    for gradient in (g.numpy() for g in gradients):
        unknown = _channels(gradient.shape[-1], lacking, limbs)
        assert not gradient[from_mpii][..., unknown].any()
        assert gradient[from_mpii][..., ~unknown].any()
        assert (np.abs(gradient[~from_mpii]).max(axis=(0, 1, 2)) > 0).all()


class _Everything:
    """A loss of a user's own that counts every difference."""

    def cal_loss(self, **tensors: Any) -> tf.Tensor:
        if "gt_conf" in tensors:
            t = SimpleNamespace(**tensors)
            return tf.reduce_sum(tf.abs(t.gt_conf - t.stage_confs[0])) + tf.reduce_sum(
                tf.abs(t.gt_paf - t.stage_pafs[0])
            )
        pairs = (("tc", "pc"), ("tc", "pi"), ("tx", "px"), ("ty", "py"), ("tw", "pw"),
                 ("th", "ph"), ("te", "pe"))  # fmt: skip
        return tf.add_n([tf.reduce_sum(tf.abs(tensors[a] - tensors[b])) for a, b in pairs])


def _channels(count: int, lacking: np.ndarray, limbs: np.ndarray) -> np.ndarray:
    """Return which channels of a map are of a lacking point; the background is, with any."""
    known = {len(lacking): lacking, len(lacking) + 1: np.append(lacking, True)}
    if count in known:
        return known[count]
    if count == 2 * len(limbs):
        return np.repeat(limbs, 2)
    return np.tile(limbs, count // len(limbs))


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_weights_of_channels_that_nobody_annotates_stay_as_they_are(model, tmp_path):
    """A model with COCO's keypoints learns from MPII's people: without decay nothing else moves."""
    more = {"train.steps": 3, "train.weight_decay": 0.0}
    config = settings(model, tmp_path, [drawn(tmp_path, "mpii")], **more)
    config.model.skeleton = Family.of(
        settings(model, tmp_path, [drawn(tmp_path, "coco")]), get_registry()
    ).skeleton
    network = get_model(config)
    before = {name: w.numpy() for name, w in named_weights(network).items()}
    get_train(config)(network, get_dataset(config))
    lacking = np.isin(config.model.skeleton.keypoints, NOT_IN_MPII)
    limbs = lacking[np.array(config.model.skeleton.limbs)].any(axis=1)
    parts = len(lacking)
    if model == "Poseproposal":
        edges = np.tile(limbs, 81)
        sizes = {6 * parts + len(edges): np.concatenate([np.tile(lacking, 6), edges])}
    else:
        sizes = {parts + 1: np.append(lacking, True), 2 * len(limbs): np.repeat(limbs, 2)}
    seen = 0
    for name, weight in named_weights(network).items():
        if weight.shape[-1] in sizes and "backbone" not in name:
            unknown, seen = sizes[weight.shape[-1]], seen + 1
            now = weight.numpy()
            np.testing.assert_array_equal(now[..., unknown], before[name][..., unknown])
            assert (now[..., ~unknown] != before[name][..., ~unknown]).any()
    assert seen >= 2


def test_mpii_annotates_the_points_that_coco_derives_where_they_are_derived(shared_data):
    """Of real annotations: pelvis and thorax are the middles of hips and shoulders, to a pixel."""
    config = resolve_config(
        options={"data.type": "MPII", "data.path": shared_data / "mpii", "data.eval_split": "val"}
    )
    dataset = get_dataset(config)
    people = np.concatenate([s.keypoints for s in dataset.train_samples()])
    people = people[(people[..., 2] > 0).all(axis=1)]
    assert len(people) >= 10
    there = convert(convert(people, MPII, COCO), COCO, MPII)
    for name, head in (("pelvis", 0.02), ("thorax", 0.02)):
        place = MPII.index(name)
        off = np.linalg.norm(there[:, place, :2] - people[:, place, :2], axis=1)
        top, neck = (people[:, MPII.index(n), :2] for n in ("headtop", "upper_neck"))
        assert (off <= 1 + head * np.linalg.norm(top - neck, axis=1)).all()
    # The neck of MPII is above that: no point of COCO says where.
    assert not there[:, [MPII.index("upper_neck"), MPII.index("headtop")], 2].any()
