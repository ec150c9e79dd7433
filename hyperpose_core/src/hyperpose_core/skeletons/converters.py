"""Converters: keypoints of one skeleton as keypoints of another, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons.skeleton import Skeleton
from hyperpose_core.specs import ConverterSpec
from hyperpose_core.support.promises import calling, owner

if TYPE_CHECKING:
    from hyperpose_core.registry import Registry

Keypoints = NDArray[np.float32]
Converter = Callable[[Keypoints], Keypoints]


def convert(
    keypoints: NDArray[Any], source: Skeleton, to: Skeleton, registry: Registry | None = None
) -> Keypoints:
    """Return keypoints `[..., K1, 3]` of `source` as `[..., K2, 3]` float32 of `to`.

    A point of the same name is copied. One that `source` lacks is the mean of what
    `to.derived[name]` names, where all of these are there, with the least of their third column.
    Everything else is 0, 0, 0. The third column may be a visibility or a score: 0 is "not there".
    A converter that a plugin registers for exactly these two skeletons takes precedence.

    Raises:
        ConfigError: the keypoints do not have the shape that `source` says.
    """
    return converter(source, to, registry)(keypoints)


def converter(source: Skeleton, to: Skeleton, registry: Registry | None = None) -> Converter:
    """Return the function that `convert` applies, for use on many images."""
    registered = _registered(source, to, registry)
    if registered is not None:
        return _checked(registered, source, to)
    if source.keypoints == to.keypoints:
        return _checked(np.copy, source, to)
    return _checked(lambda points: _by_name(points, source, to), source, to)


def labelled_points(
    source: Skeleton,
    to: Skeleton,
    registry: Registry | None = None,
    labelled: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """Return `[K2]`: which keypoints of `to` a conversion gives for somebody fully annotated.

    Args:
        labelled: `[K1]`, which keypoints of `source` are annotated at all; None: all.
    """
    somebody = np.random.default_rng(0).uniform(0, 100, (1, len(source), 3)).astype(np.float32)
    somebody[..., 2] = 2
    if labelled is not None:
        somebody[:, ~np.asarray(labelled, bool)] = 0
    return convert(somebody, source, to, registry)[0, :, 2] > 0


def check_common(source: Skeleton, to: Skeleton, registry: Registry | None = None) -> None:
    """See that a conversion gives one keypoint at least, by name or by a plugin's converter.

    Raises:
        ConfigError: nothing of `to` can be had from `source`.
    """
    if not labelled_points(source, to, registry).any():
        raise ConfigError(
            f"the skeletons {source.name!r} ({_some(source)}) and {to.name!r} ({_some(to)}) have "
            f"no keypoint in common: rename the keypoints, set model.skeleton, or install a "
            f"plugin that converts from {source.name!r} to {to.name!r}"
        )


def _some(skeleton: Skeleton) -> str:
    more = ", ..." if len(skeleton) > 3 else ""
    return ", ".join(skeleton.keypoints[:3]) + more


def _registered(source: Skeleton, to: Skeleton, registry: Registry | None) -> Converter | None:
    if registry is None:
        return None
    for spec in registry.specs(ConverterSpec.kind):
        if isinstance(spec, ConverterSpec) and (spec.source, spec.to) == (source.name, to.name):
            loaded: Converter = registry.load(ConverterSpec.kind, spec.pair)
            return loaded
    return None


def _by_name(points: Keypoints, source: Skeleton, to: Skeleton) -> Keypoints:
    result = np.zeros((*points.shape[:-2], len(to), 3), np.float32)
    for i, name in enumerate(to.keypoints):
        if name in source.keypoints:
            result[..., i, :] = points[..., source.index(name), :]
        elif name in to.derived and set(to.derived[name]) <= set(source.keypoints):
            result[..., i, :] = _mean(points[..., [source.index(n) for n in to.derived[name]], :])
    return result


def _mean(parts: Keypoints) -> Keypoints:
    mean = parts.mean(axis=-2)
    mean[..., 2] = parts[..., 2].min(axis=-1)
    return np.where(mean[..., 2:] > 0, mean, np.float32(0))


def _checked(function: Converter, source: Skeleton, to: Skeleton) -> Converter:
    def checked(keypoints: NDArray[Any]) -> Keypoints:
        points = np.asarray(keypoints, np.float32)
        if points.ndim < 2 or points.shape[-2:] != (len(source), 3):
            raise ConfigError(
                f"keypoints of shape {points.shape} are not of the skeleton {source.name!r}: "
                f"it has {len(source)} points of x, y and visibility"
            )
        with calling(function):
            result = np.asarray(function(points), np.float32)
        wanted = (*points.shape[:-2], len(to), 3)
        if result.shape != wanted:
            raise ConfigError(
                f"{owner(function) or 'the converter'} from {source.name!r} to {to.name!r} "
                f"returned the shape "
                f"{result.shape}: it must return {wanted}"
            )
        return result

    return checked
