"""Known skeletons: those that plugins register, by their names and by their keypoints."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from hyperpose_core.errors import PluginError, UnknownComponentError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.table import read_skeleton
from hyperpose_core.specs import SkeletonSpec

_log = logging.getLogger(__name__)


def named_skeleton(name: str, registry: Registry | None = None) -> Skeleton:
    """Return a skeleton that a plugin registers, or the one of a TOML file.

    Raises:
        UnknownComponentError: nobody registers it, and there is no such file; says what to install.
        PluginError: two plugins register it, or the one that does cannot be used.
        ConfigError: the file cannot be read, or is wrong.
    """
    if Path(name).suffix.lower() == ".toml":
        return read_skeleton(name)
    try:
        return _load(name, registry or get_registry())
    except UnknownComponentError as error:
        if Path(name).is_file():
            return read_skeleton(name)
        raise UnknownComponentError(f"{error}; or give a TOML file that describes one") from error


def registered_skeletons(registry: Registry | None = None) -> Iterator[Skeleton]:
    """Yield every skeleton that a plugin registers; one that cannot be loaded is warned of."""
    registry = registry or get_registry()
    for name in registry.names(SkeletonSpec.kind):
        try:
            yield _load(name, registry)
        except PluginError as error:
            _log.warning("%s", error)


def skeleton_with(keypoints: Sequence[str], registry: Registry | None = None) -> Skeleton | None:
    """Return the registered skeleton of just these keypoints in this order, if there is one."""
    wanted = tuple(keypoints)
    return next((s for s in registered_skeletons(registry) if s.keypoints == wanted), None)


def _load(name: str, registry: Registry) -> Skeleton:
    found = registry.load(SkeletonSpec.kind, name)
    with registry.naming(SkeletonSpec.kind, name):
        if not isinstance(found, Skeleton):
            raise TypeError(f"it is {type(found).__name__}, no hyperpose_core.Skeleton")
        if found.name != registry.get(SkeletonSpec.kind, name).name:
            raise TypeError(f"the skeleton calls itself {found.name!r}")
    return found
