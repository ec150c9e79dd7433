"""New plugins: the files of a distribution that works as it stands, from the templates."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from hyperpose_core.errors import InputError
from hyperpose_core.plugins import discover
from hyperpose_core.support.names import normalize

if sys.version_info >= (3, 11):
    from importlib.resources.abc import Traversable
else:
    from importlib.abc import Traversable

PREFIX = "hyperpose-"
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_TEXT = ".txt"
"""The ending that templates have besides their own, so that no tool takes them for code."""


@dataclass(frozen=True)
class Kind:
    """One kind of plugin that can be begun.

    Args:
        brings: what it is, for the README.
        use: how its users write it down, with `$$name` for the name.
        requires: what it needs besides the core.
        data: whether its checks need the folder `tests/data`.
    """

    brings: str
    use: str
    requires: tuple[str, ...] = ()
    data: bool = False

    def next_lines(self, distribution: str) -> list[str]:
        """Return the lines to type once it is installed."""
        name = distribution.removeprefix(PREFIX)
        sets = f" --set data.path={distribution}/tests/data" if self.data else ""
        return [f"hyperpose check-plugin {name}{sets}", Template(self.use).substitute(name=name)]


_OPENPOSE = ("hyperpose-openpose>=0.1,<0.2", "hyperpose-backbones>=0.1,<0.2")
_TRAINING = ("hyperpose-training>=0.1,<0.2", "tensorflow>=2.18,<3")
_PARALLEL = ("hyperpose-parallel>=0.1,<0.2", "tensorflow>=2.18,<3")
KINDS = {
    "filter": Kind("a filter of datasets", "hyperpose train --set 'data.filters=$name(people=1)'"),
    "dataset": Kind(
        "a dataset",
        "hyperpose train --dataset $name --data hyperpose-$name/tests/data",
        data=True,
    ),
    "metric": Kind("a metric", "hyperpose eval --set 'eval.metrics=$name(within=0.2)'"),
    "augmentation": Kind(
        "a random change of training images",
        "hyperpose train --set 'data.augmentations=$name(pixels=20)'",
    ),
    "command": Kind("a command of hyperpose", "hyperpose $name --help"),
    "model": Kind(
        "an architecture of the openpose family", "hyperpose train --model $name", _OPENPOSE
    ),
    "family": Kind(
        "a family of models: targets, people, pictures, and an architecture",
        "hyperpose train --model $name",
        _TRAINING,
    ),
    "backbone": Kind(
        "a feature extractor",
        "hyperpose train --model Openpose --backbone $name",
        ("tensorflow>=2.18,<3",),
    ),
    "optimizer": Kind(
        "an optimizer",
        "hyperpose train --set 'train.optimizer=$name(beta1=0.95)'",
        _TRAINING,
    ),
    "schedule": Kind(
        "a curve of the learning rate", "hyperpose train --set 'train.schedule=$name(flat=0.7)'"
    ),
    "objective": Kind(
        "a further loss of a training",
        "hyperpose train --set 'train.objectives=$name(weight=0.02)'",
        ("tensorflow>=2.18,<3",),
    ),
    "trainer": Kind(
        "what trains a model",
        "hyperpose train --set train.trainer=$name",
        ("hyperpose-training>=0.1,<0.2",),
    ),
    "strategy": Kind(
        "a way in which workers train one model",
        "hyperpose launch -np 2 train --set train.type=$name",
        _PARALLEL,
    ),
    "engine": Kind(
        "what moves numbers between workers",
        "hyperpose launch -np 2 train --set train.engine=$name",
        _PARALLEL,
    ),
    "importer": Kind(
        "a reader of weights of another origin",
        "hyperpose import-weights FILE --format $name --name imported",
    ),
    "exporter": Kind(
        "a file format for another runtime, and what runs it",
        "hyperpose export first --to $name",
        ("hyperpose-export>=0.1,<0.2", "tensorflow>=2.18,<3"),
    ),
    "report-section": Kind(
        "a section of reports", "hyperpose report first", ("hyperpose-report>=0.1,<0.2",)
    ),
    "life-cycle": Kind("a table of every training", "hyperpose train"),
    "skeleton": Kind("a skeleton", "hyperpose train --set model.skeleton=$name"),
    "converter": Kind(
        "converters of keypoints",
        "hyperpose train --set model.skeleton=$name",
        ("hyperpose-coco>=0.1,<0.2",),
    ),
    "format": Kind("a file format of annotations", "hyperpose convert --help"),
}
"""By the word that `--kind` takes; each has a folder of templates of that name."""


def write_plugin(name: str, kind: str, parent: Path) -> tuple[Path, list[Path]]:
    """Write the files of a new plugin.

    Args:
        name: of the plugin, its distribution (`hyperpose-<name>`) and its component.
        parent: where the folder of the distribution is made.

    Returns:
        the folder, and the files in it.

    Raises:
        InputError: the name cannot be one, another plugin has it, or the folder is there already.
    """
    names = _names(name, kind)
    folder = parent / f"{PREFIX}{names['name']}"
    if folder.exists():
        raise InputError(f"{folder} is there already: nothing was written; choose another name")
    written = []
    for template, place in _templates(kind, names["package"]):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if template.name.endswith(_TEXT):
            text = Template(template.read_text(encoding="utf-8")).substitute(names)
            path.write_text(text, encoding="utf-8")
        else:
            path.write_bytes(template.read_bytes())
        written.append(path)
    return folder, sorted(written)


def _names(name: str, kind: str) -> dict[str, str]:
    """Return what stands for the templates' placeholders."""
    name = name.removeprefix(PREFIX).replace("_", "-")
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise InputError(
            f"{name!r} cannot be the name of a plugin: use small letters, digits and '-', "
            f"beginning with a letter, and no word of Python"
        )
    for record in discover():
        if normalize(name) in {normalize(record.name), normalize(record.distribution)}:
            raise InputError(
                f"the plugin {record.name!r} ({record.source}) is installed: choose another name"
            )
    function, chosen = name.replace("-", "_"), KINDS[kind]
    use = Template(chosen.use).substitute(name=name)
    sets = f" --set data.path=hyperpose-{name}/tests/data" if chosen.data else ""
    return {
        "name": name,
        "function": function,
        "Class": "".join(word.capitalize() for word in name.split("-")),
        "package": f"hyperpose_{function}",
        "brings": chosen.brings,
        "use": use,
        "sets": sets,
        "requires": "".join(f'    "{line}",\n' for line in chosen.requires),
    }


def _templates(kind: str, package: str) -> Iterator[tuple[Traversable, Path]]:
    """Yield the templates of all kinds and of one, each with its place in the distribution."""

    def named(part: str) -> str:
        return part.replace("package", package).replace("dot-", ".")

    root = resources.files(__package__) / "templates"
    own = [place for _, place in _files(root / kind, Path())]
    for folder in (root / "common", root / kind):
        for template, place in _files(folder, Path()):
            if folder.name == "common" and place in own:
                continue
            path = Path(*map(named, place.parts))
            yield template, path.with_suffix("") if path.suffix == _TEXT else path


def _files(folder: Traversable, place: Path) -> Iterator[tuple[Traversable, Path]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, place / entry.name)
        else:
            yield entry, place / entry.name
