"""Importers: which of the installed ones reads a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from hyperpose_core.contracts import Model, ReadWeights, WeightImporter
from hyperpose_core.errors import CheckpointError, HyperposeError, InputError
from hyperpose_core.registry import Registry
from hyperpose_core.specs import WeightImporterSpec
from hyperpose_core.support.messages import Messages
from hyperpose_core.support.names import normalize
from hyperpose_core.support.promises import broken, calling

KIND = "weight_importer"


class Named:
    """An importer whose errors say whose it is; the methods are those of a `WeightImporter`."""

    def __init__(self, importer: WeightImporter) -> None:
        self._importer = importer

    def recognizes(self, path: Path) -> bool:
        """Say whether a file is of its format."""
        with calling(self._importer, "recognizes"):
            return bool(self._importer.recognizes(path))

    def settings(self, path: Path) -> Mapping[str, Any]:
        """Return the settings with which the model is built."""
        with calling(self._importer, "settings"):
            return dict(self._importer.settings(path))

    def read(self, path: Path, model: Model, trust_pickle: bool = False) -> ReadWeights:
        """Return the file's arrays."""
        with calling(self._importer, "read"):
            found = self._importer.read(path, model, trust_pickle)
        if not isinstance(found, ReadWeights):
            raise broken(self._importer, "read", "ReadWeights", type(found).__name__)
        return found


def find_importer(
    path: Path, model: str, registry: Registry, name: str | None = None, any_model: bool = False
) -> tuple[str, WeightImporter]:
    """Return the name and the importer that reads a file into an architecture.

    Args:
        model: the architecture's name.
        name: the importer to use; None: the one that recognises the file.
        any_model: take an importer for another architecture, too.

    Raises:
        CheckpointError: there is no such file, or no importer recognises it, or several do.
        InputError: the importer cannot fill that architecture.
        UnknownComponentError, PluginError: no usable plugin offers the importer of that name.
    """
    if not path.is_file():
        raise CheckpointError(f"there is no weights file {path}")
    names = [name] if name else _recognizing(path, registry)
    fitting = [n for n in names if any_model or _fills(_spec(n, registry), model)]
    if not fitting:
        allowed = ", ".join(sorted({m for n in names for m in _spec(n, registry).models}))
        raise InputError(
            f"the file {path} has the format {' or '.join(names)}, which fills {allowed}, "
            f"not {model}"
        )
    if len(fitting) > 1:
        raise CheckpointError(
            f"the file {path} could have the format {' or '.join(fitting)}: name one with "
            f"`hyperpose import-weights --format`, which makes a run of it"
        )
    return fitting[0], Named(_load(fitting[0], registry))


def _spec(name: str, registry: Registry) -> WeightImporterSpec:
    return cast(WeightImporterSpec, registry.get(KIND, name))


def _load(name: str, registry: Registry) -> WeightImporter:
    return cast(WeightImporter, registry.load(KIND, name))


def _recognizing(path: Path, registry: Registry) -> list[str]:
    """Ask all importers; one that fails says no, and is named in a warning.

    Raises:
        CheckpointError: none knows the file; says what those that looked into it found wrong.
    """
    names, wrong = [], dict[str, str]()
    for name in registry.names(KIND):
        try:
            if _load(name, registry).recognizes(path):
                names.append(name)
        except CheckpointError as error:
            wrong[name] = str(error)
        except Exception as error:  # noqa: BLE001 - one plugin must not hide the others' formats
            whose = f"{error!r} in {registry.called(KIND, name)}"
            reason = str(error) if isinstance(error, HyperposeError) else whose
            Messages().warn(f"the importer {name!r} is left out: {reason}")
    if names:
        return names
    formats = ", ".join(registry.names(KIND))
    what = "; ".join(dict.fromkeys(wrong.values()))
    raise CheckpointError(
        f"no importer recognises the file {path}: "
        f"{what or f'it is damaged, or of none of the formats {formats}'}; `hyperpose "
        f"import-weights --format` says what a format misses in it"
    )


def _fills(spec: WeightImporterSpec, model: str) -> bool:
    return not spec.models or normalize(model) in map(normalize, spec.models)
