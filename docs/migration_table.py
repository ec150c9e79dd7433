"""Writes the tables of names in migration.md: `python docs/migration_table.py`.

The names are those of tensorlayer/HyperPose at its last commit, e34c6ac (November 2021).
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from hyperpose import Config, Dataset, Model, _classes, _humans, _images
from hyperpose._renamed import DATASET_METHODS, Retired
from hyperpose_core.errors import HyperposeError

PAGE = Path(__file__).with_name("migration.md")
BEGIN, END = "<!-- names: begin -->\n", "<!-- names: end -->\n"
MODULES: dict[str, tuple[Any, str]] = {
    "Config": (
        Config,
        "BACKBONE DATA KUNGFU MODEL OPTIM TRAIN get_config info pretrain set_batch_size "
        "set_custom_augmentor set_custom_limbs set_custom_parts set_custom_postprocessor "
        "set_custom_preprocessor set_custom_visualizer set_data_format set_dataset_filter "
        "set_dataset_path set_dataset_type set_dataset_version set_domainadapt_dataset "
        "set_kungfu_option set_learning_rate set_log_interval set_model_arch set_model_backbone "
        "set_model_name set_model_type set_multiple_dataset set_official_dataset set_optim_type "
        "set_pretrain set_pretrain_dataset_path set_save_interval set_train_type set_useradd_data "
        "set_userdef_dataset set_vis_interval update_config update_data update_eval update_log "
        "update_model update_pretrain update_test update_train",
    ),
    "Model": (
        Model,
        "BACKBONE BasicAugmentor DATA ImageProcessor KUNGFU MODEL MobilenetDilated_backbone "
        "MobilenetSmall_backbone MobilenetThin_backbone MobilenetV1_backbone MobilenetV2_backbone "
        "Resnet18_backbone Resnet50_backbone TRAIN exam_model_weights exam_npz_dict_weights "
        "exam_npz_weights get_augmentor get_evaluate get_imageprocessor get_model get_postprocessor "
        "get_preprocessor get_pretrain get_test get_train get_visualizer info info_propt log "
        "single_pretrain vgg16_backbone vgg19_backbone vggtiny_backbone",
    ),
    "Dataset": (
        Dataset,
        "Base_dataset DATA Domainadapt_dataset Imagenet_dataset MODEL MPII_dataset MSCOCO_dataset "
        "Multi_dataset TRAIN enum2dataset get_dataset get_domainadapt_dataset get_pretrain_dataset "
        "log",
    ),
}
MEMBERS = {
    "BACKBONE": "Default Mobilenetv1 Mobilenetv2 MobilenetDilated MobilenetThin MobilenetSmall "
    "Vggtiny Vgg19 Vgg16 Resnet18 Resnet50",
    "MODEL": "Openpose LightweightOpenpose PoseProposal MobilenetThinOpenpose Pifpaf",
    "DATA": "MSCOCO MPII USERDEF MULTIPLE",
    "TRAIN": "Single_train Parallel_train",
    "KUNGFU": "Sync_sgd Sync_avg Pair_avg",
    "OPTIM": "Adam RMSprop SGD",
}
OBJECTS: dict[str, tuple[type, str]] = {
    "Human": (
        _humans.Human,
        "bias draw_human get_area get_bbx get_partnum get_score print scale unpad unscale",
    ),
    "ImageProcessor": (
        _images.ImageProcessor,
        "image_pad_and_scale read_image_rgb_float write_image_rgb_float",
    ),
    "PreProcessor": (_classes.PreProcessor, "process"),
    "PostProcessor": (_classes.PostProcessor, "process process_one"),
    "Visualizer": (
        _classes.Visualizer,
        "set_save_dir visualize visualize_compare visualize_result",
    ),
}
ATTRIBUTES = {
    "parts": "the keypoints, an `Enum` of indices; the openpose family's last is `Background`",
    "limbs": "pairs of indices",
    "colors": "RGB, one a keypoint",
    "hin, win": "height and width of the input, in pixels",
    "hout, wout": "height and width of the maps, in cells",
    "n_pos, n_limbs": "how many parts and limbs",
    "data_format": "`channels_last` or `channels_first`; images of the other are taken too",
    "load_weights, save_weights": "files of a run, `format='npz_dict'`",
}
DATASETS = {
    "visualize": "draws training samples",
    "get_parts": "the keypoints, an `Enum` of indices",
    "get_colors": "RGB, one a keypoint",
    "get_dataset_type": "the member of `Config.DATA`",
}


def does(value: Any) -> str:
    """Return what a name does here: the first line of its docstring, or what to write instead."""
    if isinstance(value, Retired):
        return str(value).partition(": ")[2]
    text = "names to choose from" if not callable(value) else inspect.getdoc(value) or ""
    return text.split("\n\n")[0].replace("\n", " ").removesuffix(".")


def member(choices: str, name: str) -> str:
    """Return what a member is called here, or what to write instead."""
    try:
        return f"`{getattr(Config, choices)[name]}`"
    except HyperposeError as error:
        return str(error).partition(": ")[2]


def rows() -> dict[str, list[tuple[str, str]]]:
    """Return for each heading the names of 2021, and what they are here."""
    found = {
        f"`hyperpose.{title}`": [(name, does(getattr(module, name))) for name in names.split()]
        for title, (module, names) in MODULES.items()
    }
    found["Members"] = [
        (f"Config.{choices}.{name}", member(choices, name))
        for choices, names in MEMBERS.items()
        for name in names.split()
    ]
    found["What `Model.get_model` returns"] = [(f"model.{k}", v) for k, v in ATTRIBUTES.items()]
    found["What `Dataset.get_dataset` returns"] = [
        (f"dataset.{name}", words) for name, words in {**DATASETS, **DATASET_METHODS}.items()
    ]
    for title, (kind, names) in OBJECTS.items():
        found[f"`{title}`"] = [(name, does(getattr(kind, name))) for name in names.split()]
    return found


def tables() -> str:
    """Return the headings and tables of all names."""
    lines = []
    for title, listed in rows().items():
        lines += [f"### {title}", "", "| 2021 | here |", "|---|---|"]
        lines += [f"| `{name}` | {words.replace('|', '&#124;')} |" for name, words in listed]
        lines.append("")
    return "\n".join(lines)


def updated(page: str) -> str:
    """Return a page with the tables between its two marks."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
