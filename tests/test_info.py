"""`hyperpose info`: sizes and costs, of our components and of other people's."""

from __future__ import annotations

import json

import pytest
import tensorflow as tf

from hyperpose_core.cli import main
from hyperpose_core.layers import Conv2d, DepthwiseConv2d, PoseModel
from hyperpose_core.plugins import Switches
from hyperpose_core.registry import get_registry, make_registry
from hyperpose_weights.inspecting.costs import Pass
from hyperpose_weights.inspecting.info import pairs

THEIRS = """
    from hyperpose_core import BackboneSpec, ModelSpec, hookimpl
    from hyperpose_core.layers import Conv2d, Layer

    class Back(Layer):
        def __init__(self, stride=8, width=1.0):
            super().__init__()
            self.stride, self.out_channels = stride, 4
            self.conv = Conv2d(3, 4, kernel=1, stride=stride)

        def forward(self, x):
            return self.conv.forward(x)

    def broken(stride, width=1.0):
        raise ValueError("not today")

    @hookimpl
    def hyperpose_register_models():
        yield ModelSpec(name="InfoNet", target="hyperpose_openpose.openpose:Openpose",
                        family="openpose", default_backbone="InfoBack")

    @hookimpl
    def hyperpose_register_backbones():
        yield BackboneSpec(name="InfoBack", target=f"{__name__}:Back", strides=(8,))
        yield BackboneSpec(name="BrokenBack", target=f"{__name__}:broken", strides=(8,))
        yield BackboneSpec(name="CoarseBack", target=f"{__name__}:Back", strides=(32,))
"""


class Net(PoseModel):
    """Layers whose cost can be reckoned by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Conv2d(3, 8, kernel=3, stride=2)
        self.depthwise = DepthwiseConv2d(8)
        self.dilated = Conv2d(8, 8, kernel=3, dilation=2)
        self.dilated_depthwise = DepthwiseConv2d(8, dilation=2)
        self.inner = tf.function(self.last_layer)
        self.last = Conv2d(8, 5, kernel=1)

    def last_layer(self, x):
        return self.last.forward(x)

    def forward(self, x, is_train=False):
        x = self.depthwise.forward(self.first.forward(x))
        x = self.dilated_depthwise.forward(self.dilated.forward(x))
        return (self.inner(x),)


def test_multiply_adds_are_those_reckoned_by_hand():
    """Also of dilated convolutions, whose pieces are padded, and of traced functions inside."""
    cells = 15 * 11
    by_hand = cells * (27 * 8 + 9 * 8 + 72 * 8 + 9 * 8 + 8 * 5)
    forward = Pass(Net(), (30, 22))
    assert forward.multiply_adds == by_hand
    assert forward.outputs == [[1, 11, 15, 5]]
    assert [output.shape for output in forward()] == [(1, 11, 15, 5)]


def test_one_model_as_json(capsys):
    words = ["info", "lightweight_openpose", "--input-size", "64x48", "--json"]
    assert main([*words, "--set", "data.type=COCO"]) == 0
    [info] = json.loads(capsys.readouterr().out)
    assert info["model"] == "LightweightOpenpose"
    assert info["backbone"] == "DilatedMobilenet"
    assert info["parameters"] == 4_124_978
    assert info["megabytes"] == 15.7
    assert info["stride"] == 8
    assert info["outputs"] == [[1, 6, 8, 19], [1, 6, 8, 38]]
    assert info["seconds"] > 0
    # 9 billion at 368x368 (arXiv 1811.12004), and so many cells less.
    assert info["multiply_adds"] == pytest.approx(8.92e9 * 48 / 46**2, rel=0.02)


def test_other_peoples_models_and_backbones_are_in_the_table(install_plugin, capsys, monkeypatch):
    install_plugin("infotest", THEIRS)
    registry = make_registry()
    found = set(pairs(registry))
    assert {("InfoNet", "InfoBack"), ("InfoNet", "Resnet18"), ("Openpose", "InfoBack")} <= found
    assert ("InfoNet", "CoarseBack") not in found
    monkeypatch.setattr("hyperpose_weights.inspecting.command.get_registry", lambda: registry)
    words = ["info", "InfoNet", "--all", "--input-size", "16x16", "--set", "model.width=0.25"]
    shown = [("InfoNet", "InfoBack"), ("InfoNet", "BrokenBack")]
    monkeypatch.setattr("hyperpose_weights.inspecting.info.pairs", lambda *_: shown)
    assert main([*words, "--set", "model.stages=1"]) == 0
    head, row, broken = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["MODEL", "BACKBONE", "PARAMETERS"]
    assert row.split()[:2] == ["InfoNet", "InfoBack"]
    assert row.endswith("2x2x18, 2x2x38")
    assert "the backbone 'BrokenBack' of plugin 'infotest'" in broken
    assert "failed: ValueError: not today" in broken


def test_a_missing_default_backbone_hides_no_other_pair(install_plugin):
    """As where openpose is installed without hyperpose-backbones."""
    install_plugin(
        "infotest", THEIRS.replace('default_backbone="InfoBack"', 'default_backbone="No"')
    )
    found = set(pairs(make_registry()))
    assert {("InfoNet", "No"), ("InfoNet", "InfoBack"), ("Openpose", "Vgg19")} <= found


def test_without_any_model_it_says_what_to_install(capsys, monkeypatch):
    registry = make_registry(Switches(only=frozenset({"core"})))
    monkeypatch.setattr("hyperpose_weights.inspecting.command.get_registry", lambda: registry)
    assert main(["info"]) == 2
    assert 'pip install "hyperpose-core[all]"' in capsys.readouterr().err


def test_every_pair_has_the_models_stride():
    registry = get_registry()
    found = list(pairs(registry))
    assert len(found) == len(set(found)) >= 28
    for model, backbone in found:
        spec = registry.get("model", model)
        assert backbone is None or spec.stride in registry.get("backbone", backbone).strides


def test_an_unknown_model_is_one_sentence(capsys):
    assert main(["info", "Lightweight"]) == 2
    assert "did you mean 'LightweightOpenpose'" in capsys.readouterr().err


def test_a_pair_that_cannot_be_is_one_sentence(capsys):
    assert main(["info", "Poseproposal", "--all", "--backbone", "dilated_mobilenet"]) == 2
    got = capsys.readouterr()
    assert got.out == ""
    assert "backbone DilatedMobilenet" in got.err


def test_one_backbone_in_any_spelling(capsys):
    words = ["--input-size", "32x32", "--set", "model.width=0.1", "--json"]
    assert main(["info", "Poseproposal", "--all", "--backbone", "vggtiny", *words]) == 0
    assert [info["backbone"] for info in json.loads(capsys.readouterr().out)] == ["Vggtiny"]
