"""Our own plugins keep the promises of their kinds: the kit that everybody has, and no other."""

from __future__ import annotations

import pytest
from tiny_runs import ROOT, settings

from hyperpose_core.plugins import discover
from hyperpose_plugintools.kit.report import report, selected

SLOW = ("backbones", "kungfu", "openpose", "parallel", "pifpaf")
UNCHECKED = {
    "datatools": {"without-images", "MULTIPLE"},  # need names of images, and datasets
    "kungfu": {"kungfu"},  # which is not on PyPI
    "coco": {"COCO", "coco-custom", "USERDEF"},  # their files are checked below
    "mpii": {"MPII"},
    "poseproposal": {"poseproposal"},  # it has no `mirror`
    "pretrain": {"BackboneClassifier", "ImageFolder", "classification"},  # classes, no keypoints
}
"""By plugin the components of which something cannot be checked."""
ADAPTING = [f"train.objectives=[\"domain-adaptation(images='{ROOT}/docs/schedules.png')\"]"]
NAMES = sorted(record.name for record in discover() if record.distribution.startswith("hyperpose-"))


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in NAMES]
)
def test_it_keeps_its_promises(name, tmp_path):
    sets = {"synthetic": settings(tmp_path / "pictures"), "domainadapt": ADAPTING}.get(name, ())
    rows = list(report(selected(name, sets, None)))
    assert rows
    assert not [row["said"] for row in rows if row["outcome"] == "broken"]
    unchecked = {
        row["check"].split(":")[0].split()[1] for row in rows if row["outcome"] == "unchecked"
    }
    assert unchecked == UNCHECKED.get(name, set())


@pytest.mark.parametrize(("name", "component"), [("coco", "COCO"), ("mpii", "MPII")])
def test_the_real_dataset_keeps_its_promises(name, component, shared_data):
    rows = list(report(selected(name, [f"data.path={shared_data / name}"], component)))
    assert not [row["said"] for row in rows if row["outcome"] != "kept"]
