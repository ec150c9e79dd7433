"""The tutorial's own pipeline: preprocess, postprocess and visualize of an installed family."""

from __future__ import annotations

import numpy as np
import pytest

from hyperpose import Config, Model
from hyperpose_coco.skeleton import COCO

FACE = {"nose": (0, 0), "left_eye": (4, -4), "right_eye": (-4, -4)}
SIDES = {
    "ear": (8, -2),
    "shoulder": (16, 20),
    "elbow": (24, 44),
    "wrist": (26, 68),
    "hip": (12, 72),
    "knee": (14, 104),
    "ankle": (14, 136),
}


def person(x: float, y: float) -> list[list[float]]:
    """A person who stands with the nose at (x, y), in COCO's keypoints."""
    offsets = dict(FACE)
    for name, (dx, dy) in SIDES.items():
        offsets |= {f"left_{name}": (dx, dy), f"right_{name}": (-dx, dy)}
    return [[x + offsets[name][0], y + offsets[name][1]] for name in COCO.keypoints]


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_people_come_back_through_the_functions_of_2021(tmp_path, data_format):
    people = [person(60, 40), person(150, 60)]
    preprocess = Model.get_preprocess(Config.MODEL.MobilenetThinOpenpose)
    conf_map, paf_map = preprocess(
        people, 240, 320, 30, 40, Config.DATA.COCO, data_format=data_format
    )
    assert conf_map.shape == ((19, 30, 40) if data_format == "channels_first" else (30, 40, 19))
    postprocess = Model.get_postprocess(Config.MODEL.MobilenetThinOpenpose)
    humans = postprocess(conf_map, paf_map, Config.DATA.COCO, data_format=data_format)
    assert len(humans) == 2
    found = sorted((human.keypoints for human in humans), key=lambda points: points[0, 0])
    for points, expected in zip(found, people, strict=True):
        for name, truth in zip(COCO.keypoints, expected, strict=True):
            at = points[humans[0].skeleton.index(name)]
            assert np.hypot(*(at[:2] - truth)) < 1, name
    image = np.zeros((240, 320, 3), np.uint8)
    for human in humans:
        human.draw(image)
    assert image.any()
    visualize = Model.get_visualize(Config.MODEL.MobilenetThinOpenpose)
    assert visualize(image, conf_map, paf_map, save_name="maps", save_dir=tmp_path).is_file()


@pytest.mark.parametrize("model", ["LightweightOpenpose", "Poseproposal"])
def test_parts_and_options_of_ones_own_count_where_they_are_given(tmp_path, model):
    """Targets have as many channels as the model that is built from the same configuration."""
    Config.reset()
    Config.set_model_type(model)
    Config.set_model_parts(["Nose", "Instance", "LHip", "RHip"])
    Config.set_model_limbs([("Instance", "Nose"), ("Nose", "LHip"), ("Nose", "RHip")])
    Config.set_option("model.options", {"min_parts": 4})
    Config.set_option("model.width", 0.25)
    Config.set_option("model.input_size", (256, 256))
    config = Config.get_config()
    Config.reset()
    net = Model.get_model(config)
    outputs = net.infer(np.zeros((1, 256, 256, 3), np.float32))
    cells = int(outputs[0].shape[1])
    targets = Model.get_preprocess(model, config)(
        [person(128, 50)], 256, 256, cells, cells, "COCO", data_format="channels_last"
    )
    # Of the edges' two targets, which are the last, the second is their mask.
    shapes = [target.shape for target in targets]
    assert {tuple(output.shape[1:]) for output in outputs} == set(shapes)
    maps = targets if model != "Poseproposal" else (targets[0], *targets[:-1])
    found = Model.get_postprocess(model, config)(*maps, "COCO", data_format="channels_last")
    assert len(found) == (1 if model == "Poseproposal" else 0)  # it has no instance, so three parts
    Model.get_visualize(model, config)(np.zeros((256, 256, 3), np.uint8), *maps, save_dir=tmp_path)
