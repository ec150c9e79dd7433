"""Exporting: a run's model into a file, which is kept when it does what the model does."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, cast

from numpy.typing import NDArray

from hyperpose_core.build import completed, get_model
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.config import Config, to_dict
from hyperpose_core.errors import InputError, PluginError
from hyperpose_core.families import Family
from hyperpose_core.inference import Predictor
from hyperpose_core.inference.load import load_model, runtime_of
from hyperpose_core.registry import Registry
from hyperpose_core.runs import Run
from hyperpose_core.specs import ExporterSpec
from hyperpose_core.support.files import naming_full_disk
from hyperpose_core.support.messages import Messages
from hyperpose_export.contracts import Graph, Options
from hyperpose_export.document import Document, digest, input_of
from hyperpose_export.loading import check_runtime
from hyperpose_export.parity import LIMITS, Parity, ParityError, compare
from hyperpose_export.pictures import Pictures, inputs, pictures, words
from hyperpose_export.placing import check_place, put, workplace
from hyperpose_export.quiet import captured

PACKAGES = (
    *("hyperpose-core", "hyperpose-export", "tensorflow", "tensorflow-cpu", "tf2onnx", "onnx"),
    *("onnxruntime", "ai-edge-litert", "openvino", "numpy"),
)


@dataclass(frozen=True)
class Wanted:
    """One export.

    Args:
        to: the exporter's name.
        path: of the file; None: in the run's folder `exported`, named like the run.
        images, calibration: files and folders to compare on and to calibrate `int8` with; none:
            those of the run's dataset.
        verify: whether the file is compared with the model.
        runtime: what runs the file for that; None: as the exporter says.
        overwrite: replace a file that is there.
        weights: `newest` or `best`.
    """

    to: str
    path: Path | None = None
    options: Options = field(default_factory=Options)
    images: Sequence[Path] = ()
    calibration: Sequence[Path] = ()
    verify: bool = True
    runtime: str | None = None
    overwrite: bool = False
    weights: str = "newest"


@dataclass(frozen=True)
class Exported:
    """What an export gave; `parity` is None where it was not compared."""

    path: Path
    parity: Parity | None


def export(
    run: Run, config: Config, wanted: Wanted, registry: Registry, messages: Messages
) -> Exported:
    """Write a run's model in a format, and compare the two.

    Raises:
        InputError: the format lacks what is wanted, or what it needs is not installed.
        ParityError: the file does not do what the model does; it is deleted.
        PluginError: the exporter or the runtime fails.
    """
    spec = cast(ExporterSpec, registry.get("exporter", wanted.to))
    path = checked_path(run, wanted, spec)
    load_tensorflow()
    registry.load("exporter", wanted.to)
    runtime = checked_runtime(path, wanted, spec, registry) if wanted.verify else None
    config = completed(config, registry)
    config.eval.precision, config.eval.scales, config.eval.flip = "float32", [1.0], False
    # Before it is converted, which takes a minute: one of them may not be there.
    compared = pictures(config, registry, wanted.images, messages) if runtime else None
    from hyperpose_core.inference.forward import network_of
    from hyperpose_export.graph import graph_of

    model = get_model(config, registry, pretrained=False)
    load_model(run, model, wanted.weights)
    family = Family.of(config, registry)

    @cache
    def ranges() -> Pictures:
        return pictures(config, registry, wanted.calibration, messages, training=True)

    def calibration() -> Iterator[NDArray[Any]]:
        yield from calibrating(inputs(ranges().images, config, family.stride), wanted.options)

    graph = graph_of(model, family, config, wanted.options, calibration)
    # Before what is said is captured.
    seen = f", calibrated on {ranges().words}" if wanted.options.precision == "int8" else ""
    messages.say(f"converting {run.name} to {wanted.to}{seen}")
    with workplace(path) as temporary:
        with registry.naming("exporter", wanted.to), naming_full_disk(path), captured():
            registry.load("exporter", wanted.to)(graph, temporary)
        if not temporary.exists():
            raise PluginError(f"{registry.called('exporter', wanted.to)} wrote no file")
        document = described(temporary, spec, family, graph, config, registry)
        document.write(temporary)
        # Its constants are the weights, several times: room for those of the file.
        del graph
        gc.collect()
        parity = None
        if runtime is not None and compared is not None:
            predictor = Predictor(network_of(model, config), family, config)
            opened = registry.make("runtime", runtime, temporary, None, registry)
            messages.say(f"comparing the file with the model on {compared.words}")
            parity = compare(predictor, opened, compared)
            check(parity, path, wanted.options)
            replace(document, parity=parity.to_dict()).write(temporary)
        check_place(path, wanted.overwrite)  # Another export may have been faster.
        put(temporary, path)
    return Exported(path, parity)


def checked_path(run: Run, wanted: Wanted, spec: ExporterSpec) -> Path:
    """Return where the file is to lie.

    Raises:
        InputError: its name does not end as the format's do, there is one already, or the format
            has no such precision.
    """
    precision = wanted.options.precision
    if precision not in spec.precisions:
        raise InputError(
            f"the format {spec.name} has no {precision}: it has {', '.join(spec.precisions)}"
        )
    tag = "" if precision == "float32" else f".{precision}"
    path = wanted.path or run.folder / "exported" / f"{run.name}{tag}{spec.ending}"
    if not path.name.endswith(spec.ending) or path.name == spec.ending:
        raise InputError(f"names of {spec.name} files end with {spec.ending}; got {path}")
    check_place(path, wanted.overwrite)
    return path


def checked_runtime(path: Path, wanted: Wanted, spec: ExporterSpec, registry: Registry) -> str:
    """Return the name of the runtime that is to run the file, when it can be imported.

    Raises:
        InputError, PluginError: there is none, or it is not installed; says what to do.
    """
    name = wanted.runtime or spec.runtime
    try:
        name = name or runtime_of(path, registry)
        registry.load("runtime", name)
        check_runtime(path, registry.get("runtime", name).name, registry)
    except (InputError, PluginError) as error:
        raise type(error)(
            f"the file cannot be compared with the model: {error}; or export without, by "
            f"--no-verify"
        ) from error
    return name


def calibrating(images: Iterator[NDArray[Any]], options: Options) -> Iterator[NDArray[Any]]:
    """Yield what the exported file is given, of the network's inputs."""
    for image in images:
        yield (image * 255).round().astype("uint8") if options.with_input else image


def check(parity: Parity, path: Path, options: Options) -> None:
    """Raise ParityError where a file does not do what the model does."""
    if problems := list(parity.problems(LIMITS[options.precision])):
        raise ParityError(
            f"{path} is not kept, because it does not do what the model does: "
            f"{'; '.join(problems)} (by {parity.runtime} on {words(parity.images, parity.source)}"
            f"). --no-verify keeps it all the same"
        )


def described(
    file: Path,
    spec: ExporterSpec,
    family: Family,
    graph: Graph,
    config: Config,
    registry: Registry,
) -> Document:
    """Return the description of a file that was not compared."""
    plugins = {f"plugin {r.name}": r.version for r in registry.records if r.status == "ok"}
    return Document(
        format=spec.name,
        file=file.name,
        sha256=digest(file),
        model=config.model.type,
        family=family.name,
        stride=family.stride,
        skeleton=asdict(family.skeleton),
        input=dict(input_of(graph.options)),
        maps=dict(graph.maps),
        outputs=list(graph.outputs),
        options=asdict(graph.options),
        parity=None,
        versions={**packages(), **plugins},
        config=to_dict(config),
    )


def packages() -> dict[str, str]:
    """Return the versions of what had a hand in an export, of what is installed."""
    found = {}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found
