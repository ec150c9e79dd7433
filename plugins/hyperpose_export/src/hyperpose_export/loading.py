"""Loading an exported file: a runtime's function, and the predictor around it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.config import Config
from hyperpose_core.contracts import Model, Tensors
from hyperpose_core.errors import ConfigError, DataError, HyperposeError, InputError, PluginError
from hyperpose_core.families import Family
from hyperpose_core.inference import Predictor, load_predictor
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.specs import RuntimeSpec
from hyperpose_export.contracts import Runner, RunnerFactory
from hyperpose_export.document import Document
from hyperpose_export.images import read_image

OpenFile = Callable[[Path, Config | None, Registry | None], "ExportedPredictor"]


def load(
    file: str | Path, runtime: str | None = None, config: Config | None = None
) -> ExportedPredictor:
    """Open an exported file; the description beside it is all that is needed, and no TensorFlow.

    Args:
        runtime: what runs it, as `hyperpose list-plugins --kind runtime` names it; None: the first
            that can and is installed.
        config: as `Document.settings` returns it, changed; None: as exported.

    Returns:
        a function from an image, a file or RGB uint8 `[H, W, 3]`, to people.

    Raises:
        DataError: the file or its description is missing or damaged.
        InputError: what runs it is not installed.
    """
    Document.read(Path(file))  # A run's folder is none.
    predictor = load_predictor(file, config, runtime=runtime)
    if not isinstance(predictor, ExportedPredictor):
        raise PluginError(f"the runtime of {file} returned a {type(predictor).__name__}")
    return predictor


def opener(factory: RunnerFactory, name: str) -> OpenFile:
    """Return what a `RuntimeSpec` names, from what opens one file.

    Args:
        name: what the runtime is called in messages and reports.
    """

    def open_file(
        file: Path, config: Config | None = None, registry: Registry | None = None
    ) -> ExportedPredictor:
        registry = registry or get_registry()
        check_runtime(file, name, registry)
        document = Document.read(file)
        made = document.settings()
        config = config or made
        if config.eval.precision != made.eval.precision:
            raise ConfigError(
                f"{file} computes in {document.made_with.precision}, as it was exported: leave "
                f"out eval.precision"
            )
        network = ExportedNetwork(_opened(factory, file, document, name), file, document, name)
        family = _family(document, config, registry)
        return ExportedPredictor(network, family, config)

    return open_file


def _opened(factory: RunnerFactory, file: Path, document: Document, name: str) -> Runner:
    """Open a file; whatever a runtime says of a damaged or a malicious one becomes a sentence."""
    try:
        return factory(file, document.outputs)
    except HyperposeError:
        raise
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        raise DataError(
            f"the runtime {name} does not open {file}: {type(error).__name__}: {first:.500}"
        ) from error


def check_runtime(file: Path, name: str, registry: Registry) -> None:
    """Raise InputError where other runtimes run files of this ending, and that of a name does not.

    What nobody's ending says, as of a file that was renamed, is left to the runtime; so is what
    calls itself otherwise than it is registered.
    """
    names = registry.names("runtime")
    specs = zip(names, registry.specs("runtime"), strict=True)
    able = [one for one, spec in specs if file.name.endswith(cast(RuntimeSpec, spec).endings)]
    if able and name in names and name not in able:
        raise InputError(f"the runtime {name} does not run {file}; these do: {', '.join(able)}")


class ExportedNetwork:
    """The network of an exported file, as `Predictor` calls it."""

    def __init__(self, runner: Runner, file: Path, document: Document, runtime: str) -> None:
        self.runner, self.file, self.document, self.runtime = runner, file, document, runtime
        self.protocol = {
            "model_file": str(file),
            "runtime": runtime,
            "precision": document.made_with.precision,
            "weights": "exported",
        }

    def __call__(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return the maps, `[N, h, w, C]` float32, for RGB images in [0, 1]."""
        found = self.outputs(images)
        return [found[name] for name in self.document.maps]

    def outputs(self, images: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Return all outputs by name; what takes a fixed number of images gets them by so many.

        Raises:
            PluginError: the runtime fails, or returns something else than the file's outputs.
        """
        fixed = self.document.batch
        if fixed in (None, len(images)):
            return self._outputs(images)
        missing = -len(images) % fixed
        filled = np.concatenate([images, np.zeros((missing, *images.shape[1:]), images.dtype)])
        parts = [self._outputs(filled[i : i + fixed]) for i in range(0, len(filled), fixed)]
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return {name: output[: len(images)] for name, output in joined.items()}

    def _outputs(self, images: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        given: NDArray[Any] = images
        if self.document.made_with.with_input:
            given = np.rint(images * 255).astype(np.uint8)
        try:
            found = self.runner(given)
            arrays = {name: np.asarray(found[name]) for name in self.document.outputs}
        except HyperposeError:
            raise
        except Exception as error:
            first = str(error).strip().partition("\n")[0]
            raise PluginError(
                f"the runtime {self.runtime} failed on {self.file} with images "
                f"{list(images.shape)}: {type(error).__name__}: {first}"
            ) from error
        for name, channels in self.document.maps.items():
            shape = arrays[name].shape
            if len(shape) != 4 or (shape[0], shape[3]) != (len(images), channels):
                raise PluginError(
                    f"the runtime {self.runtime} gives {name!r} of {self.file} the shape "
                    f"{list(shape)}: it must be [{len(images)}, h, w, {channels}]"
                )
        return {name: np.ascontiguousarray(a, np.float32) for name, a in arrays.items()}


class ExportedPredictor(Predictor):
    """A predictor that reads files without TensorFlow where it is not loaded already."""

    network: ExportedNetwork

    def read(self, path: str | Path) -> NDArray[np.uint8]:
        """Read an image file as RGB uint8 `[H, W, 3]`."""
        if "tensorflow" not in sys.modules:  # loading it takes longer than most photos do
            return read_image(path)
        return super().read(path)


class _NoTargets:
    """Stands for the preprocessor of an exported model, which is not trained."""

    map_names: tuple[str, ...] = ()

    def encode(self, *_: Any, **__: Any) -> Tensors:
        raise InputError("an exported file cannot be trained: it has no targets")

    def losses(self, model: Model, outputs: Sequence[Any], targets: Tensors) -> Tensors:
        raise InputError("an exported file cannot be trained: it has no losses")


def _family(document: Document, config: Config, registry: Registry) -> Family:
    """Return the family's functions for the people of an exported file."""
    skeleton, stride = document.bones, document.stride
    make = registry.for_family("postprocessor", document.family)
    return Family(
        name=document.family,
        skeleton=skeleton,
        stride=stride,
        preprocessor=_NoTargets(),
        postprocessor=make(skeleton=skeleton, stride=stride, options=config.model.options),
        visualizer=registry.for_family("visualizer", document.family),
    )
