"""Pretraining: the backbone of a configuration learns to classify images, before the poses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hyperpose_core.build import get_dataset, get_model
from hyperpose_core.build.skeleton import model_spec
from hyperpose_core.build.trainer import get_train
from hyperpose_core.config import Config, DataConfig, ModelConfig, snapshot
from hyperpose_core.contracts import Dataset, Model
from hyperpose_core.errors import ConfigError
from hyperpose_core.registry import Registry, get_registry

SUFFIX = "-pretrain"
"""What the name of the pretraining's run has after that of the run that it is for."""


class PretrainPipeline:
    """What `get_pretrain` returns: call it with a model and a dataset of classes.

    Attributes:
        config: the configuration of the pretraining itself.
    """

    def __init__(self, config: Config, registry: Registry | None = None) -> None:
        self.registry = registry or get_registry()
        self.config = pretrain_config(config, self.registry)

    def __call__(
        self,
        model: Model | None = None,
        dataset: Dataset | None = None,
        resume: bool | None = None,
    ) -> Any:
        """Train the backbone, keep it under `save_dir/<model_name>-pretrain`, give it to a model.

        Args:
            model: gets the backbone's weights at the end; None: they are only kept.
            dataset: images with labels, whose skeleton names the classes; None: the one that
                `pretrain.path` names.
            resume: as for `TrainPipeline`.

        Returns:
            of whose `run` the file `newest_model` is what `Config.set_pretrain` takes.

        Raises:
            DataError: the folder has no classes.
            CheckpointError: the model's backbone is another.
            Interrupted, NotFiniteError: as for `TrainPipeline`.
        """
        from hyperpose_core.build.weights import give_backbone, named_weights

        config = snapshot(self.config)
        dataset = get_dataset(config, self.registry) if dataset is None else dataset
        config.model.skeleton = dataset.skeleton
        classifier = get_model(config, self.registry)
        result = get_train(config, self.registry)(classifier, dataset, resume)
        if model is not None:
            learnt = {name: v.numpy() for name, v in named_weights(classifier).items()}
            learnt = {name: array for name, array in learnt.items() if name.startswith("backbone/")}
            give_backbone(model, learnt, result.run.newest_model)
        return result


def get_pretrain(config: Config, registry: Registry | None = None) -> PretrainPipeline:
    """Return the pipeline that pretrains the configured model's backbone.

    Raises:
        ConfigError: the architecture has no backbone of its own choice, and none is configured.
    """
    return PretrainPipeline(config, registry)


def pretrain_config(config: Config, registry: Registry) -> Config:
    """Return the configuration of a pretraining: the same backbone in `pretrain.model`, on
    `pretrain.dataset`.
    """
    config = snapshot(config)
    given, model, train = config.pretrain, config.model, config.train
    config.model = ModelConfig(
        name=model.name + SUFFIX,
        type=given.model,
        backbone=_backbone(config, registry),
        backbone_weights=model.backbone_weights,
        input_size=given.input_size,
        width=model.width,
        backbone_width=model.backbone_width,
        padding=model.padding,
        data_format=model.data_format,
    )
    config.train = replace(
        train,
        steps=given.steps,
        batch_size=given.batch_size,
        learning_rate=given.learning_rate,
        eval_interval=given.eval_interval,
        eval_images=given.eval_images,
        freeze=[],
        learning_rate_factors={},
        objectives=[],
        best_metric=None,
    )
    plain = DataConfig()
    names = ("strict", "augment", "rotation", "scale", "shift", "flip", "color")
    varied = {name: getattr(config.data, name) for name in names}
    config.data = replace(plain, type=given.dataset, path=_folder(given.path), **varied)
    return config


def _folder(path: str | None) -> str | None:
    """Return the folder of the classes: in 2021 they lay in a folder `imagenet` of the path."""
    if path is None or (Path(path) / "train").is_dir():
        return path
    older = Path(path) / "imagenet"
    return str(older) if (older / "train").is_dir() else path


def _backbone(config: Config, registry: Registry) -> str:
    spec = model_spec(config.model.type, registry)
    named = config.model.backbone
    if named is None or named.lower() == "default":
        named = spec.default_backbone
    if named is None:
        raise ConfigError(
            f"{spec.name} names no default backbone: choose the one to pretrain with model.backbone"
        )
    return named
