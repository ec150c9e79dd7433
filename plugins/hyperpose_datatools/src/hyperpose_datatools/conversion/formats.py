"""The formats that plugins register: which one a file has, and calls of readers and writers."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from hyperpose_core.config import Config
from hyperpose_core.data.raw import RawSplit
from hyperpose_core.errors import InputError, UnknownComponentError
from hyperpose_core.registry import Registry
from hyperpose_core.specs import AnnotationFormatSpec
from hyperpose_datatools.splits import open_split

_KIND = AnnotationFormatSpec.kind


def read(
    source: Path, name: str | None, split: str, given: Mapping[str, Any], registry: Registry
) -> RawSplit:
    """Read one split with the reader of a format, or of an installed dataset.

    Args:
        name: of the format or the dataset; None: as the file's ending says.
        given: the options of a `contracts.AnnotationReader`, None where they are not given.

    Raises:
        InputError: an option that the format does not have, or one that nobody reads.
        UnknownComponentError, PluginError: as `Registry.load`; PluginError where a reader fails.
        DataError: the source cannot be read, or is malformed.
    """
    name = name or _recognised(source, registry)
    spec = _format(name, registry)
    if spec is None:
        dataset = functools.partial(_read_dataset, name, registry)
        of_dataset: RawSplit = _with_options(dataset, f"the dataset {name}", given)(source, split)
        return of_dataset
    if spec.reader is None:
        raise InputError(f"nobody reads the format {spec.name}: {_those('reader', registry)} are")
    reader = _with_options(registry.load_part(_KIND, name, "reader"), spec.name, given)
    with registry.naming(_KIND, name):
        found = reader(source, split)
        if not isinstance(found, RawSplit):
            raise TypeError(f"its reader returned {type(found).__name__}, no RawSplit")
    return found


def writer_of(name: str, registry: Registry) -> AnnotationFormatSpec:
    """Return a format that can be written.

    Raises:
        InputError: nobody writes it.
        UnknownComponentError, PluginError: as `Registry.get`.
    """
    spec = cast(AnnotationFormatSpec, registry.get(_KIND, name))
    if spec.writer is None:
        raise InputError(f"nobody writes the format {spec.name}: {_those('writer', registry)} are")
    return spec


def names_in_folders(registry: Registry) -> list[str]:
    """Return the names of files by which folders of annotations are recognised."""
    endings = [name for spec in registry.specs(_KIND) for name in getattr(spec, "endings", ())]
    return [name for name in endings if not name.startswith(".")]


def write(
    split: RawSplit, target: Path, name: str, given: Mapping[str, Any], registry: Registry
) -> list[str]:
    """Write a split with the writer of a format, and return what is lost; errors as `read`."""
    writer = registry.load_part(_KIND, name, "writer")
    writer = _with_options(writer, registry.get(_KIND, name).name, given)
    with registry.naming(_KIND, name):
        return _texts(writer(split, target))


def _texts(lost: Iterable[str]) -> list[str]:
    found = [lost] if isinstance(lost, str) else list(lost)
    if not all(isinstance(text, str) for text in found):
        raise TypeError(f"its writer returned {found!r:.80}, no list of texts")
    return found


def _those(part: str, registry: Registry) -> str:
    names = [s.name for s in registry.specs(_KIND) if getattr(s, part) is not None]
    return ", ".join(names)


def _format(name: str, registry: Registry) -> AnnotationFormatSpec | None:
    """Return the format of a name; None where it is the name of a dataset."""
    try:
        return cast(AnnotationFormatSpec, registry.get(_KIND, name))
    except UnknownComponentError as error:
        try:
            registry.get("dataset", name)
        except UnknownComponentError:
            raise error from None
    return None


def _read_dataset(
    name: str, registry: Registry, source: Path, split: str, *, version: str | None = None
) -> RawSplit:
    config = Config()
    config.data.type, config.data.path, config.data.version = name, str(source), version
    return open_split(config, split, registry)


def _with_options(
    function: Callable[..., Any], what: str, given: Mapping[str, Any]
) -> Callable[..., Any]:
    """Give a reader or writer the options that it has keywords for; InputError for another one."""
    parameters = inspect.signature(function).parameters
    options = {name: value for name, value in given.items() if value is not None}
    for name in options:
        if name not in parameters:
            raise InputError(f"--{name} means nothing to {what}: leave it out")
    return functools.partial(function, **options)


def _recognised(source: Path, registry: Registry) -> str:
    """Return the name of the format whose ending a file has, or one of whose files a folder has."""
    fitting = [
        name
        for name, spec in zip(registry.names(_KIND), registry.specs(_KIND), strict=True)
        if isinstance(spec, AnnotationFormatSpec) and spec.reader and _fits(source, spec.endings)
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise InputError(f"{source} may be of the formats {', '.join(fitting)}: say --from")
    raise InputError(
        f"cannot tell the format of {source}: say with --from that it is "
        f"{_those('reader', registry).replace(', ', ' or ')}, or the folder of which dataset"
    )


def _fits(source: Path, endings: Iterable[str]) -> bool:
    if source.is_dir():
        return any((source / name).is_file() for name in endings if not name.startswith("."))
    return source.suffix.lower() in endings
