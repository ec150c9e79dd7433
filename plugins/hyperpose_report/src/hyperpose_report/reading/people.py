"""People of an evaluation: who is annotated, and who the results file says was found."""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hyperpose_core.config import Config
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import InputError
from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    from hyperpose_core.contracts import Dataset, Score
    from hyperpose_core.data.raw import RawSample

Found = dict[int | str, list[Human]]


@dataclass(frozen=True)
class People:
    """The people of the images that were evaluated.

    Args:
        truth: the images with everybody who is annotated.
        found: by image; images in which nobody was found are not there.
        skeleton: in which both are.
        dataset: whose images these are.
    """

    truth: Sequence[RawSample]
    found: Found
    skeleton: Skeleton
    dataset: Dataset

    @functools.cached_property
    def official(self) -> dict[str, float]:
        """The dataset's own numbers."""
        humans = {sample.image_id: self.found.get(sample.image_id, []) for sample in self.truth}
        scored = self.dataset.evaluate(humans, image_ids=list(humans))
        return {str(name): float(value) for name, value in scored.items()}

    @functools.cached_property
    def errors(self) -> Score:
        """The error split; its tables are those of `hyperpose score`."""
        from hyperpose_coco.scoring.metrics import errors

        return errors(self.truth, self.found, self.skeleton)


def read_people(results: Path, config: Config) -> People:
    """Read a results file in COCO's form, and open the dataset that it is about.

    Args:
        config: of the evaluation that wrote the file: its dataset, and which images were looked at.

    Raises:
        InputError: the file is in another form, or of other images.
        HyperposeError: the dataset cannot be opened; says why.
    """
    entries = _entries(results)

    from hyperpose_core.build.dataset import open_dataset
    from hyperpose_core.cli.quiet import load_tensorflow
    from hyperpose_core.registry import get_registry

    load_tensorflow()
    dataset = open_dataset(config, get_registry())
    truth = _truth(dataset, config)
    ids = {sample.image_id for sample in truth}
    if others := {entry["image_id"] for entry in entries} - ids:
        raise InputError(
            f"{results} has people of {len(others)} images, {next(iter(others))!r} the first, that "
            f"are not among the {len(ids)} of {config.data.type} {config.data.eval_split}: name "
            f"the data that was evaluated with --data and --set"
        )
    return People(truth, _humans(results, entries, dataset.skeleton), dataset.skeleton, dataset)


def _truth(dataset: Dataset, config: Config) -> list[RawSample]:
    """Return everybody in the images that were looked at: chosen as an evaluation chooses."""
    from hyperpose_core.data import filters
    from hyperpose_core.data.raw import truth_of
    from hyperpose_core.data.samples import samples_from
    from hyperpose_core.evaluation.protocol import evaluated_data
    from hyperpose_core.registry import get_registry

    samples = samples_from(dataset, "eval_samples")
    if config.data.filter_eval:
        samples = list(filters.apply(samples, config.data, get_registry()).samples)
    looked_at = {sample.image_id for sample in samples[: config.eval.limit]}
    everybody = truth_of(dataset, evaluated_data(dataset, config).eval_split)
    return [sample for sample in everybody if sample.image_id in looked_at]


def _entries(results: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(results.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError(f"{results} is no JSON: {error}; evaluate again") from error
    wanted = ("image_id", "keypoints", "score")
    form = isinstance(content, list) and all(
        isinstance(entry, dict) and all(key in entry for key in wanted) for entry in content
    )
    if not form:
        raise InputError(
            f"{results} is not in COCO's form, so that neither precision and recall nor errors can "
            f"be told from it"
        )
    return list(content)


def _humans(results: Path, entries: Sequence[dict[str, Any]], skeleton: Skeleton) -> Found:
    found: Found = defaultdict(list)
    for number, entry in enumerate(entries):
        try:
            points = np.asarray(entry["keypoints"], np.float64).reshape(len(skeleton), 3)
            score = float(entry["score"])
        except (TypeError, ValueError):
            raise InputError(
                f"entry {number} of {results} has no {3 * len(skeleton)} numbers for the "
                f"{len(skeleton)} keypoints of {skeleton.name}, or no score"
            ) from None
        found[entry["image_id"]].append(Human(points, score, skeleton))
    return dict(found)
