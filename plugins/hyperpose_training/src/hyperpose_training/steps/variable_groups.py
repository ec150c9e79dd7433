"""Variable groups: which weights are trained, which are frozen, and how fast each one learns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from hyperpose_core.config import TrainConfig
from hyperpose_core.errors import ConfigError
from hyperpose_core.support.names import nearest

if TYPE_CHECKING:
    import tensorflow as tf

    from hyperpose_core.contracts import Model


@dataclass(frozen=True)
class VariableGroups:
    """The weights of a model by what training does with them, all by their names.

    Args:
        trained: those that the optimizer changes.
        factors: of each trained one, the factor on its learning rate.
        statistics: those that the forward pass itself changes: of batch normalisation.
        frozen: those that `train.freeze` keeps as they are, of both kinds.
    """

    trained: dict[str, tf.Variable]
    factors: dict[str, float]
    statistics: dict[str, tf.Variable]
    frozen: dict[str, tf.Variable]

    @classmethod
    def of(
        cls, model: Model, weights: Mapping[str, tf.Variable], config: TrainConfig
    ) -> VariableGroups:
        """Sort the weights of a model.

        Raises:
            ConfigError: a pattern matches no weight, or nothing is left to train.
        """
        patterns = (*config.freeze, *config.learning_rate_factors)
        _check(patterns, weights)
        trainable = {id(variable) for variable in model.trainable_weights}
        frozen = {n: v for n, v in weights.items() if _any_matches(config.freeze, n)}
        free = {n: v for n, v in weights.items() if n not in frozen}
        trained = {n: v for n, v in free.items() if id(v) in trainable}
        if not trained:
            raise ConfigError(
                f"train.freeze = {config.freeze} leaves nothing to train: it matches all of the "
                f"{len(trainable)} trainable weights; freeze fewer"
            )
        factors = {n: _factor(n, config.learning_rate_factors) for n in trained}
        statistics = {n: v for n, v in weights.items() if id(v) not in trainable}
        return cls(trained, factors, statistics, frozen)


def freeze_modes(model: Any, names: Iterable[str], frozen: Iterable[str]) -> None:
    """Put the layers all of whose weights are frozen into evaluation mode.

    Batch normalisation that is frozen normalises with its moving statistics. To be called after
    every `model.train()` that precedes a forward pass which is traced. A layer that has no
    `is_train`, as TensorLayer's have, stays as it is.

    Args:
        names: of all weights, as `weights.named_weights` gives them.
        frozen: of those that are frozen.
    """
    frozen = set(frozen)
    free = {_owner(name) for name in names if name not in frozen}
    _evaluate(model, {_owner(name) for name in frozen} - free)


def evaluate_layers(model: Any, names: Iterable[str]) -> None:
    """Put the layers that have some of these weights into evaluation mode; as `freeze_modes`.

    With the names of moving statistics, batch normalisation uses these and keeps them.
    """
    _evaluate(model, {_owner(name) for name in names})


def _evaluate(model: Any, paths: Iterable[tuple[str, ...]]) -> None:
    for path in paths:
        layer = _follow(model, path)
        if path and hasattr(layer, "is_train"):
            layer.is_train = False


def _owner(name: str) -> tuple[str, ...]:
    return tuple(name.split("/")[:-1])


def _follow(value: Any, path: Iterable[str]) -> Any:
    """Return what a path of attributes, keys and numbers leads to; None where it breaks off."""
    for part in path:
        if isinstance(value, Mapping):
            value = {str(key): child for key, child in value.items()}.get(part)
        elif isinstance(value, list | tuple):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
        else:
            value = getattr(value, part, None)
    return value


def _factor(name: str, factors: Mapping[str, float]) -> float:
    """Return the factor of the last pattern that matches."""
    matching = [factor for pattern, factor in factors.items() if fnmatchcase(name, pattern)]
    return matching[-1] if matching else 1.0


def _any_matches(patterns: Iterable[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _check(patterns: Iterable[str], weights: Mapping[str, tf.Variable]) -> None:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in weights):
            raise ConfigError(
                f"the pattern {pattern!r} matches none of the model's {len(weights)} weights; "
                f"{_advice(pattern, list(weights))} The names are those in newest_model.npz, and "
                f"* also stands for slashes"
            )


def _advice(pattern: str, names: list[str]) -> str:
    """Name what is near: weights, or the parts of the model that they belong to."""
    parts = dict.fromkeys("/".join(n.split("/")[:i]) for n in names for i in (1, 2))
    plain = pattern.strip("*/")
    inside = [part for part in (*parts, *names) if plain and plain in part][:3]
    near = inside or nearest(plain, parts) or nearest(plain, names)
    if near:
        return "did you mean " + " or ".join(repr(part + "*") for part in near) + "?"
    return "there are " + ", ".join(f"'{part}*'" for part in parts if "/" not in part) + "."
