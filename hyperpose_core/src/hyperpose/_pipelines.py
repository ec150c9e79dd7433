"""Pipelines as the scripts of 2021 call them, with the user's own classes in them."""

from __future__ import annotations

from typing import Any

from hyperpose._adapters import WithOwn
from hyperpose._augmentor import BasicAugmentor
from hyperpose._classes import CLASSES, bound
from hyperpose._custom import own_classes
from hyperpose._own_augmentor import with_augmentor
from hyperpose_core.build.trainer import get_train
from hyperpose_core.config import Config
from hyperpose_core.contracts import Dataset, Model, TrainPipeline
from hyperpose_core.evaluation import EvalPipeline, EvalResult
from hyperpose_core.families import Family
from hyperpose_core.inference import Predictor
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.support.messages import Messages


def class_of(kind: str, config: Config) -> type:
    """Return the user's class of a kind, else the one that does as the model's family."""
    own = own_classes(config).get(kind)
    if own is not None:
        return own
    return BasicAugmentor if kind == "augmentor" else bound(CLASSES[kind], config, get_registry())


def registry_of(config: Config) -> Registry:
    """Return the registry in which the user's own classes stand for the family's functions."""
    registry, own = get_registry(), own_classes(config)
    return WithOwn(registry, own, config) if own else registry


def train_pipeline(config: Config) -> TrainPipeline:
    """Return the training of a configuration, with the user's own classes in it.

    Raises:
        ConfigError: one of them fails, or returns what does not fit the model.
    """
    registry, own = registry_of(config), own_classes(config)
    if "augmentor" in own:
        config = with_augmentor(config, own["augmentor"], registry)
    if "preprocessor" in own:
        Family.of(config, registry)  # rather than after a dataset was read
    return get_train(config, registry)


class Evaluate(EvalPipeline):
    """The evaluation of a configuration, with the arguments of 2021."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, registry_of(config))

    def __call__(
        self,
        model: Model | Predictor,
        dataset: Dataset,
        vis_num: int | None = None,
        total_eval_num: int | None = None,
        enable_multiscale_search: bool = False,
        **settings: Any,
    ) -> EvalResult:
        """Evaluate; see `hyperpose_core.evaluation.EvalPipeline`.

        Args:
            vis_num: pictures to draw; None: `eval.vis_num`.
            total_eval_num: only the first so many images; None: `eval.limit`.
            enable_multiscale_search: average several scales; a family whose maps cannot be
                averaged is evaluated at one, and that is said: scripts of 2021 ask it of all.
        """
        if enable_multiscale_search:
            family = Family.of(self.config, self.registry or get_registry())
            if not hasattr(family.postprocessor, "mirror"):
                enable_multiscale_search = False
                said = f"maps of {family.name} models cannot be averaged over scales: one is used"
                Messages(self.config.log.quiet).say(said)
        settings |= {"vis_num": vis_num, "total_eval_num": total_eval_num}
        settings["enable_multiscale_search"] = bool(enable_multiscale_search)
        return super().__call__(model, dataset, **settings)
