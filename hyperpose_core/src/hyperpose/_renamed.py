"""Names of 2021 that are called otherwise, or are not here: what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from hyperpose_core.errors import ConfigError

BACKBONES = {"Defualt": "Default", "MobilenetDilated": "DilatedMobilenet"}
"""Spellings of 2021 that no plugin knows, and what is meant."""
RETIRED_BACKBONES = {
    "MobilenetSmall": "in 2021 it was no TensorLayer model, so that it was never trained; write "
    "Config.BACKBONE.MobilenetV2 and Config.set_option('model.backbone_width', 0.5)",
}

_ANY = "write Config.set_option('group.key', value), for any setting of docs/configuration.md"
CONFIG = {
    "pretrain": "write Config.set_option('pretrain.steps', 1000); docs/configuration.md has more",
    **dict.fromkeys(
        (
            *("update_config", "update_train", "update_eval", "update_test"),
            *("update_model", "update_data", "update_log", "update_pretrain"),
        ),
        _ANY,
    ),
}
_BACKBONE = "write Config.set_model_backbone(Config.BACKBONE.{}) and Model.get_model(config)"
MODEL = {
    "MobilenetV1_backbone": _BACKBONE.format("Mobilenetv1"),
    "MobilenetV2_backbone": _BACKBONE.format("Mobilenetv2"),
    "MobilenetDilated_backbone": _BACKBONE.format("MobilenetDilated"),
    "MobilenetThin_backbone": _BACKBONE.format("MobilenetThin"),
    "MobilenetSmall_backbone": RETIRED_BACKBONES["MobilenetSmall"],
    "vggtiny_backbone": _BACKBONE.format("Vggtiny"),
    "vgg16_backbone": _BACKBONE.format("Vgg16"),
    "vgg19_backbone": _BACKBONE.format("Vgg19"),
    "Resnet18_backbone": _BACKBONE.format("Resnet18"),
    "Resnet50_backbone": _BACKBONE.format("Resnet50"),
    "single_pretrain": "write Model.get_pretrain(config)(model, dataset)",
    "exam_npz_weights": "arrays without names are read by `hyperpose import-weights`; of ours "
    "write Model.exam_npz_dict_weights(path)",
    "get_test": "write Config.set_option('data.eval_split', 'test') before Config.get_config(), "
    "then Model.get_eval(config)(model, dataset): it writes the results to hand in",
    "info_propt": "what the parts are is in docs/design.md; leave the call out",
}
_OPEN = "write Config.set_dataset_type(Config.DATA.{}) and Dataset.get_dataset(config)"
DATASET = {
    "Multi_dataset": "write Config.set_multiple_dataset(configs) and Dataset.get_dataset(config)",
    "MPII_dataset": _OPEN.format("MPII"),
    "MSCOCO_dataset": _OPEN.format("MSCOCO"),
    "Imagenet_dataset": "write Config.set_pretrain_dataset_path(path) and "
    "Dataset.get_pretrain_dataset(config)",
    "Domainadapt_dataset": "write Config.set_domainadapt_dataset(paths): the training reads them",
    "get_domainadapt_dataset": "write Config.set_domainadapt_dataset(paths): the training reads "
    "them",
    "enum2dataset": "write Config.set_dataset_type(member) and Dataset.get_dataset(config)",
}
_SAMPLES = "write dataset.{}(): samples with path, keypoints [P, K, 3], boxes and mask"
_SCORE = "write dataset.evaluate(humans), people by image id, or Model.get_eval(config)"
_CONVERTED = "leave it out: keypoints are matched by their names"
DATASET_METHODS = {
    "get_train_dataset": _SAMPLES.format("train_samples"),
    "generate_train_data": _SAMPLES.format("train_samples"),
    "get_eval_dataset": _SAMPLES.format("eval_samples"),
    "generate_eval_data": _SAMPLES.format("eval_samples"),
    **dict.fromkeys(("get_test_dataset", "generate_test_data"), MODEL["get_test"]),
    "get_train_datasize": "write len(list(dataset.train_samples()))",
    "get_eval_datasize": "write len(list(dataset.eval_samples()))",
    "get_test_datasize": MODEL["get_test"],
    "official_eval": _SCORE,
    "official_test": MODEL["get_test"],
    "get_input_kpt_cvter": _CONVERTED,
    "get_output_kpt_cvter": _CONVERTED,
    "set_input_kpt_cvter": _CONVERTED,
    "set_output_kpt_cvter": _CONVERTED,
    "get_dmadapt_train_dataset": DATASET["get_domainadapt_dataset"],
    "prepare_dataset": "write `hyperpose prepare` once, or Dataset.get_dataset(config)",
    "set_dataset_version": "write Config.set_dataset_version(version) and "
    "Dataset.get_dataset(config)",
}
"""Of the objects that `Dataset.get_dataset` returns."""


class Retired:
    """Stands for a name of 2021: it can be imported, and using it says what to write instead."""

    def __init__(self, name: str, advice: str) -> None:
        vars(self).update(_name=name, _advice=advice)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise ConfigError(f"{self}")

    def __str__(self) -> str:
        return f"{vars(self)['_name']} is not here: {vars(self)['_advice']}"

    __call__ = __getitem__ = __iter__ = __setattr__ = __mro_entries__ = _refuse

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python asks every object for some
            raise AttributeError(name)
        self._refuse()


def retired(module: str, names: Mapping[str, str], name: str) -> Retired:
    """Return what stands for a name of 2021; AttributeError where there was none."""
    if name not in names:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    return Retired(f"{module.rpartition('.')[2]}.{name}", names[name])
