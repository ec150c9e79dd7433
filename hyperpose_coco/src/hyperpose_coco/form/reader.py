"""Reading COCO's form for a conversion: a JSON file, or the folder of the official files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hyperpose_coco.custom.dataset import open_dataset as open_custom
from hyperpose_coco.dataset import open_dataset
from hyperpose_coco.form.annotations import read_json
from hyperpose_coco.form.categories import Category, find_category
from hyperpose_coco.form.checked import Checked
from hyperpose_coco.form.exports import IS_ESTIMATE
from hyperpose_coco.form.people import is_of_another
from hyperpose_core.config import DataConfig
from hyperpose_core.data.raw import RawSplit
from hyperpose_core.errors import InputError

_FILE = {"info", "images", "annotations", "categories"}  # the new file says its own `info`
_IMAGE = {"id", "file_name", "width", "height"}
_PERSON = {
    *("id", "image_id", "category_id", "keypoints", "num_keypoints", "bbox", "area", "iscrowd"),
    *("segmentation", IS_ESTIMATE),
}
_CATEGORY = {"id", "name", "keypoints", "skeleton", "flip_pairs"}


def read_coco(
    source: Path,
    split: str,
    *,
    images: Path | None = None,
    category: str | None = None,
    version: str | None = None,
) -> RawSplit:
    """Read a JSON file, or a split of COCO; a `contracts.AnnotationReader`.

    Args:
        source: the file, or the folder of COCO's official files.
        images: the folder of a file's images; None: its own.
        category: of a file; None: the only one that has keypoints.
        version: of COCO, where it is a folder.

    Raises:
        InputError: an option that belongs to the other kind of source.
        DataError: the file cannot be read, or an entry is not as it must be.
    """
    if source.is_dir():
        if images is not None or category is not None:
            raise InputError(f"{source} is a folder: --images and --category belong to a JSON file")
        config = DataConfig(path=str(source), version=version, train_split=split, eval_split=split)
        dataset = open_dataset(config)
        return RawSplit(split, dataset.skeleton, list(dataset.raw_samples(split)))
    if version is not None:
        raise InputError(f"{source} is a file: --version belongs to the folder of a dataset")
    folder = (source.parent if images is None else images).resolve()
    places = {"annotations": str(source.resolve()), "images": str(folder)}
    config = DataConfig(path="/", train_split=split, eval_split=split)
    config.options = {**places, "category": category}
    custom = open_custom(config)
    found = find_category(source, category)
    samples = list(custom.raw_samples(split))
    lost = tuple(_left_out(source, found))
    return RawSplit(split, custom.skeleton, samples, found.name, lost)


def _left_out(path: Path, category: Category) -> Iterator[str]:
    """Say which parts of a file are not read, each a part of a sentence with a count."""
    content = read_json(path)
    annotations, categories = content["annotations"], content["categories"]
    own = [
        entry
        for number, entry in enumerate(annotations)
        if not is_of_another(Checked(path, "annotation", number, entry), category.id)
    ]
    if others := len(annotations) - len(own):
        yield f"annotations of other categories: {others}"
    yield from _fields("images", content["images"], _IMAGE)
    yield from _fields("annotations", own, _PERSON)
    same = [c for c in categories if str(c.get("id")) == str(category.id)]
    yield from _fields("the category", same, _CATEGORY)
    yield from _fields("the file", [content], _FILE)


def _fields(what: str, entries: Iterable[dict[str, Any]], known: set[str]) -> Iterator[str]:
    found = Counter(
        key for entry in entries for key, value in entry.items() if key not in known and value
    )
    if found:
        counts = ", ".join(f"{key} ({count})" for key, count in sorted(found.items()))
        yield f"fields of {what}: {counts}"
