"""Which samples are looked at, and where their pictures go."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from hyperpose_core.config import Config
from hyperpose_core.contracts import Dataset
from hyperpose_core.data import filters
from hyperpose_core.data.drawing import Picture, save_picture
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.support.files import make_folder
from hyperpose_training.feeding.training_data import puts_together, training_data

Draw = Callable[[Sample], Picture]


def choose(
    dataset: Dataset,
    config: Config,
    count: int,
    registry: Registry,
    ids: Sequence[str] = (),
) -> list[Sample]:
    """Choose samples to look at.

    Args:
        count: so many of those that training sees, filtered, at random by `train.seed`, in their
            order.
        ids: these images instead, also such that training does not see.

    Raises:
        DataError: there is no such image, or none at all.
    """
    if ids:
        return _by_ids(dataset.eval_samples(), ids)
    samples = _training_samples(dataset, config, registry)
    if not samples:
        raise DataError("there is no image to look at; check the split and the filters")
    chosen = random.Random(config.train.seed).sample(range(len(samples)), min(count, len(samples)))
    return [samples[i] for i in sorted(chosen)]


def browse(samples: Iterable[Sample], folder: Path, draw: Draw) -> tuple[list[Path], list[str]]:
    """Write a picture of each sample.

    Returns:
        the pictures' paths, and why some images could not be drawn.
    """
    make_folder(folder)
    written: list[Path] = []
    failed: list[str] = []
    for sample in samples:
        name = re.sub(r"[^\w.-]+", "_", str(sample.image_id))
        if isinstance(sample.image_id, str):
            name = Path(name).stem or name
        path = folder / f"{name}.png"
        path = path if path not in written else folder / f"{name}_{len(written)}.png"
        try:
            save_picture(path, draw(sample))
        except DataError as error:
            failed.append(str(error))
            continue
        written.append(path)
    return written, failed


def visualize(dataset: Dataset, config: Config, vis_num: int, save_dir: str | Path) -> list[Path]:
    """Draw `vis_num` of a dataset's training samples into a folder; return the pictures' paths.

    Raises:
        DataError: there is no sample, or none of them can be drawn.
    """
    from hyperpose_datatools.browsing.pictures import draw_sample

    samples = choose(dataset, config, vis_num, get_registry())
    written, failed = browse(
        samples, Path(save_dir), lambda sample: draw_sample(sample, dataset.skeleton)
    )
    if failed and not written:
        raise DataError(failed[0])
    return written


def _training_samples(dataset: Dataset, config: Config, registry: Registry) -> list[Sample]:
    """Return what training sees, of several datasets in the skeleton of the one evaluated on."""
    if puts_together(dataset):
        return training_data(dataset, config.data, dataset.skeleton, registry).samples
    # Not converted: the masks of all samples would be made, and most are not looked at.
    return filters.apply(dataset.train_samples(), config.data, registry).samples


def _by_ids(samples: Iterable[Sample], ids: Sequence[str]) -> list[Sample]:
    """Find samples by their ids, or by the names of their files."""
    found: dict[str, Sample] = {}
    for sample in samples:
        for name in (str(sample.image_id), sample.path.name, sample.path.stem):
            found.setdefault(name, sample)
    lacking = [name for name in ids if name not in found]
    if lacking:
        raise DataError(
            f"there is no image {', '.join(lacking)} in this split: give ids or names of files, as "
            f"{', '.join(list(found)[:2])}"
        )
    return [found[name] for name in ids]
