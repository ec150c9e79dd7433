"""One split of the dataset that a configuration names."""

from __future__ import annotations

from hyperpose_core.build.dataset import open_dataset
from hyperpose_core.config import Config, snapshot
from hyperpose_core.data.raw import RawSplit, samples_of
from hyperpose_core.registry import Registry, get_registry


def open_split(config: Config, split: str, registry: Registry | None = None) -> RawSplit:
    """Read one split of the configured dataset.

    A dataset that has `raw_samples(split)` says everything; of another one the images of
    `eval_samples()` are returned.

    Raises:
        DataError: files are missing or damaged.
    """
    config = snapshot(config)
    config.data.eval_split = config.data.train_split = split
    dataset = open_dataset(config, registry or get_registry())
    category = getattr(dataset, "category_name", RawSplit.category)
    return RawSplit(split, dataset.skeleton, list(samples_of(dataset, split)), category)
