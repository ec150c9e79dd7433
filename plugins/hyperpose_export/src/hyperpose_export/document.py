"""The description beside an exported file: what a program needs to feed it and to read its maps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from hyperpose_core.config import Config, resolve_config
from hyperpose_core.errors import DataError
from hyperpose_core.inference.load import description
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.table import skeleton_from_table
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
        except OSError as error:
            raise DataError(
                f"cannot read {path}, which describes {file}: {error.strerror}; keep the two "
                f"together"
            ) from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise DataError(f"{path} is not what `hyperpose export` writes: {error!r}") from error
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
