"""Runs: the folder in which everything of one named training is kept."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from hyperpose_core.config import Config, LogConfig, to_dict
from hyperpose_core.config.rules import RUN_NAME, is_run_name
from hyperpose_core.errors import InputError
from hyperpose_core.support.files import write_text

PACKAGES = ("hyperpose-core", "tensorflow", "tensorflow-cpu", "tensorlayer", "numpy")


@dataclass(frozen=True)
class Run:
    """The paths of `save_dir/<model_name>/`; nothing is made until it is written."""

    folder: Path

    @classmethod
    def of(cls, config: Config) -> Run:
        """Return the run that a configuration names.

        Raises:
            InputError: the name is not a plain folder name.
        """
        name = config.model.name
        if not is_run_name(name):
            raise InputError(f"bad run name {name!r}: it must be {RUN_NAME}")
        return cls(Path(config.log.save_dir) / name)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def words(self) -> str:
        """The words of the command line that name this run."""
        default = Path(LogConfig().save_dir)
        where = [] if self.folder.parent == default else ["--save-dir", str(self.folder.parent)]
        return shlex.join(["--name", self.name, *where])

    @property
    def config(self) -> Path:
        return self.folder / "config.json"

    @property
    def model_dir(self) -> Path:
        return self.folder / "model_dir"

    @property
    def newest_model(self) -> Path:
        return self.model_dir / "newest_model.npz"

    @property
    def best_model(self) -> Path:
        return self.model_dir / "best_model.npz"

    @property
    def models(self) -> list[Path]:
        """The newest and the best model, those that there are."""
        return [path for path in (self.newest_model, self.best_model) if path.is_file()]

    @property
    def best_score(self) -> Path:
        """JSON: `step`, `metric` and `score` of the best model."""
        return self.model_dir / "best_model.json"

    def model(self, weights: str) -> Path:
        """Return the file of the `newest` or the `best` model."""
        return self.best_model if weights == "best" else self.newest_model

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics.jsonl"

    @property
    def results(self) -> Path:
        return self.folder / "eval_results.json"

    def bad_batch(self, step: int, number: int = 1) -> Path:
        """Return the folder of a batch whose loss or gradient was not finite.

        Args:
            number: of those that were met in the place of this step, the first being 1.
        """
        return self.folder / f"bad_batch-{step:08d}{f'-{number}' if number > 1 else ''}"

    def pictures(self, what: str) -> Path:
        """Return the folder of pictures of `train`, `eval`, `test` or `data`."""
        return self.folder / f"{what}_vis_dir"

    def exists(self) -> bool:
        """Say whether anything was ever kept here."""
        return self.config.is_file()

    def save_config(self, config: Config, plugins: Mapping[str, str]) -> None:
        """Write the whole configuration with the versions that it was used with.

        Args:
            plugins: name to version.
        """
        packages = {p: v for p in PACKAGES if (v := _version(p))}
        record = {"config": to_dict(config), "plugins": dict(plugins), "packages": packages}
        write_text(self.config, json.dumps(record, indent=2) + "\n")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
