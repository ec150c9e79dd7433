"""Skeleton choice: which keypoints and limbs a model predicts on a dataset."""

from __future__ import annotations

from typing import cast

from hyperpose_core.build.known_skeletons import named_skeleton
from hyperpose_core.config import Config, ModelConfig
from hyperpose_core.config.members import combination
from hyperpose_core.errors import ConfigError, PluginError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.specs import DatasetSpec, ModelSpec, SkeletonSpec, load_target
from hyperpose_core.support.promises import broken, calling

USERDEF = "USERDEF"
"""The dataset type of a user's own dataset."""


def resolve_skeleton(config: Config, registry: Registry | None = None) -> Skeleton:
    """Return the keypoints and limbs that the configured model predicts.

    The first that there is: `model.skeleton`; the model's own for the dataset's skeleton; the
    dataset's as it is. Of several datasets the first decides.

    Raises:
        ConfigError: the user's own dataset has no skeleton, and the model none of its own.
        UnknownComponentError: `model.skeleton` names one that nobody registers; nothing
            installed trains on several datasets together.
        DataError: a dataset that has its skeleton in its files lacks them.
    """
    registry = registry or get_registry()
    if isinstance(config.model.skeleton, str):
        return named_skeleton(config.model.skeleton, registry)
    if config.model.skeleton is not None:
        return config.model.skeleton
    if (several := combination(config.data)) is not None:
        config = registry.load("dataset", several).members(config)[0]
    spec = model_spec(config.model.type, registry)
    if config.data.userdef_dataset is not None or config.data.type == USERDEF:
        return _skeleton_for_own_data(config, spec)
    name = skeleton_name(config, spec, registry)
    if name is not None and (own := model_skeleton(spec, name)):
        return own
    annotated = dataset_skeleton(name, config, registry)
    return model_skeleton(spec, annotated.name) or annotated


def model_spec(name: str, registry: Registry) -> ModelSpec:
    """Return the spec of an architecture; errors as `Registry.get`."""
    return cast(ModelSpec, registry.get("model", name))


def model_stride(config: ModelConfig, registry: Registry) -> int:
    """Return how many pixels of the input there are to a cell of the configured model's maps.

    Raises:
        PluginError: the spec's function fails, or returns no whole number from 1 on.
    """
    stride = model_spec(config.type, registry).stride
    if isinstance(stride, int):
        return stride
    find = registry.load_part("model", config.type, "stride")
    with calling(find, "stride"):
        stride = find(config)
    if not isinstance(stride, int) or stride < 1:
        raise broken(find, "stride", "a whole number from 1 on", repr(stride))
    return stride


def model_skeleton(spec: ModelSpec, dataset_skeleton: str) -> Skeleton | None:
    """Return the skeleton with which a model learns a dataset, None where it has none of its own.

    Raises:
        PluginError: the skeleton that the spec names cannot be imported.
    """
    target = spec.skeletons.get(dataset_skeleton)
    if target is None:
        return None
    try:
        skeleton = load_target(target)
    except (ImportError, AttributeError) as error:
        raise PluginError(
            f"the skeleton {target} of the model {spec.name} cannot be loaded: {error}"
        ) from error
    return cast(Skeleton, skeleton)


def skeleton_name(config: Config, spec: ModelSpec, registry: Registry) -> str | None:
    """Return the name of the dataset's skeleton; a version may be called like one (`mpii`).

    None where only the dataset's files say what it is.
    """
    if config.data.version in spec.skeletons:
        return cast(str, config.data.version)
    return cast(DatasetSpec, registry.get("dataset", config.data.type)).skeleton


def _skeleton_for_own_data(config: Config, spec: ModelSpec) -> Skeleton:
    own = getattr(config.data.userdef_dataset, "skeleton", None)
    own = own if isinstance(own, Skeleton) else None
    name = own.name if own else next(iter(spec.skeletons), "")
    skeleton = model_skeleton(spec, name) or own
    if skeleton is None:
        raise ConfigError(
            f"{spec.name} has no keypoints of its own and your dataset has no skeleton: set "
            f"model.skeleton, or give the dataset an attribute `skeleton`"
        )
    return skeleton


def dataset_skeleton(name: str | None, config: Config, registry: Registry) -> Skeleton:
    """Return the skeleton of the configured dataset, without opening the dataset where possible.

    Args:
        name: of the skeleton, where it is known.
    """
    if name is not None and any(name == spec.name for spec in registry.specs(SkeletonSpec.kind)):
        return named_skeleton(name, registry)
    factory = registry.load("dataset", config.data.type)
    skeleton = getattr(factory, "skeleton", None)
    if isinstance(skeleton, Skeleton):
        return skeleton
    return registry.make("dataset", config.data.type, config.data).skeleton
