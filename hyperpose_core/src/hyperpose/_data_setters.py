"""Setters of the data: which images, as the tutorial of 2021 chooses them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from os import PathLike, fspath
from typing import Any

import hyperpose_core.config as _config
from hyperpose._needed import needed as _needed
from hyperpose._state import assign, component_name, flag, set_option, settings
from hyperpose_core.build.skeleton import USERDEF
from hyperpose_core.config.data import MEMBER_SETTINGS
from hyperpose_core.config.members import MULTIPLE
from hyperpose_core.errors import ConfigError
from hyperpose_core.registry import get_registry


def set_dataset_type(dataset_type: Any) -> None:
    """Choose the dataset: a member of `DATA`, its name, or a dataset class of your own."""
    if dataset_type is None or isinstance(dataset_type, str):
        assign("data.type", dataset_type)
    else:
        set_userdef_dataset(dataset_type)


def set_dataset_path(dataset_path: str | PathLike[str] | None) -> None:
    """Name the folder that holds the dataset."""
    assign("data.path", dataset_path)


def set_dataset_version(dataset_version: str | None) -> None:
    """Choose the version of the dataset; one that has no versions leaves it out, and says so."""
    assign("data.version", dataset_version)


def set_dataset_filter(dataset_filter: Callable[[Any], bool] | None) -> None:
    """Keep only the images for which a function of the sample returns True."""
    assign("data.filter", dataset_filter)


def set_dataset_filters(dataset_filters: Iterable[Any] | None) -> None:
    """Keep only the images that all of these named filters keep, beside `set_dataset_filter`.

    Args:
        dataset_filters: names (`"no-crowd"`), with arguments where they take some: as text,
            `"min-keypoints(count=5)"`, or as a table, `{"name": "min-keypoints", "count": 5}`.
            `hyperpose list-plugins --kind filter` lists them.
    """
    dataset_filters = [] if dataset_filters is None else dataset_filters
    given = [dataset_filters] if isinstance(dataset_filters, str | dict) else list(dataset_filters)
    wanted = _config.Config()
    _config.set_option(wanted, "data.filters", given)
    for call in wanted.data.filters:
        get_registry().get("filter", call.name)
    set_option("data.filters", wanted.data.filters)


def set_userdef_dataset(userdef_dataset: Any) -> None:
    """Use a dataset of your own: a class called with the configuration, or an object; None takes
    it back.
    """
    data = settings().data
    if userdef_dataset is not None:
        data.userdef_dataset, data.type = userdef_dataset, USERDEF
    elif data.type == USERDEF:
        assign("data.type", None)


def set_multiple_dataset(
    multiple_dataset_configs: Iterable[Any] | None, weights: Iterable[float] | None = None
) -> None:
    """Train on several datasets together, each with its own keypoints, filters and converter.

    The model has its keypoints for the first of them, and is evaluated on the first
    (`data.eval_dataset` names another).

    Args:
        multiple_dataset_configs: for each dataset a configuration that chooses it, as `get_config`
            returns, of which the group `data` counts; or a table of its settings,
            `{"type": "COCO", "path": "data/coco"}`. What varies the images is set once for all.
            None takes them back.
        weights: how many of the training images each gives, relative to the others; None: every
            image counts alike.
    """
    if multiple_dataset_configs is None:
        settings().data.datasets = []
        assign("data.type", None)
        return
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
    get_registry().load("dataset", MULTIPLE).members(checked)
    # The setters that chose the last of them are not meant for all.
    for name in MEMBER_SETTINGS:
        setattr(settings().data, name, getattr(checked.data, name))
    set_option("data.datasets", members)


def _member(given: Any) -> _config.DatasetConfig:
    """Return one dataset of several from a configuration or a table."""
    if isinstance(given, _config.Config):
        given = {name: getattr(given.data, name) for name in MEMBER_SETTINGS}
    [member] = _config.DataConfig(datasets=[given]).datasets
    if member.type != USERDEF:
        member.type = component_name("dataset", member.type)
    return member


def set_useradd_data(
    useradd_train_img_paths: Sequence[str | PathLike[str]] | None,
    useradd_train_targets: Sequence[Any] | None = None,
    useradd_scale_rate: int | None = 1,
) -> None:
    """Add images of your own to the training images of the chosen dataset.

    Args:
        useradd_train_img_paths: the image files; None takes them back.
        useradd_train_targets: for each a dictionary: `kpt`, for each person the keypoints of the
            chosen dataset in its order, `[x, y]` or `[x, y, v]`, negative or v 0 where not
            annotated; `bbx`, for each person x, y, width, height, or None; `mask`, people without
            annotation in COCO's forms, or None.
        useradd_scale_rate: how often each of the images is there.
    """
    if useradd_train_img_paths is None:
        set_option("data.added", None)
        return
    paths = [fspath(path) for path in useradd_train_img_paths]
    make = _needed("hyperpose_coco.userdef.added:AddedData", "set_useradd_data")
    added = make(
        paths,
        [] if useradd_train_targets is None else list(useradd_train_targets),
        1 if useradd_scale_rate is None else useradd_scale_rate,
    )
    set_option("data.added", added)


def set_official_dataset(official_flag: bool | int | None) -> None:
    """Train on the chosen dataset's own images too; False: on those of `set_useradd_data` alone."""
    assign("data.official", flag(official_flag))


def set_domainadapt_dataset(
    domainadapt_train_img_paths: str | PathLike[str] | Sequence[str | PathLike[str]] | None,
    domainadapt_scale_rate: int | None = 1,
) -> None:
    """Let the features on unlabelled images become like those on the dataset's.

    Args:
        domainadapt_train_img_paths: image files, folders of them, or patterns such as
            `"photos/*.jpg"`, one or several; None takes them back.
        domainadapt_scale_rate: how often each of the images is there; see docs/pretraining.md.
    """
    name = "domain-adaptation"
    others = [call for call in settings().train.objectives if call.name != name]
    given = domainadapt_train_img_paths
    if given is None:
        set_option("train.objectives", others)
        return
    get_registry().get("train_objective", name)
    images = [fspath(path) for path in ([given] if isinstance(given, str | PathLike) else given)]
    call = {
        "name": name,
        "images": images,
        "scale_rate": 1 if domainadapt_scale_rate is None else domainadapt_scale_rate,
    }
    set_option("train.objectives", [*others, call])


def set_pretrain_dataset_path(pretrain_dataset_path: str | PathLike[str] | None) -> None:
    """Name the folder on which `Model.get_pretrain` trains the backbone.

    Args:
        pretrain_dataset_path: a folder with `train/<class>/*.jpg` and `val/<class>/*.jpg`.
    """
    assign("pretrain.path", pretrain_dataset_path)
