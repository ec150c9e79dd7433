"""Scripts that make the calls of the 2021 library's own scripts, in their order."""

from __future__ import annotations

import argparse
import glob
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf
from tiny_runs import settings

from hyperpose import Config, Dataset, Model
from hyperpose_coco.skeleton import COCO
from hyperpose_core.build.weights import named_weights
from hyperpose_core.config import parse_option
from hyperpose_core.errors import CheckpointError, ConfigError

ARCHITECTURES = [
    "LightweightOpenpose",
    "PoseProposal",
    pytest.param("MobilenetThinOpenpose", marks=pytest.mark.slow),
    pytest.param("Openpose", marks=pytest.mark.slow),
]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(autouse=True)
def tiny(pictures, tmp_path, monkeypatch):
    """Work in a folder of its own, with sizes that the scripts do not set."""
    monkeypatch.chdir(tmp_path)
    Config.reset()
    for text in settings(pictures, "train.steps=1", "train.vis_interval=1"):
        Config.set_option(*parse_option(text))
    yield
    Config.reset()


def arguments(**given):
    """Return what the scripts' argument parsers give without words on the command line."""
    defaults = {
        **{"model_type": "Openpose", "model_backbone": "Default", "model_name": "default_name"},
        **{"dataset_type": "Synthetic", "dataset_version": "coco", "dataset_path": None},
        **{"train_type": "Single_train", "kf_optimizer": "Sync_avg", "optim_type": "Adam"},
        **{"use_official_dataset": 1, "useradd_data_path": None, "domainadapt_data_path": None},
        **{"log_interval": None, "vis_interval": None, "save_interval": None},
        **{"eval_num": 10000, "vis_num": 60, "multiscale": True},
        **{"image_dir": "images", "output_dir": "output"},
    }
    return argparse.Namespace(**(defaults | given))


def train_script(args):
    Config.set_model_name(args.model_name)
    Config.set_model_type(Config.MODEL[args.model_type])
    Config.set_model_backbone(Config.BACKBONE[args.model_backbone])
    Config.set_train_type(Config.TRAIN[args.train_type])
    Config.set_optim_type(Config.OPTIM[args.optim_type])
    Config.set_kungfu_option(Config.KUNGFU[args.kf_optimizer])
    Config.set_log_interval(args.log_interval)
    Config.set_vis_interval(args.vis_interval)
    Config.set_save_interval(args.save_interval)
    Config.set_official_dataset(args.use_official_dataset)
    Config.set_dataset_type(Config.DATA[args.dataset_type])
    Config.set_dataset_path(args.dataset_path)
    Config.set_dataset_version(args.dataset_version)
    if args.useradd_data_path is not None:
        paths, targets = [], []
        image_dir = os.path.join(args.useradd_data_path, "images")
        anno_path = os.path.join(args.useradd_data_path, "anno.json")
        annotations = json.loads(Path(anno_path).read_text())["annotations"]
        for image_path, anno in annotations.items():
            paths.append(os.path.join(image_dir, image_path))
            targets.append(
                {"kpt": anno["keypoints"], "mask": None, "bbx": anno["bbox"], "labeled": 1}
            )
        Config.set_useradd_data(paths, targets, useradd_scale_rate=1)
    if args.domainadapt_data_path is not None:
        Config.set_domainadapt_dataset(
            domainadapt_train_img_paths=glob.glob(os.path.join(args.domainadapt_data_path, "*")),
            domainadapt_scale_rate=1,
        )
    config = Config.get_config()
    model = Model.get_model(config)
    train = Model.get_train(config)
    dataset = Dataset.get_dataset(config)
    return train(model, dataset)


def eval_script(args):
    Config.set_model_name(args.model_name)
    Config.set_model_type(Config.MODEL[args.model_type])
    Config.set_model_backbone(Config.BACKBONE[args.model_backbone])
    Config.set_dataset_type(Config.DATA[args.dataset_type])
    Config.set_dataset_path(args.dataset_path)
    Config.set_dataset_version(args.dataset_version)

    config = Config.get_config()
    model = Model.get_model(config)
    evaluate = Model.get_evaluate(config)
    dataset = Dataset.get_dataset(config)
    return evaluate(
        model,
        dataset,
        vis_num=args.vis_num,
        total_eval_num=args.eval_num,
        enable_multiscale_search=args.multiscale,
    )


def pretrain_script(args):
    Config.set_model_name(args.model_name)
    Config.set_model_type(Config.MODEL[args.model_type])
    Config.set_model_backbone(Config.BACKBONE[args.model_backbone])
    Config.set_pretrain(True)
    Config.set_pretrain_dataset_path(args.dataset_path)
    config = Config.get_config()
    model = Model.get_model(config)
    pretrain = Model.get_pretrain(config)
    dataset = Dataset.get_pretrain_dataset(config)
    return pretrain(model, dataset)


def demo_script(args):
    """Return the people of each image by its name."""
    Config.set_model_name(args.model_name)
    Config.set_model_type(Config.MODEL[args.model_type])
    Config.set_dataset_type(Config.DATA[args.dataset_type])
    Config.set_model_backbone(Config.BACKBONE[args.model_backbone])
    config = Config.get_config()
    output_dir = os.path.join(args.output_dir, args.model_name)
    os.makedirs(output_dir, exist_ok=True)

    model = Model.get_model(config)
    visualizer_class = Model.get_visualizer(config)
    visualizer = visualizer_class(save_dir=output_dir, parts=model.parts, limbs=model.limbs)
    post_processor_class = Model.get_postprocessor(config)
    post_processor = post_processor_class(
        parts=model.parts,
        limbs=model.limbs,
        hin=model.hin,
        win=model.win,
        hout=model.hout,
        wout=model.wout,
        colors=model.colors,
    )
    image_processor_class = Model.get_imageprocessor()
    image_processor = image_processor_class(input_h=model.hin, input_w=model.win)
    path = f"./save_dir/{args.model_name}/model_dir/newest_model.npz"
    model.load_weights(path, format="npz_dict")
    model.eval()
    everybody = {}
    for image_path in glob.glob(f"{args.image_dir}/*"):
        image_name = os.path.basename(image_path)
        image = image_processor.read_image_rgb_float(image_path)
        input_image, scale, pad = image_processor.image_pad_and_scale(image)
        input_image = np.transpose(input_image, [2, 0, 1])[np.newaxis, :, :, :]
        predict_x = model.forward(input_image)
        humans = post_processor.process(predict_x)[0]
        visualizer.visualize(
            image_batch=input_image, predict_x=predict_x, humans_list=[humans], name=image_name
        )
        for human in humans:
            human.unpad(pad)
            human.unscale(scale)
            human.get_partnum()
            human.print()
        visualizer.visualize_result(image=image, humans=humans, name=f"{image_name}_result")
        everybody[image_name] = humans
    return everybody


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_scripts_run_one_after_the_other(architecture, tmp_path, capsys):
    args = arguments(model_type=architecture, model_name="tiny", dataset_type="Synthetic")
    trained = train_script(args)
    assert trained.step == 1
    assert (tmp_path / "save_dir" / "tiny" / "model_dir" / "newest_model.npz").is_file()
    assert "trained tiny to step 1" in capsys.readouterr().out

    scored = eval_script(args)
    assert scored.images == 2
    spoken = capsys.readouterr()
    assert "AP50" in spoken.out
    averaged = scored.protocol["scales"] != [1.0]
    assert averaged == (architecture != "PoseProposal")
    assert ("cannot be averaged over scales" in spoken.err) != averaged

    (tmp_path / "images").mkdir()
    for number, size in enumerate([(60, 90), (100, 50)]):
        image = np.random.default_rng(number).integers(0, 256, (*size, 3), np.uint8)
        cv2.imwrite(str(tmp_path / "images" / f"{number}.png"), image)
    assert set(demo_script(args)) == {"0.png", "1.png"}
    written = {path.name for path in (tmp_path / "output" / "tiny").iterdir()}
    endings = ("_0", "_0_result", "_result")
    assert written == {f"{n}.png{ending}.png" for n in "01" for ending in endings}


def test_the_script_trains_on_added_and_on_unlabelled_images_alone(tmp_path):
    images = tmp_path / "added" / "images"
    images.mkdir(parents=True)
    cv2.imwrite(str(images / "one.png"), np.full((60, 80, 3), 100, np.uint8))
    person = [[5.0 + 3 * i, 10.0 + i, 2] for i in range(17)]
    table = {"annotations": {"one.png": {"keypoints": [person], "bbox": [[5, 10, 48, 16]]}}}
    (tmp_path / "added" / "anno.json").write_text(json.dumps(table))
    args = arguments(
        model_type="LightweightOpenpose",
        model_backbone="Vggtiny",
        model_name="added",
        use_official_dataset=0,
        useradd_data_path=str(tmp_path / "added"),
        domainadapt_data_path=str(images),
    )
    trained = train_script(args)
    assert "1 images of added, 1 images of train.objectives" in trained.run.log.read_text()
    assert "domain_loss" in trained.losses


def test_the_script_that_pretrains_gives_weights_to_begin_with(tmp_path, capsys):
    """In 2021 the classes lay in a folder `imagenet` of the path."""
    for split in ("train", "val"):
        for number, name in enumerate(("ant", "bee")):
            folder = tmp_path / "data" / "imagenet" / split / name
            folder.mkdir(parents=True)
            for n in range(2):
                pixels = np.full((40, 40, 3), 100 * number + n, np.uint8)
                cv2.imwrite(str(folder / f"{n}.png"), pixels)
    for key, value in {"steps": 1, "batch_size": 2, "input_size": (32, 32)}.items():
        Config.set_option(f"pretrain.{key}", value)
    args = arguments(
        model_type="LightweightOpenpose",
        model_backbone="Vggtiny",
        model_name="tiny",
        dataset_path="data",
    )
    learnt = pretrain_script(args)
    assert "write Config.set_pretrain('save_dir/" in capsys.readouterr().err
    Config.set_pretrain(learnt.run.newest_model)
    begun = Model.get_model(Config.get_config())
    Config.set_pretrain(False)
    fresh = Model.get_model(Config.get_config())
    names = {name for name in named_weights(begun) if name.endswith("filters")}
    changed = {
        name
        for name in names
        if not np.array_equal(named_weights(begun)[name], named_weights(fresh)[name])
    }
    assert changed == {name for name in names if name.startswith("backbone/")}


def test_the_people_of_the_demo_are_where_infer_finds_them(tmp_path):
    """Fitted, padded and moved back, maps of drawn peaks lie where they were drawn."""
    Config.set_model_type("MobilenetThinOpenpose")
    Config.set_option("model.input_size", (160, 128))
    config = Config.get_config()
    points = {name: (40.0 + 9 * i, 50.0 + 7 * (i % 5)) for i, name in enumerate(COCO.keypoints)}
    processor = Model.get_imageprocessor()(input_h=128, input_w=160)
    padded, scale, pad = processor.image_pad_and_scale(np.zeros((200, 300, 3), np.float32))
    assert padded.shape == (128, 160, 3)
    moved = [
        [(x + 0.5) * scale - 0.5 + pad[2], (y + 0.5) * scale - 0.5 + pad[0]]
        for x, y in points.values()
    ]
    preprocess = Model.get_preprocess("MobilenetThinOpenpose", config)
    maps = preprocess([moved], 128, 160, 16, 20, "COCO")
    model = Model.get_model(config)
    decoder = Model.get_postprocessor(config)(parts=model.parts, limbs=model.limbs)
    [[human]] = decoder.process({"conf_map": maps[0][None], "paf_map": maps[1][None]})
    human.unpad(pad)
    human.unscale(scale)
    assert human.get_partnum() == 18
    assert human.body_parts[0].get_part_name() == "Nose"
    for part in human.body_parts.values():
        name = human.skeleton.keypoints[part.part_idx]
        if name in points:
            assert (part.x, part.y) == pytest.approx(points[name], abs=1.0), name


def test_weights_of_another_model_are_refused_and_change_nothing(tmp_path):
    Config.set_model_type("LightweightOpenpose")
    Config.set_model_backbone("Vggtiny")
    model = Model.get_model(Config.get_config())
    before = {name: v.numpy() for name, v in named_weights(model).items()}
    np.savez(tmp_path / "other.npz", some=np.zeros(3))
    with pytest.raises(CheckpointError, match="hyperpose import-weights"):
        model.load_weights(str(tmp_path / "other.npz"), format="npz_dict")
    with pytest.raises(ConfigError, match="npz_dict"):
        model.load_weights(str(tmp_path / "other.npz"), format="hdf5")
    for name, variable in named_weights(model).items():
        np.testing.assert_array_equal(variable, before[name])
    model.save_weights(tmp_path / "own.npz", format="npz_dict")
    model.all_weights[0].assign_add(tf.ones_like(model.all_weights[0]))
    model.load_weights(tmp_path / "own.npz", format="npz_dict")
    for name, variable in named_weights(model).items():
        np.testing.assert_array_equal(variable, before[name])


@pytest.mark.parametrize("layout", ["channels_first", "channels_last"])
def test_a_model_takes_images_of_either_layout(layout):
    Config.set_model_type("LightweightOpenpose")
    Config.set_model_backbone("Vggtiny")
    Config.set_data_format(layout)
    model = Model.get_model(Config.get_config())
    images = np.random.default_rng(0).random((1, 64, 64, 3), np.float32)
    model.eval()
    last = model.forward(images)
    first = model.forward(images.transpose(0, 3, 1, 2))
    for a, b in zip(last, first, strict=True):
        np.testing.assert_allclose(np.transpose(b, (0, 2, 3, 1)), a, atol=1e-6)
    assert (model.hin, model.win, model.hout, model.wout) == (64, 64, 8, 8)
    assert len(model.parts) == last[0].shape[-1]
    assert [part.name for part in model.parts][:3] == ["Nose", "Neck", "RShoulder"]
    assert max(max(limb) for limb in model.limbs) < len(model.colors) == 18
