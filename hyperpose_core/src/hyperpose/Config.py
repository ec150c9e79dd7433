"""Configuration as the tutorial of 2021 writes it: setters, names to choose from, `get_config`.

The setters change one set of settings, kept by this module; `get_config` returns a copy of it.
"""
# ruff: noqa: N999 - the name is the API of 2021

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from os import PathLike, fspath
from typing import Any

import hyperpose_core.config as _config
from hyperpose._choices import Choices
from hyperpose._needed import needed as _needed
from hyperpose._skeletons import own_skeleton, with_limbs
from hyperpose_core.build.skeleton import USERDEF
from hyperpose_core.config import members as _members
from hyperpose_core.config import rules as _rules
from hyperpose_core.config.members import MULTIPLE
from hyperpose_core.errors import ConfigError
from hyperpose_core.registry import get_registry

MODEL = Choices("MODEL", "model")
"""The installed architectures."""
BACKBONE = Choices("BACKBONE", "backbone", ("Default",), {"Defualt": "Default"})
"""The installed feature extractors; Default: the architecture's own."""
DATA = Choices("DATA", "dataset", (USERDEF, MULTIPLE))
"""The installed datasets; USERDEF: the one given to `set_userdef_dataset`; MULTIPLE: those given to
`set_multiple_dataset`."""
TRAIN = Choices("TRAIN", "train_strategy")
"""The installed ways in which workers train one model."""
KUNGFU = Choices("KUNGFU", fixed=_rules.KUNGFU_OPTIONS)
"""How the workers of a parallel training exchange."""
OPTIM = Choices("OPTIM", fixed=_rules.OPTIMIZERS)
"""The optimizers."""

_COMPONENTS = {
    "model.type": "model",
    "model.backbone": "backbone",
    "data.type": "dataset",
    "train.type": "train_strategy",
}
_state = _config.Config()


def get_config() -> _config.Config:
    """Return a snapshot of the settings; later setters do not change it."""
    return _config.snapshot(_state)


def reset() -> None:
    """Give every setting its default again."""
    global _state
    _state = _config.Config()


def set_option(key: str, value: Any) -> None:
    """Set any setting by its key, `"group.key"`: docs/configuration.md lists them.

    Raises:
        ConfigError: an unknown key (it names the nearest), a wrong type, a value out of range.
        UnknownComponentError, PluginError: no usable plugin offers the component of that name.
    """
    kind = _COMPONENTS.get(key)
    if kind is not None and value is not None:
        value = _component_name(kind, value)
    _config.set_option(_state, key, value)
    if key == "data.type" and value != USERDEF:
        _state.data.userdef_dataset = None


def set_model_name(name: str) -> None:
    """Name the run: everything is kept in the folder `save_dir/<name>`."""
    set_option("model.name", name)


def set_model_type(model_type: str) -> None:
    """Choose the architecture, a member of `MODEL` or its name."""
    set_option("model.type", model_type)


def set_model_backbone(backbone: str | None) -> None:
    """Choose the feature extractor, a member of `BACKBONE` or its name."""
    set_option("model.backbone", backbone)


def set_pretrain(weights: str | PathLike[str] | None) -> None:
    """Begin with a trained feature extractor.

    Args:
        weights: an `.npz` file of its weights, a run's `newest_model.npz` or only the arrays of the
            backbone; all of them have to fit. None takes it back.

    Raises:
        ConfigError: True or False, which the library of 2021 took, instead of a file.
    """
    if isinstance(weights, bool):
        raise ConfigError(
            f"set_pretrain({weights}): name the file of the backbone's weights, or None for none"
        )
    set_option("model.backbone_weights", weights)


def set_model_arch(arch: Any) -> None:
    """Use an architecture of your own in the pipelines of the model type.

    Args:
        arch: a class or function called with the configuration, in which `config.model.skeleton` is
            filled in, or a model; None takes it back. `hyperpose_core.contracts.Model` says what a
            model needs.
    """
    set_option("model.arch", arch)


def set_model_parts(parts: Any) -> None:
    """Predict keypoints of your own.

    Args:
        parts: their names in order, or an `Enum` of them; the spellings of 2021 (`RShoulder`) mean
            ours (`right_shoulder`), and a `Background` is left out. Keypoints are matched with
            those of the dataset by name; a dataset's missing `neck` is the middle of the shoulders.
    """
    set_option("model.skeleton", own_skeleton(parts))


def set_model_limbs(limbs: Any) -> None:
    """Join the keypoints of `set_model_parts`, which has to be called before.

    Args:
        limbs: pairs of indices into the parts, of their names, or of members of the `Enum`.
    """
    if _state.model.skeleton is None:
        raise ConfigError("set_model_limbs joins the parts of set_model_parts: call that before")
    set_option("model.skeleton", with_limbs(_state.model.skeleton, limbs))


def set_model_skeleton(skeleton: Any) -> None:
    """Predict keypoints and limbs of your own, in place of `set_model_parts` and its limbs.

    Args:
        skeleton: a TOML file that describes them (docs/data.md), a `hyperpose_core.Skeleton` or a
            table; None: the architecture's for the dataset.
    """
    set_option("model.skeleton", skeleton)


def set_data_format(data_format: str) -> None:
    """Choose `channels_last` or `channels_first`, the layout of the model's inputs and outputs."""
    set_option("model.data_format", data_format)


def set_dataset_type(dataset_type: Any) -> None:
    """Choose the dataset: a member of `DATA`, its name, or a dataset class of your own."""
    if isinstance(dataset_type, str):
        set_option("data.type", dataset_type)
    else:
        set_userdef_dataset(dataset_type)


def set_dataset_path(path: str | PathLike[str]) -> None:
    """Name the folder that holds the dataset."""
    set_option("data.path", path)


def set_dataset_version(version: str | None) -> None:
    """Choose the version of the dataset."""
    set_option("data.version", version)


def set_dataset_filter(dataset_filter: Callable[[Any], bool] | None) -> None:
    """Keep only the images for which a function of the sample returns True."""
    set_option("data.filter", dataset_filter)


def set_dataset_filters(dataset_filters: Iterable[Any]) -> None:
    """Keep only the images that all of these named filters keep, beside `set_dataset_filter`.

    Args:
        dataset_filters: names (`"no-crowd"`), with arguments where they take some: as text,
            `"min-keypoints(count=5)"`, or as a table, `{"name": "min-keypoints", "count": 5}`.
            `hyperpose list-plugins --kind filter` lists them.
    """
    given = [dataset_filters] if isinstance(dataset_filters, str | dict) else list(dataset_filters)
    wanted = _config.Config()
    _config.set_option(wanted, "data.filters", given)
    for call in wanted.data.filters:
        get_registry().get("filter", call.name)
    set_option("data.filters", wanted.data.filters)


def set_userdef_dataset(dataset: Any) -> None:
    """Use a dataset of your own: a class called with the configuration, or an object."""
    if dataset is None:
        raise ConfigError(
            "set_userdef_dataset needs a dataset class or object; got None; to go back to an "
            "installed dataset, call set_dataset_type"
        )
    _state.data.userdef_dataset = dataset
    _state.data.type = USERDEF


def set_multiple_dataset(
    multiple_dataset_configs: Iterable[Any], weights: Iterable[float] | None = None
) -> None:
    """Train on several datasets together, each with its own keypoints, filters and converter.

    The model has its keypoints for the first of them, and is evaluated on the first
    (`data.eval_dataset` names another).

    Args:
        multiple_dataset_configs: for each dataset a configuration that chooses it, as `get_config`
            returns, of which the group `data` counts; or a table of its settings,
            `{"type": "COCO", "path": "data/coco"}`. What varies the images is set once for all.
        weights: how many of the training images each gives, relative to the others; None: every
            image counts alike.
    """
    members = [_member(given) for given in multiple_dataset_configs]
    if not members:
        raise ConfigError("set_multiple_dataset needs a configuration or a table for each dataset")
    if weights is not None:
        weights = list(weights)
        if len(weights) != len(members):
            raise ConfigError(f"got {len(weights)} weights for {len(members)} datasets")
        for member, weight in zip(members, weights, strict=True):
            member.weight = weight
    checked = _config.Config(data=_config.DataConfig(datasets=members, type=MULTIPLE))
    _members.member_configs(checked)
    # The setters that chose the last of them are not meant for all.
    for name in _members.SETTINGS:
        setattr(_state.data, name, getattr(checked.data, name))
    set_option("data.datasets", members)


def _member(given: Any) -> _config.DatasetConfig:
    """Return one dataset of several from a configuration or a table."""
    if isinstance(given, _config.Config):
        given = {name: getattr(given.data, name) for name in _members.SETTINGS}
    [member] = _config.DataConfig(datasets=[given]).datasets
    if member.type != USERDEF:
        member.type = _component_name("dataset", member.type)
    return member


def set_useradd_data(
    useradd_train_img_paths: Sequence[str | PathLike[str]],
    useradd_train_targets: Sequence[Any],
    useradd_scale_rate: int = 1,
) -> None:
    """Add images of your own to the training images of the chosen dataset.

    Args:
        useradd_train_img_paths: the image files.
        useradd_train_targets: for each a dictionary: `kpt`, for each person the keypoints of the
            chosen dataset in its order, `[x, y]` or `[x, y, v]`, negative or v 0 where not
            annotated; `bbx`, for each person x, y, width, height, or None; `mask`, people without
            annotation in COCO's forms, or None.
        useradd_scale_rate: how often each of the images is there.
    """
    paths = [fspath(path) for path in useradd_train_img_paths]
    make = _needed("hyperpose_coco.userdef.added:AddedData", "set_useradd_data")
    added = make(paths, list(useradd_train_targets), useradd_scale_rate)
    set_option("data.added", added)


def set_official_dataset(official_flag: bool) -> None:
    """Train on the chosen dataset's own images too; False: on those of `set_useradd_data` alone."""
    set_option("data.official", official_flag)


def set_domainadapt_dataset(
    domainadapt_train_img_paths: str | PathLike[str] | Sequence[str | PathLike[str]] | None,
    domainadapt_scale_rate: int = 1,
) -> None:
    """Let the features on unlabelled images become like those on the dataset's.

    Args:
        domainadapt_train_img_paths: image files, folders of them, or patterns such as
            `"photos/*.jpg"`, one or several; None takes them back.
        domainadapt_scale_rate: how often each of the images is there; see docs/pretraining.md.
    """
    name = "domain-adaptation"
    others = [call for call in _state.train.objectives if call.name != name]
    given = domainadapt_train_img_paths
    if given is None:
        set_option("train.objectives", others)
        return
    get_registry().get("train_objective", name)
    images = [fspath(path) for path in ([given] if isinstance(given, str | PathLike) else given)]
    call = {"name": name, "images": images, "scale_rate": domainadapt_scale_rate}
    set_option("train.objectives", [*others, call])


def set_pretrain_dataset_path(pretrain_dataset_path: str | PathLike[str] | None) -> None:
    """Name the folder on which `Model.get_pretrain` trains the backbone.

    Args:
        pretrain_dataset_path: a folder with `train/<class>/*.jpg` and `val/<class>/*.jpg`.
    """
    set_option("pretrain.path", pretrain_dataset_path)


def set_train_type(train_type: str) -> None:
    """Choose how workers train together, a member of `TRAIN` or its name."""
    set_option("train.type", train_type)


def set_kungfu_option(kungfu_option: str) -> None:
    """Choose how the workers of a parallel training exchange, a member of `KUNGFU`."""
    set_option("train.kungfu_option", kungfu_option)


def set_optim_type(optim_type: str) -> None:
    """Choose the optimizer, a member of `OPTIM`."""
    set_option("train.optimizer", optim_type)


def set_learning_rate(learning_rate: float) -> None:
    """Set the learning rate after the warm-up."""
    set_option("train.learning_rate", learning_rate)


def set_batch_size(batch_size: int) -> None:
    """Set the number of images a step."""
    set_option("train.batch_size", batch_size)


def set_n_step(n_step: int) -> None:
    """Set the total number of steps."""
    set_option("train.steps", n_step)


def set_log_interval(log_interval: int) -> None:
    """Set the number of steps between two lines of the log."""
    set_option("log.interval", log_interval)


def set_save_interval(save_interval: int) -> None:
    """Set the number of steps between two checkpoints."""
    set_option("train.save_interval", save_interval)


def _component_name(kind: str, value: Any) -> Any:
    """Return the name of a component in its plugin's spelling, after asking the registry for it."""
    if kind == "backbone" and isinstance(value, str) and value.lower() in ("default", "none"):
        return None
    if kind == "dataset" and isinstance(value, str) and value.upper() == USERDEF:
        return _userdef()
    if kind == "dataset" and isinstance(value, str) and value.upper() == MULTIPLE:
        if not _state.data.datasets:
            raise ConfigError("call set_multiple_dataset with the datasets instead of MULTIPLE")
        return MULTIPLE
    spec = get_registry().get(kind, value)
    return str(value) if "/" in value else spec.name


def _userdef() -> str:
    if _state.data.userdef_dataset is None:
        raise ConfigError("call set_userdef_dataset with your dataset instead of naming USERDEF")
    return USERDEF
