"""Models and pipelines as the tutorial of 2021 gets them."""
# ruff: noqa: N999 - the name is the API of 2021

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperpose import _processors
from hyperpose._renamed import MODEL as _RETIRED
from hyperpose._renamed import retired
from hyperpose.Config import BACKBONE, DATA, KUNGFU, MODEL, TRAIN, info
from hyperpose_core.config import Config
from hyperpose_core.contracts import Model
from hyperpose_core.registry import get_registry

if TYPE_CHECKING:
    from hyperpose_core.contracts import TrainPipeline

__all__ = [
    "BACKBONE",
    "DATA",
    "KUNGFU",
    "MODEL",
    "TRAIN",
    "exam_model_weights",
    "exam_npz_dict_weights",
    "get_augmentor",
    "get_eval",
    "get_evaluate",
    "get_imageprocessor",
    "get_model",
    "get_postprocess",
    "get_postprocessor",
    "get_preprocess",
    "get_preprocessor",
    "get_pretrain",
    "get_train",
    "get_visualize",
    "get_visualizer",
    "info",
    "log",
]

_LAZY = {
    "BasicAugmentor": "_augmentor",
    "BasicPreProcessor": "_bases",
    "BasicPostProcessor": "_bases",
    "BasicVisualizer": "_bases",
    "ImageProcessor": "_images",
    "Human": "_humans",
}
"""Classes that are imported when they are asked for, and where they are."""
log = info


def get_model(config: Config) -> Model:
    """Build the model that a configuration names; see `hyperpose_core.build.get_model`.

    It has the attributes of 2021, `parts`, `limbs`, `colors`, `hin`, `win`, `hout`, `wout`, and
    takes images in either layout.
    """
    from hyperpose._models import as_in_2021
    from hyperpose_core.build import get_model as get

    return as_in_2021(get(config), config, get_registry())


def get_train(config: Config) -> TrainPipeline:
    """Return the training pipeline, called as `train(model, dataset)`.

    Classes of `Config.set_custom_augmentor` and its like are used in it.
    """
    from hyperpose._pipelines import train_pipeline

    return train_pipeline(config)


def get_pretrain(config: Config) -> Callable[..., Any]:
    """Return the pipeline that trains the model's backbone to classify images, before the poses.

    It is called as `pretrain(model, dataset)`, with the model that shall begin with the backbone
    and with `Dataset.get_pretrain_dataset(config)`; see docs/pretraining.md.
    """
    from hyperpose._pretrain import get_pretrain as get

    return get(config)


def get_eval(config: Config) -> Callable[..., Any]:
    """Return the evaluation pipeline, called as `evaluate(model, dataset)`.

    It also takes `vis_num`, `total_eval_num` and `enable_multiscale_search`.
    """
    from hyperpose._pipelines import Evaluate

    return Evaluate(config)


get_evaluate = get_eval


def get_augmentor(config: Config) -> type:
    """Return the class that varies training images: your own, or the one that does as ours."""
    return _class_of("augmentor", config)


def get_preprocessor(config: Config) -> type:
    """Return the class that makes targets: your own, or the model's family's."""
    return _class_of("preprocessor", config)


def get_postprocessor(config: Config) -> type:
    """Return the class that finds people in maps: your own, or the model's family's."""
    return _class_of("postprocessor", config)


def get_visualizer(config: Config) -> type:
    """Return the class that draws maps and people: your own, or the model's family's."""
    return _class_of("visualizer", config)


def get_imageprocessor() -> type:
    """Return the class that reads images and fits them into the network's input."""
    from hyperpose._images import ImageProcessor

    return ImageProcessor


def _class_of(kind: str, config: Config) -> type:
    from hyperpose._pipelines import class_of

    return class_of(kind, config)


def exam_model_weights(model: Model) -> None:
    """Print the name and shape of each of a model's weights."""
    from hyperpose_core.build.weights import named_weights

    _print_shapes({name: tuple(v.shape) for name, v in named_weights(model).items()})


def exam_npz_dict_weights(npz_dict_path: str | Path) -> None:
    """Print the name and shape of each array of a weights file."""
    from hyperpose_core.build.weights import load_weights

    _print_shapes({name: array.shape for name, array in load_weights(npz_dict_path).items()})


def _print_shapes(shapes: dict[str, tuple[int, ...]]) -> None:
    import click

    for name, shape in sorted(shapes.items()):
        click.echo(f"{name}\t{list(shape)}")


def get_preprocess(model_type: str, config: Config | None = None) -> Callable[..., tuple[Any, ...]]:
    """Return the function that makes targets from annotations, for a member of `Config.MODEL`.

    It is called as `preprocess(annos, img_height, img_width, model_hout, model_wout, dataset_type,
    data_format="channels_first")`; see `hyperpose._processors.Preprocess`. Keypoints and options
    of your own count where `config` has them, in the two functions below too.
    """
    return _processors.Preprocess(model_type, config)


def get_postprocess(model_type: str, config: Config | None = None) -> Callable[..., list[Any]]:
    """Return the function that makes humans from maps, for a member of `Config.MODEL`.

    It is called as `postprocess(conf_map, paf_map, dataset_type, data_format=...)`; see
    `hyperpose._processors.Postprocess`.
    """
    return _processors.Postprocess(model_type, config)


def get_visualize(model_type: str, config: Config | None = None) -> Callable[..., Any]:
    """Return the function that draws maps into a file, for a member of `Config.MODEL`.

    It is called as `visualize(image, conf_map, paf_map, save_name=..., save_dir=...)`; see
    `hyperpose._processors.Visualize`.
    """
    return _processors.Visualize(model_type, config)


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(f"hyperpose.{_LAZY[name]}"), name)
    return retired(__name__, _RETIRED, name)
