"""The pass over a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hyperpose_core.build import completed
from hyperpose_core.checking.images import ImageFacts
from hyperpose_core.config import Config
from hyperpose_core.config.members import combination
from hyperpose_core.data.image_size import size_problem
from hyperpose_core.data.raw import RawSample, RawSplit
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError, DataError, UnknownComponentError
from hyperpose_core.families import Family
from hyperpose_core.registry import Registry, get_registry
from hyperpose_datatools.checking.counts import counted
from hyperpose_datatools.checking.people import crowds, person_name, problems
from hyperpose_datatools.checking.reading import read_images, repeated
from hyperpose_datatools.checking.report import Finding, Report
from hyperpose_datatools.checking.sides import Sides
from hyperpose_datatools.combining.members import named_members
from hyperpose_datatools.splits import open_split
from hyperpose_training.feeding.convert import convert_samples
from hyperpose_training.start.chain import chain_problems

Progress = Callable[[Iterable[Any], int, str], Iterable[Any]]
"""Called with what is iterated over, how much there is, and a word."""


def check_data(
    config: Config,
    splits: Sequence[str] = (),
    *,
    limit: int | None = None,
    registry: Registry | None = None,
    progress: Progress = lambda items, count, word: items,
) -> Report:
    """Read a dataset's annotations and image files, and report what looks wrong.

    Args:
        config: the group `data` names the dataset; of several each is checked in its own skeleton.
        splits: none: those of the configuration, `train_split` and `eval_split`.
        limit: only the first so many images of each split.

    Raises:
        DataError: no split can be read, or one that was asked for.
    """
    report = Report(
        {"name": config.data.type, "path": config.data.path, "version": config.data.version}
    )
    datasets = _datasets(config)
    parts = {
        suffix: list(_readable(suffix, one, splits, registry, report))
        for suffix, one in datasets.items()
    }
    digests: list[tuple[str, Sample, bytes]] = []
    for split in (split for part in parts.values() for split in part):
        samples = split.samples[:limit]
        report.findings += _repeated_ids(split.name, samples)
        paths, word = [Path(s.path) for s in samples], f"check {split.name}"
        facts = list(progress(read_images(paths), len(samples), word))
        samples = [_sized(sample, image) for sample, image in zip(samples, facts, strict=True)]
        report.splits[split.name] = counted(samples, split.skeleton)
        for sample, image in zip(samples, facts, strict=True):
            report.findings += _image(split.name, sample, image)
            digests.append((split.name, sample, image.digest))
        for sample in samples:
            report.findings += [
                Finding(kind, split.name, sample.image_id, text)
                for kind, text in problems(sample, split.skeleton)
            ]
    report.findings += _same_images(digests)
    for suffix, one in datasets.items():
        _check_sides(report, suffix, parts[suffix], limit)
        report.findings += _not_found_again(
            one, parts[suffix][0], limit, registry or get_registry()
        )
    return report


def _datasets(config: Config) -> dict[str, Config]:
    """Return the settings of each dataset by what follows the names of its splits."""
    if combination(config.data) is None:
        return {"": config}
    return {f" of {name}": one for name, one in named_members(config).items()}


def _readable(
    suffix: str, config: Config, splits: Sequence[str], registry: Registry | None, report: Report
) -> Iterator[RawSplit]:
    """Yield the splits that can be read; where none is asked for, one of the defaults may fail."""
    defaults = dict.fromkeys([config.data.train_split, config.data.eval_split])
    failed: list[DataError] = []
    wanted = list(splits or defaults)
    for name in wanted:
        try:
            split = open_split(config, name, registry)
            yield replace(split, name=f"{name}{suffix}")
        except DataError as error:
            failed.append(error)
            if splits or len(failed) == len(wanted):
                raise failed[0] from None
            report.findings.append(Finding("unreadable-split", f"{name}{suffix}", None, str(error)))


def _repeated_ids(split: str, samples: Sequence[Sample]) -> Iterator[Finding]:
    images: set[Any] = set()
    people: dict[Any, Any] = {}
    for sample in samples:
        if sample.image_id in images:
            yield Finding("repeated-id", split, sample.image_id, "the image's id")
            continue  # both have the same people
        images.add(sample.image_id)
        for person in sample.person_ids if isinstance(sample, RawSample) else ():
            if person in people:
                text = f"annotation id {person!r}, also in image {people[person]!r}"
                yield Finding("repeated-id", split, sample.image_id, text)
            people.setdefault(person, sample.image_id)


def _sized(sample: Sample, image: ImageFacts) -> Sample:
    """Return a sample with the size of its file, where its dataset does not say one."""
    if sample.width or image.size is None:
        return sample
    return replace(sample, width=image.size[0], height=image.size[1])


def _image(split: str, sample: Sample, image: ImageFacts) -> Iterator[Finding]:
    if image.problem is not None:
        yield Finding("unreadable-image", split, sample.image_id, image.problem)
    annotated = (sample.width, sample.height)
    if image.size is not None and (text := size_problem(image.size, annotated)):
        yield Finding("image-size", split, sample.image_id, text)


def _same_images(read: Sequence[tuple[str, Sample, bytes]]) -> Iterator[Finding]:
    for position, first in repeated(digest for _, _, digest in read):
        (split, sample, _), (other_split, other, _) = read[position], read[first]
        where = "" if other_split == split else f" of {other_split}"
        text = f"the same bytes as image {other.image_id!r}{where} ({sample.path})"
        yield Finding("same-image", split, sample.image_id, text)


def _not_found_again(
    config: Config, split: RawSplit, limit: int | None, registry: Registry
) -> Iterator[Finding]:
    """Try the configured model's targets and decoding on the people of a split."""
    there = [s for s in split.samples[:limit] if (s.keypoints[..., 2] > 0).any()]
    if not there:
        return
    try:
        config = completed(config, registry)
        family = Family.of(config, registry)
        samples = convert_samples(there, split.skeleton, family.skeleton, registry)
        texts = chain_problems(family, samples, config.model.size)
    except UnknownComponentError:
        return  # without a model there is nothing to try
    except ConfigError as error:
        texts = [str(error)]
    for text in texts:
        yield Finding("not-found-again", split.name, None, f"{config.model.type}: {text}")


def _check_sides(
    report: Report, suffix: str, splits: Sequence[RawSplit], limit: int | None
) -> None:
    sides = Sides(splits[0].skeleton)
    for split in splits:
        for sample in split.samples[:limit]:
            for person, is_crowd in enumerate(crowds(sample)):
                text = None if is_crowd else sides.add(sample.keypoints[person])
                if text is not None:
                    text = f"{person_name(sample, person)}: {text}"
                    report.findings.append(Finding("left-right", split.name, sample.image_id, text))
    report.sides |= {f"{name}{suffix}": counts for name, counts in sides.to_dict().items()}
    mirrored = sides.mirrored()
    if mirrored is not None:
        report.findings.append(
            Finding("mirrored", ", ".join(s.name for s in splits), None, mirrored)
        )
