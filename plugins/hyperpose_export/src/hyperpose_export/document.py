"""The description beside an exported file: what a program needs to feed it and to read its maps."""

from __future__ import annotations

import hashlib
import json
import reprlib
import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from hyperpose_core.config import Config, resolve_config
from hyperpose_core.errors import DataError, HyperposeError
from hyperpose_core.inference.load import description
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.table import skeleton_from_table
from hyperpose_core.support.fields import fits
from hyperpose_core.support.files import read_text, write_text
from hyperpose_export.contracts import Options


@dataclass(frozen=True)
class Document:
    """What is known of an exported file; docs/export.md explains every key.

    Args:
        maps: name to number of channels, of what the family's postprocessor decodes, in its order.
        outputs: the names of all outputs, the maps first.
        parity: how it compared with the model that it was made of; None: it was not compared.
        config: the whole configuration of the run.
    """

    format: str
    file: str
    sha256: str
    model: str
    family: str
    stride: int
    skeleton: dict[str, Any]
    input: dict[str, Any]
    maps: dict[str, int]
    outputs: list[str]
    options: dict[str, Any]
    parity: dict[str, Any] | None
    versions: dict[str, str]
    config: dict[str, Any]

    @classmethod
    def read(cls, file: Path) -> Document:
        """Read what stands beside a file, and see that the file is the one that it describes.

        Raises:
            DataError: one of the two is missing, damaged, or of another export.
        """
        path = description(file)
        try:
            values = json.loads(read_text(path))
            document = cls(**{field.name: values[field.name] for field in fields(cls)})
            document.check()
        except OSError as error:
            if not file.exists() and not path.exists():
                raise DataError(
                    f"there is no exported file {file}; hyperpose export makes one of a run"
                ) from error
            raise DataError(
                f"cannot read {path}, which describes {file}: {error.strerror}; keep the two "
                f"together"
            ) from error
        except HyperposeError as error:
            raise DataError(f"{path}: {error}") from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            text = f"{type(error).__name__}: {error!s:.500}"
            raise DataError(f"{path} is not what `hyperpose export` writes: {text}") from error
        if not file.exists():
            raise DataError(f"there is no {file}, only its description {path}")
        if digest(file) != document.sha256:
            raise DataError(
                f"{file} is not the file that {path} describes: it was changed or cut off, or is "
                f"of another export; export it again"
            )
        return document

    def write(self, file: Path) -> None:
        """Write the description beside a file."""
        write_text(description(file), json.dumps(asdict(self), indent=1) + "\n")

    def check(self) -> None:
        """See that every value is of the kind that exports write: the file may be a stranger's.

        Raises:
            ValueError, TypeError: one is not; it is named.
            ConfigError: the skeleton or a setting is wrong.
        """
        _check_kinds(vars(self), Document)
        _check_kinds(self.options, Options)
        if self.stride < 1 or not self.maps or min(self.maps.values()) < 1:
            raise ValueError(f"stride is {self.stride}, maps are {reprlib.repr(self.maps)}")
        if not isinstance(self.input.get("shape", []), list) or set(self.maps) - set(self.outputs):
            raise ValueError("the maps are not among the outputs, or the input has no shape")
        _ = self.bones, self.made_with, self.settings()  # these check what they are made of

    @property
    def bones(self) -> Skeleton:
        """The keypoints and limbs of its people."""
        return skeleton_from_table(self.skeleton)

    @property
    def batch(self) -> int | None:
        """How many images the file takes at once; None: any number."""
        count = next(iter(self.input.get("shape", ())), None)
        return count if isinstance(count, int) and count > 0 else None

    @property
    def made_with(self) -> Options:
        """What was asked for when it was made."""
        return Options(**self.options)

    def settings(self) -> Config:
        """Return the run's configuration."""
        return resolve_config(run=self.config)


def _check_kinds(table: Mapping[str, Any], fields_of: type) -> None:
    for name, kind in typing.get_type_hints(fields_of).items():
        if not fits(table.get(name), kind):
            raise ValueError(f"{name} is {reprlib.repr(table.get(name))}")


def input_of(options: Options) -> Mapping[str, Any]:
    """Return what an exported file is to be given."""
    scale = {"dtype": "uint8", "range": [0, 255]} if options.with_input else {}
    return {
        "name": "images",
        "shape": ["N", "H", "W", 3],
        "channels": "RGB",
        "dtype": "float32",
        "range": [0, 1],
        **scale,
    }


def digest(file: Path) -> str:
    """Return the SHA-256 of a file; of a folder, that of the names and contents of its files."""
    if file.is_file():
        return hashlib.sha256(file.read_bytes()).hexdigest()
    whole = hashlib.sha256()
    for path in sorted(path for path in file.rglob("*") if path.is_file()):
        whole.update(f"{path.relative_to(file).as_posix()}\n{digest(path)}\n".encode())
    return whole.hexdigest()
