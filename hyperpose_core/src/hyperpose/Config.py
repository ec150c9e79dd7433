"""Configuration as the tutorial of 2021 writes it: setters, names to choose from, `get_config`.

The setters change one set of settings; `get_config` returns a copy of it. None gives a setting its
default again, and 0 and 1 are flags, in every setter.
"""
# ruff: noqa: N999 - the name is the API of 2021

from __future__ import annotations

from os import PathLike
from typing import Any, get_args

from hyperpose import _state
from hyperpose._choices import Choices
from hyperpose._data_setters import (
    set_dataset_filter,
    set_dataset_filters,
    set_dataset_path,
    set_dataset_type,
    set_dataset_version,
    set_domainadapt_dataset,
    set_multiple_dataset,
    set_official_dataset,
    set_pretrain_dataset_path,
    set_useradd_data,
    set_userdef_dataset,
)
from hyperpose._renamed import BACKBONES, CONFIG, RETIRED_BACKBONES, retired
from hyperpose._skeletons import own_skeleton, with_limbs
from hyperpose._state import get_config, reset, set_option
from hyperpose._train_setters import (
    set_batch_size,
    set_kungfu_option,
    set_learning_rate,
    set_log_interval,
    set_n_step,
    set_optim_type,
    set_save_interval,
    set_train_type,
    set_vis_interval,
)
from hyperpose_core.build.skeleton import USERDEF
from hyperpose_core.config.members import MULTIPLE
from hyperpose_core.config.train import KungfuOption
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton as _Skeleton
from hyperpose_core.support.messages import Messages

__all__ = [
    "BACKBONE",
    "DATA",
    "KUNGFU",
    "MODEL",
    "OPTIM",
    "TRAIN",
    "get_config",
    "info",
    "reset",
    "set_batch_size",
    "set_custom_augmentor",
    "set_custom_limbs",
    "set_custom_parts",
    "set_custom_postprocessor",
    "set_custom_preprocessor",
    "set_custom_visualizer",
    "set_data_format",
    "set_dataset_filter",
    "set_dataset_filters",
    "set_dataset_path",
    "set_dataset_type",
    "set_dataset_version",
    "set_domainadapt_dataset",
    "set_kungfu_option",
    "set_learning_rate",
    "set_log_interval",
    "set_model_arch",
    "set_model_backbone",
    "set_model_limbs",
    "set_model_name",
    "set_model_parts",
    "set_model_skeleton",
    "set_model_type",
    "set_model_weights",
    "set_multiple_dataset",
    "set_n_step",
    "set_official_dataset",
    "set_optim_type",
    "set_option",
    "set_pretrain",
    "set_pretrain_dataset_path",
    "set_save_interval",
    "set_train_type",
    "set_useradd_data",
    "set_userdef_dataset",
    "set_vis_interval",
]

MODEL = Choices("MODEL", "model")
"""The installed architectures."""
BACKBONE = Choices("BACKBONE", "backbone", ("Default",), BACKBONES, RETIRED_BACKBONES)
"""The installed feature extractors; Default: the architecture's own."""
DATA = Choices("DATA", "dataset", (USERDEF, MULTIPLE))
"""The installed datasets; USERDEF: the one given to `set_userdef_dataset`; MULTIPLE: those given to
`set_multiple_dataset`."""
TRAIN = Choices("TRAIN", "train_strategy")
"""The installed ways in which workers train one model."""
KUNGFU = Choices("KUNGFU", fixed=get_args(KungfuOption))
"""How the workers of a parallel training exchange."""
OPTIM = Choices("OPTIM", "optimizer")
"""The installed optimizers."""


def set_model_name(model_name: str | None) -> None:
    """Name the run: everything is kept in the folder `save_dir/<model_name>`."""
    _state.assign("model.name", model_name)


def set_model_type(model_type: str | None) -> None:
    """Choose the architecture, a member of `MODEL` or its name."""
    _state.assign("model.type", model_type)


def set_model_backbone(model_backbone: str | None) -> None:
    """Choose the feature extractor, a member of `BACKBONE` or its name."""
    _state.assign("model.backbone", model_backbone)


def set_pretrain(enable: str | PathLike[str] | bool | int | None) -> None:
    """Begin with a trained feature extractor.

    Args:
        enable: True or `"imagenet"`: ImageNet's weights of the backbone; or a file of its weights
            (docs/weights.md): a run's `newest_model.npz` or only the arrays of the backbone; all of
            them have to fit. None or False: none. Where `set_pretrain_dataset_path` names images to
            pretrain on, True prepares `Model.get_pretrain`, as in 2021: the backbone begins anew.
    """
    flag = _state.flag(enable)
    words = {True: "imagenet", False: None}
    _state.assign("model.backbone_weights", words[flag] if isinstance(flag, bool) else enable)
    _state.expect_pretraining(flag is True)


def set_model_weights(weights: str | PathLike[str] | None, partial: bool = False) -> None:
    """Begin with a whole trained model; keypoints and limbs go over by name (docs/finetuning.md).

    Args:
        weights: a run's name or folder, an `.npz`, or a file that `hyperpose import-weights` knows;
            None: a new model.
        partial: take what fits, however little it is.
    """
    set_option("model.weights", None if weights is None else str(weights))
    set_option("model.partial_weights", partial)


def set_model_arch(model_arch: Any) -> None:
    """Use an architecture of your own in the pipelines of the model type.

    Args:
        model_arch: a class or function called with the configuration, in which
            `config.model.skeleton` is filled in, or a model; None takes it back.
            `hyperpose_core.contracts.Model` says what a model needs.
    """
    _state.assign("model.arch", model_arch)


def set_model_parts(parts: Any) -> None:
    """Predict keypoints of your own.

    Args:
        parts: their names in order, or an `Enum` of them; the spellings of 2021 (`RShoulder`) mean
            ours (`right_shoulder`), and a `Background` is left out. Keypoints are matched with
            those of the dataset by name; a dataset's missing `neck` is the middle of the shoulders.
            None: the architecture's for the dataset.
    """
    _state.assign("model.skeleton", None if parts is None else own_skeleton(parts))


def set_model_limbs(limbs: Any) -> None:
    """Join the keypoints of `set_model_parts`, which has to be called before.

    Args:
        limbs: pairs of indices into the parts, of their names, or of members of the `Enum`; None
            for none.
    """
    skeleton = _state.settings().model.skeleton
    if not isinstance(skeleton, _Skeleton):
        if limbs is None:
            return
        raise ConfigError("set_model_limbs joins the parts of set_model_parts: call that before")
    _state.assign("model.skeleton", with_limbs(skeleton, () if limbs is None else limbs))


def set_custom_parts(custom_parts: Any) -> None:
    """Predict keypoints of your own, as `set_model_parts`."""
    set_model_parts(custom_parts)


def set_custom_limbs(custom_limbs: Any) -> None:
    """Join the keypoints of `set_custom_parts`, as `set_model_limbs`."""
    set_model_limbs(custom_limbs)


def set_custom_augmentor(augmentor: Any) -> None:
    """Vary the training images by a class of your own; see `Model.BasicAugmentor`."""
    _state.set_function("augmentor", augmentor)


def set_custom_preprocessor(preprocessor: Any) -> None:
    """Make targets by a class of your own; see `Model.BasicPreProcessor`."""
    _state.set_function("preprocessor", preprocessor)


def set_custom_postprocessor(postprocessor: Any) -> None:
    """Find people by a class of your own; see `Model.BasicPostProcessor`."""
    _state.set_function("postprocessor", postprocessor)


def set_custom_visualizer(visualizer: Any) -> None:
    """Draw maps by a class of your own; see `Model.BasicVisualizer`."""
    _state.set_function("visualizer", visualizer)


def set_model_skeleton(skeleton: Any) -> None:
    """Predict keypoints and limbs of your own, in place of `set_model_parts` and its limbs.

    Args:
        skeleton: the name of an installed one, a TOML file that describes them (docs/data.md), a
            `hyperpose_core.Skeleton` or a table; None: the architecture's for the dataset.
    """
    _state.assign("model.skeleton", skeleton)


def set_data_format(data_format: str | None) -> None:
    """Choose `channels_last` or `channels_first`, the layout of the model's inputs and outputs."""
    _state.assign("model.data_format", data_format)


def info(msg: object) -> None:
    """Write a line to standard error, unless `log.quiet`."""
    Messages(_state.settings().log.quiet).say(str(msg))


def __getattr__(name: str) -> Any:
    return retired(__name__, CONFIG, name)
