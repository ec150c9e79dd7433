"""Classes: images that have a class are for networks that learn one, and the others are not."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.contracts import Preprocessor
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError


def check_classes(samples: Iterable[Sample], preprocessor: Preprocessor) -> None:
    """Check that images have classes where the family learns them: `label` is in its `map_names`.

    Raises:
        ConfigError: they have none, or they have some and the family learns poses.
    """
    learns = "label" in getattr(preprocessor, "map_names", ())
    wrong = next((s for s in samples if (s.label >= 0) != learns), None)
    if wrong is None:
        return
    if learns:
        raise ConfigError(
            f"the model learns classes, and {wrong.path} has none: train it on --dataset "
            f"ImageFolder, whose folders are classes, or choose another --model"
        )
    raise ConfigError(
        f"the model learns poses, and {wrong.path} has a class and no people: train --model "
        f"BackboneClassifier on this dataset, and the pose network on another one with "
        f"--backbone-weights"
    )
