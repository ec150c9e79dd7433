"""Annotations as arrays and back, for a cache of large files."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from hyperpose_coco.form.gathering import Gathered
from hyperpose_coco.form.images import Images
from hyperpose_coco.form.people import People
from hyperpose_coco.form.regions import Regions
from hyperpose_datatools.caching import Arrays, as_array, as_values

LEAST = 2**23
"""Bytes of a file that is worth a cache: to read it takes a second."""
FORM = "COCO 1"
"""What is kept: to be counted up whenever other samples come of the same file."""
_REGIONS = ("values", "ends", "polygons", "rows")
_LISTS = ("ids", "images", "categories", "objects")


def to_arrays(found: Gathered) -> Arrays:
    """Return what was read, with segmentations as `Regions`, as arrays."""
    images, people, first, last = found
    arrays: Arrays = {name: getattr(people, name) for name in _array_names()}
    arrays |= {f"list {name}": as_array(getattr(people, name)) for name in _LISTS}
    regions: Any = people.segmentations
    arrays |= {f"region {name}": getattr(regions, name) for name in _REGIONS}
    arrays["region others"] = as_array(list(regions.others.items()))
    arrays |= {"sizes": images.sizes, "list of images": as_array([images.ids, images.names])}
    return arrays | {"first": first, "last": last}


def from_arrays(arrays: Arrays) -> Gathered | None:
    """Return what `to_arrays` was given; None where something is missing or does not fit."""
    try:
        ids, names = as_values(arrays["list of images"])
        others = {int(row): value for row, value in as_values(arrays["region others"])}
        regions = Regions(**{n: arrays[f"region {n}"] for n in _REGIONS}, others=others)
        given: dict[str, Any] = {name: arrays[name] for name in _array_names()}
        lists: dict[str, Any] = {name: as_values(arrays[f"list {name}"]) for name in _LISTS}
        images, first, last = Images(ids, names, arrays["sizes"]), arrays["first"], arrays["last"]
    except (LookupError, TypeError, ValueError):
        return None
    people = People(**given, **lists, segmentations=regions)
    rows = {len(column) for column in (*given.values(), *lists.values(), regions)}
    each = {len(column) for column in (ids, names, images.sizes, first, last)}
    return Gathered(images, people, first, last) if len(rows) == len(each) == 1 else None


def _array_names() -> list[str]:
    kept = (*_LISTS, "segmentations")
    return [item.name for item in fields(People) if item.name not in kept]
