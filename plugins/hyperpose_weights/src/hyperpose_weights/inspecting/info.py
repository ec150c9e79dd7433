"""Info: sizes and costs of architectures on backbones."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, cast

from hyperpose_core.build import completed, get_model
from hyperpose_core.build.skeleton import model_spec, model_stride
from hyperpose_core.build.weights import named_weights
from hyperpose_core.config import Config, ModelConfig, snapshot
from hyperpose_core.contracts import Size
from hyperpose_core.errors import HyperposeError, InputError
from hyperpose_core.registry import Registry
from hyperpose_core.specs import BackboneSpec

PASSES = 3


@dataclass(frozen=True)
class Info:
    """What an architecture on a backbone is and costs.

    Args:
        backbone: None for a model that brings its own.
        parameters: numbers in all weights, the moving statistics included.
        megabytes: their size in float32, in units of 2^20 bytes.
        multiply_adds: of one forward pass.
        stride: pixels of the input a cell of the maps.
        input_size: width and height.
        outputs: the shapes of the maps of one image.
        seconds: of one forward pass on this machine; None where it was not timed.
        error: why the pair cannot be built; then there are no numbers.
    """

    model: str
    backbone: str | None
    parameters: int = 0
    megabytes: float = 0.0
    multiply_adds: int = 0
    stride: int = 0
    input_size: Size = (0, 0)
    outputs: list[list[int]] | None = None
    seconds: float | None = None
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what `hyperpose info --json` prints for it."""
        values = asdict(self)
        names = (
            ("model", "backbone", "error") if self.error else [n for n in values if n != "error"]
        )
        return {name: values[name] for name in names}


def pairs(registry: Registry, model: str | None = None) -> Iterator[tuple[str, str | None]]:
    """Yield every architecture, or one, with each backbone that has its stride, its default first.

    The default is there also where no plugin offers it. Errors as `Registry.get`.
    """
    for name in registry.names("model") if model is None else [model]:
        spec = model_spec(name, registry)
        if spec.default_backbone is None:
            yield name, None
            continue
        stride = model_stride(ModelConfig(type=name), registry)
        default = _default(spec.default_backbone, registry)
        yield name, default
        for other in registry.names("backbone"):
            backbone = cast(BackboneSpec, registry.get("backbone", other))
            if other != default and stride in backbone.strides:
                yield name, other


def _default(backbone: str, registry: Registry) -> str:
    """Return the default backbone as `registry.names` does; one that is not there as it is."""
    try:
        spec = registry.get("backbone", backbone)
    except HyperposeError:
        return backbone  # `describe` says why
    return next(n for n in registry.names("backbone") if registry.get("backbone", n) is spec)


def describe(config: Config, registry: Registry, timed: bool = True) -> Info:
    """Build the configured model and measure it.

    Args:
        config: its input size is rounded up to the model's stride.
        timed: run it.

    Raises:
        ConfigError, UnknownComponentError, PluginError, InputError: it cannot be built.
    """
    from hyperpose_weights.inspecting.costs import Pass

    config = completed(config, registry)
    spec = model_spec(config.model.type, registry)
    stride = model_stride(config.model, registry)
    width, height = (-(-side // stride) * stride for side in config.model.size)
    config.model.input_size = (width, height)
    model = get_model(config, registry, pretrained=False)
    parameters = sum(math.prod(w.shape) for w in named_weights(model).values())
    forward = Pass(model, (width, height), config.model.data_format)
    return Info(
        model=config.model.type,
        backbone=config.model.backbone or spec.default_backbone,
        parameters=parameters,
        megabytes=round(parameters * 4 / 2**20, 1),
        multiply_adds=forward.multiply_adds,
        stride=stride,
        input_size=(width, height),
        outputs=forward.outputs,
        seconds=_seconds(forward) if timed else None,
    )


def describe_pairs(
    config: Config,
    registry: Registry,
    model: str | None = None,
    only: str | None = None,
    timed: bool = False,
) -> Iterator[Info]:
    """Describe the pairs one after the other; one that cannot be built has an error instead.

    Args:
        model: the only architecture, if any.
        only: the only backbone, if any.

    Raises:
        InputError: there is no architecture, or none that works with the backbone.
    """
    chosen_pairs = [(m, b) for m, b in pairs(registry, model) if only in (None, b)]
    if not chosen_pairs and only is None:
        raise InputError(
            'there is no architecture: `pip install "hyperpose-core[all]"` brings ours'
        )
    if not chosen_pairs:
        raise InputError(f"no architecture works with the backbone {only} at its stride")
    for name, backbone in chosen_pairs:
        chosen = snapshot(config)
        chosen.model.type, chosen.model.backbone = name, backbone
        try:
            info = describe(chosen, registry, timed)
        except HyperposeError as error:
            info = Info(name, backbone, error=str(error))
        except Exception as error:  # noqa: BLE001 - a stranger's plugin must not hide the others
            info = Info(name, backbone, error=f"{type(error).__name__}: {error}")
        yield info


def _seconds(forward: Any) -> float:
    """Return the median time of a few passes, after one that is not counted."""
    times = []
    for _ in range(PASSES + 1):
        start = time.perf_counter()
        for output in forward():
            output.numpy()
        times.append(time.perf_counter() - start)
    return round(statistics.median(times[1:]), 4)
