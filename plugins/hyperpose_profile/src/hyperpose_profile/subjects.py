"""Subjects: the runs, exported files and architectures that are measured, by what names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperpose_core.cli.run_options import runs_in
from hyperpose_core.config import Config, resolve_config
from hyperpose_core.errors import InputError, UnknownComponentError
from hyperpose_core.registry import Registry
from hyperpose_core.runs import Run

if TYPE_CHECKING:
    from hyperpose_core.contracts import Model
    from hyperpose_core.inference import Predictor

WEIGHTS = ("newest", "best")


@dataclass(frozen=True)
class Subject:
    """What is measured: a run, an exported file, or an architecture with its first weights.

    Args:
        name: as the user calls it.
        run, weights: of a run, which of its models.
        file, runtime: of an exported file, what runs it; None: the first that can.
        model: the name of an architecture.
    """

    name: str
    run: Run | None = None
    weights: str = "newest"
    file: Path | None = None
    runtime: str | None = None
    model: str | None = None

    @property
    def origin(self) -> str:
        """What it is, in words."""
        if self.file is not None:
            return "an exported file"
        return f"a run, its {self.weights} model" if self.run else "an architecture, not trained"

    @property
    def settings(self) -> Path | None:
        """The file that has its configuration; None for an architecture."""
        from hyperpose_core.inference.load import description

        if self.file is not None:
            return description(self.file)
        return self.run.config if self.run else None

    def config(self, options: dict[str, Any], sets: Sequence[str]) -> Config:
        """Return its own configuration, changed as the user says."""
        own = {"model.type": self.model, "eval.weights": self.weights, "test.weights": self.weights}
        return resolve_config(run=self.settings, options={**own, **options}, sets=sets)

    def predictor(self, config: Config, registry: Registry) -> tuple[Predictor, Model | None]:
        """Return its predictor, and its model where that runs in this process.

        Raises:
            CheckpointError, DataError, InputError: it cannot be loaded.
        """
        from hyperpose_core.build import completed, get_model
        from hyperpose_core.families import Family
        from hyperpose_core.inference import Predictor, load_predictor
        from hyperpose_core.inference.forward import network_of
        from hyperpose_core.inference.load import load_model

        if self.file is not None:
            return load_predictor(self.file, config, registry, self.runtime), None
        config = completed(config, registry)
        model = get_model(config, registry, pretrained=False)
        if self.run:
            load_model(self.run, model, self.weights)
        family = Family.of(config, registry)
        return Predictor(network_of(model, config), family, config), model


def subject(text: str, save_dir: str, registry: Registry, architectures: bool = False) -> Subject:
    """Return what a word of the command line names.

    A run by its name or folder, `:best` behind it for the best of its models; an exported file,
    behind it a colon and the name of a runtime; or an architecture.

    Args:
        architectures: whether one may be named.

    Raises:
        InputError: there is nothing of that name.
        UnknownComponentError, PluginError: there is no such runtime.
    """
    if found := _run_or_file(text, text, save_dir):
        return found
    first, _, last = text.rpartition(":")
    if first and (found := _run_or_file(first, text, save_dir)):
        if found.file is not None:
            return Subject(text, file=found.file, runtime=registry.get("runtime", last).name)
        if last in WEIGHTS:
            return Subject(text, run=found.run, weights=last)
        raise InputError(f"behind a run's name stands {' or '.join(WEIGHTS)}; got {text!r}")
    try:
        if architectures:
            spec = registry.get("model", text)
            return Subject(text, model=text if "/" in text else spec.name)
        near = ""
    except UnknownComponentError as error:
        near = f", nor an architecture: {error}"
    known = ", ".join(runs_in(save_dir)) or "none"
    raise InputError(
        f"{text!r} is no trained run, neither in {save_dir}, which has {known}, nor as a folder, "
        f"and no exported file with its description beside it{near}"
    )


def _run_or_file(text: str, name: str, save_dir: str) -> Subject | None:
    """Return the exported file or the run that a text names; None where there is none."""
    from hyperpose_core.inference.load import description

    file = Path(text)
    if file.exists() and description(file).is_file():
        return Subject(name, file=file)
    for run in (Run(Path(save_dir) / text), Run(file)):
        if run.newest_model.is_file():
            return Subject(name, run=run)
    return None
