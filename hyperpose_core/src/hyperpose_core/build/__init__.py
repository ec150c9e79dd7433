"""Build: the model and the dataset that a configuration names."""

from __future__ import annotations

import functools
from contextlib import nullcontext
from typing import Any, cast

from hyperpose_core.build.skeleton import model_spec, model_stride, resolve_skeleton
from hyperpose_core.config import Config, ModelConfig, snapshot
from hyperpose_core.contracts import Dataset, Model, PretrainedBackbone, Size
from hyperpose_core.errors import CheckpointError, ConfigError, InputError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.specs import ModelSpec
from hyperpose_core.support.missing_tensorflow import need_tensorflow

__all__ = ["check_input_size", "completed", "get_dataset", "get_model", "resolve_skeleton"]

DEFAULT_SIDE = 368
"""Of the network's input in pixels, as in the papers of the openpose family."""


def get_model(
    config: Config, registry: Registry | None = None, *, pretrained: bool = True
) -> Model:
    """Build the configured model, with the initial weights of `config.train.seed`.

    The train strategy is started first, because TensorLayer fixes TensorFlow's runtime.

    Args:
        config: is not changed.
        registry: where the components come from; None: the installed plugins.
        pretrained: whether the backbone begins with `model.backbone_weights`, if there are any;
            False for a model that gets all of its weights from elsewhere.

    Raises:
        ConfigError, UnknownComponentError, PluginError: a setting is wrong, or a component missing.
        InputError: the stride does not divide the input size, or TensorFlow is not installed.
        CheckpointError: the backbone's weights do not fit.
    """
    from hyperpose_core.build import strategy

    need_tensorflow()
    registry = registry or get_registry()
    strategy.start(config, registry)
    config = completed(config, registry)
    _seed(config.train.seed)
    spec = model_spec(config.model.type, registry)
    check_input_size(config.model.size, model_stride(config.model, registry), spec.name)
    model = _own_model(config) if config.model.arch is not None else _made(config, spec, registry)
    _prepare(model, config.model, pretrained, spec, registry)
    return model


def get_dataset(config: Config, registry: Registry | None = None) -> Dataset:
    """Open the configured dataset, several (`data.datasets`), or adapt the user's own
    (`data.userdef_dataset`), with what is added to it (`data.added`).

    Raises:
        ConfigError, UnknownComponentError, PluginError: a setting is wrong, or a component missing.
        DataError: the dataset's files are missing or damaged.
    """
    from hyperpose_core.build.dataset import open_dataset

    return open_dataset(snapshot(config), registry or get_registry())


def completed(config: Config, registry: Registry) -> Config:
    """Return a copy in which the skeleton and the input size of the model are known.

    Raises:
        ConfigError, UnknownComponentError, PluginError: as `resolve_skeleton`.
    """
    config = snapshot(config)
    config.model.skeleton = resolve_skeleton(config, registry)
    if config.model.input_size is None:
        stride = model_stride(config.model, registry)
        side = -(-DEFAULT_SIDE // stride) * stride
        config.model.input_size = (side, side)
    return config


def check_input_size(size: Size, stride: int, model: str) -> None:
    """Raise InputError, which names the nearest sizes that work, where the stride does not fit."""
    if not any(length % stride for length in size):
        return
    smaller = tuple(max(stride, length // stride * stride) for length in size)
    larger = tuple(-(-length // stride) * stride for length in size)
    near = " or ".join(f"{w}x{h}" for w, h in dict.fromkeys((smaller, larger)))
    raise InputError(
        f"the input size {size[0]}x{size[1]} does not fit {model}: width and height must be "
        f"multiples of {stride}; the nearest are {near}"
    )


def _prepare(
    model: Model, config: ModelConfig, pretrained: bool, spec: ModelSpec, registry: Registry
) -> None:
    """Set what does not depend on the architecture: padding, and the weights of the backbone."""
    from hyperpose_core.build.weights import give_backbone, load_weights
    from hyperpose_core.layers import pad_as_tensorflow

    if config.padding == "same":
        pad_as_tensorflow(model)
    origin = config.backbone_weights
    if pretrained and origin is not None:
        elsewhere = _pretrained(config, spec, registry)
        own: Any = getattr(model, "backbone", None)
        arrays = load_weights(origin) if elsewhere is None else elsewhere.read(origin, own)
        give_backbone(model, arrays, origin)


def _made(config: Config, spec: ModelSpec, registry: Registry) -> Model:
    """Make the architecture of a plugin."""
    backbone = _backbone(config.model, spec, registry)
    settings = {"skeleton": config.model.skeleton, "backbone": backbone, "config": config.model}
    return cast(Model, registry.make("model", config.model.type, **settings))


def _own_model(config: Config) -> Model:
    """Return the user's model, or make it with the user's class or function."""
    arch = config.model.arch
    is_model = hasattr(arch, "forward") and not isinstance(arch, type)
    model = arch if is_model else arch(config)
    lacking = [name for name in ("forward", "cal_loss") if not callable(getattr(model, name, None))]
    if lacking:
        raise ConfigError(
            f"the model {type(model).__name__} of model.arch has no {' and no '.join(lacking)}: "
            f"see hyperpose_core.contracts.Model for what a model needs"
        )
    return cast(Model, model)


def _backbone(config: ModelConfig, spec: ModelSpec, registry: Registry) -> Any:
    name = _backbone_name(config, spec)
    if name is None:
        return None
    wanted = nullcontext() if name == config.backbone else registry.needed_by("model", spec.name)
    with wanted:
        registry.load("backbone", name)
    width = config.width if config.backbone_width is None else config.backbone_width
    arguments: dict[str, Any] = {} if width == 1.0 else {"width": width}
    if (elsewhere := _pretrained(config, spec, registry)) is not None:
        arguments |= elsewhere.options(str(config.backbone_weights))
    return functools.partial(registry.make, "backbone", name, **arguments)


def _backbone_name(config: ModelConfig, spec: ModelSpec) -> str | None:
    name = config.backbone
    return spec.default_backbone if name is None or name.lower() == "default" else name


def _pretrained(
    config: ModelConfig, spec: ModelSpec, registry: Registry
) -> PretrainedBackbone | None:
    """Return what reads the backbone's weights; None for files of this library, or without any.

    Raises:
        CheckpointError: they are from elsewhere, and the backbone has nothing that reads them.
    """
    origin, name = config.backbone_weights, _backbone_name(config, spec)
    if origin is None or origin.lower().endswith(".npz"):
        return None
    reader = None if name is None else registry.load_part("backbone", name, "pretrained")
    if reader is None:
        specs = registry.specs("backbone")
        able = [found.name for found in specs if getattr(found, "pretrained", None)]
        raise CheckpointError(
            f"the backbone {name or 'of ' + spec.name} reads no weights from elsewhere: "
            f"model.backbone_weights is {origin!r}; give a run's newest_model.npz, or choose a "
            f"backbone that does ({', '.join(able) or 'none is installed'})"
        )
    return cast(PretrainedBackbone, reader)


def _seed(seed: int) -> None:
    import tensorflow as tf

    tf.random.set_seed(seed)
