"""Models and pipelines as the tutorial of 2021 gets them."""
# ruff: noqa: N999 - the name is the API of 2021

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hyperpose import _processors
from hyperpose_core.build import get_model as _get_model
from hyperpose_core.config import Config
from hyperpose_core.contracts import Model


def get_model(config: Config) -> Model:
    """Build the model that a configuration names; see `hyperpose_core.build.get_model`."""
    return _get_model(config)


def get_train(config: Config) -> Callable[..., Any]:
    """Return the training pipeline, called as `train(model, dataset)`."""
    from hyperpose_core.training import get_train as get

    return get(config)


def get_pretrain(config: Config) -> Callable[..., Any]:
    """Return the pipeline that trains the model's backbone to classify images, before the poses.

    It is called as `pretrain(model, dataset)`, with the model that shall begin with the backbone
    and with `Dataset.get_pretrain_dataset(config)`; see docs/pretraining.md.
    """
    from hyperpose._pretrain import get_pretrain as get

    return get(config)


def get_eval(config: Config) -> Callable[..., Any]:
    """Return the evaluation pipeline, called as `evaluate(model, dataset)`."""
    from hyperpose_core.evaluation import get_eval as get

    return get(config)


get_evaluate = get_eval


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
