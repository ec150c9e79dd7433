"""Each check fails on a component that breaks just its promise, with what was expected and came."""

from __future__ import annotations

import inspect
from pathlib import Path

import cv2
import numpy as np
import pytest

from hyperpose_plugintools.kit import plugin_checks
from hyperpose_plugintools.kit.report import report

PARTS = ("broken_parts.py", "broken_commands.py", "broken_together.py")
ANSWERS = "it answers True or False for every image"
PEOPLE = "its people have keypoints and boxes that fit"
CONTRACT = "it has the methods and the skeleton of a dataset"
STATES = "it has the stride and channels that it states"
NAMED = "its weights have names and learn"

FILTERS = [
    ("filter_answers", ANSWERS, "True or False for an image with two people, received 2"),
    ("filter_nan", ANSWERS, "it raised ValueError: cannot convert float NaN"),
    ("filter_steady", "it answers the same each time", "one answer"),
    ("filter_changes", "it changes nothing in the image", "received another boxes"),
]
METRICS = [
    ("metric_numbers", "it returns numbers and what makes them comparable", "received {}"),
    ("metric_better", "better predictions score better", "a larger first number for the truth"),
    ("metric_empty", "images without anybody are no error", "ZeroDivisionError: nobody"),
    ("metric_changes", "it changes no predictions", "the predictions to stay"),
]
AUGMENTATIONS = [
    ("augmentation_shapes", "it keeps shapes and types", "mask must be float32 of shape"),
    ("augmentation_range", "it keeps its values in range", "colours from 0 to 1, received 0.2"),
    ("augmentation_seed", "it is a function of the seed", "the same for the same seed"),
    ("augmentation_traced", "it can be traced", "the same traced as called"),
    ("augmentation_moves", "its keypoints move as the picture does", "within 1.5 pixels"),
    ("augmentation_points", "its keypoints move as the picture does", "within 1.5 pixels"),
]
DATASETS = [
    ("DatasetSkeleton", CONTRACT, "the skeleton 'dots', as the spec says, received 'others'"),
    ("DatasetNoEvaluate", CONTRACT, "received none called to_results"),
    ("DatasetEmpty", "it has images", "images for training, received none"),
    ("DatasetIds", "its ids are unique", "received twice: ['one']"),
    ("DatasetBoxes", PEOPLE, "a box a person in the image 0 of training, received 0 for 1"),
    ("DatasetVisibility", PEOPLE, "a visibility of 0, 1 or 2"),
    ("DatasetDouble", PEOPLE, "keypoints in float32 in the image 0 of training, received float64"),
    ("DatasetFiles", "its images are there", "the file of the image 0 of training"),
    ("DatasetSizes", "its images are there", "the size (32, 24) of the image 0"),
    ("DatasetTwice", "it can be iterated twice", "the same training images"),
    ("DatasetTruth", "the truth scores best", "0.5 for the truth, 0.5 for points beside it"),
    ("DatasetResults", "its results are plain data", "ndarray is not JSON serializable"),
]
BACKBONES = [
    ("BackboneChannels", STATES, "[2, 2, 3, 7] at stride 8 and width 1, received [2, 2, 3, 6]"),
    ("BackboneStride", STATES, "received [2, 1, 2, 6]"),
    ("BackboneRefuses", "it refuses strides that it does not have", "an InputError for stride 2"),
    ("BackboneUntrained", NAMED, "a gradient of each weight"),
    ("BackboneHidden", NAMED, "an attribute that holds each variable"),
    ("BackboneUnlisted", NAMED, "every variable in all_weights"),
    ("BackboneBatch", "its features do not depend on the batch", "the same in any batch"),
]
MODELS = [
    ("ModelList", "its maps are those of its family", "a tuple of maps at 64x64"),
    ("ModelChannels", "its maps are those of its family", "gt_conf [2, 8, 8, 18]"),
    ("ModelLoss", "its loss is a finite scalar", "a scalar loss"),
    ("ModelNan", "its loss is a finite scalar", "a finite loss, received nan"),
    ("ModelUnlisted", "its weights have names", "every variable in all_weights of the model"),
    (
        "ModelDead",
        "its weights learn",
        "a gradient of each trained weight, received none of unused",
    ),
    ("ModelUphill", "a step lowers its loss", "a loss below"),
    ("ModelSaved", "saved and loaded it is the same", "the same maps from the saved weights"),
    ("ModelFloats", "it can be traced in bfloat16", "it raised"),
    ("ModelBatch", "its maps do not depend on the batch", "an image's maps to be the same"),
    (
        *("ModelMask", "it learns nothing where nobody is annotated and the mask is 0"),
        "a gradient of exactly 0 in the maps of gt_conf",
    ),
]
FAMILIES = [
    ("EncoderNobody", "nobody in the image is no error", "mask [320, 640, 2] of nobody"),
    ("EncoderNan", "absent keypoints may be NaN", "a finite heat where absent keypoints are NaN"),
    ("EncoderLabels", "unlabelled keypoints are told apart", "it raised TypeError"),
    ("EncoderNames", "its targets have names that are free", "one called ['image']"),
    ("EncoderTraced", "it can be traced", "the same heat traced as called"),
    ("DecoderPlaces", "who is encoded comes back", "received one 2."),
    ("DecoderNobody", "nobody comes back as nobody", "received 1 people"),
    ("DecoderTwice", "mirrored twice is the same", "after mirroring twice"),
    ("DecoderMirror", "mirrored maps give the same people", "each keypoint within 1 pixel"),
    ("DecoderScales", "maps of two scales give the same people", "2 people, received 0"),
    ("DecoderFinite", "its people are finite", "finite keypoints and scores from noise"),
    ("picture_float", "its pictures are uint8", "uint8 [h, w, 3], received float64"),
    ("picture_spoils", "its pictures are uint8", "the image to stay as it is"),
    ("picture_panels", "its panels are of the image's size", "'nose' to be uint8"),
]
UNLABELLED = [
    (
        *("ModelUnlabelled", "it learns nothing of unlabelled keypoints"),
        "a gradient of exactly 0 in the channels of heat that nose is in",
    ),
]
COMMANDS = [
    ("command_light", "its --help is light", "received an import of tensorflow"),
    ("command_help", "its --help says what it does", "a docstring"),
    ("command_refuses", "it refuses what it does not know", "the exit code 2"),
]
SKELETONS = [
    ("SKELETON_NAME", "it is a skeleton of its name", "as the spec says, received 'another'"),
    ("SKELETON_LIMBS", "it can be mirrored", "received none for top - left_dot"),
]
CONVERTERS = [
    ("converter_shape", "it converts any number of people", "[0, 4, 3] of 0 people"),
    ("converter_absent", "what is absent stays absent", "no keypoint of somebody without any"),
    ("converter_back", "what it converts comes back", "received one 3.0 pixels off"),
]
OPTIMIZERS = [
    ("OptimizerSlots", "its slots have names", "the same slots each time"),
    ("OptimizerUphill", "it lowers a loss", "after 60 steps"),
    ("OptimizerForgets", "it resumes exactly", "the same weights when resumed"),
    ("OptimizerFactors", "it obeys the factors of the rates", "with the factor 0 to stay"),
]
SCHEDULES = [
    ("schedule_factor", "it gives a factor at every step", "at step 300 of 100"),
    ("schedule_steady", "it gives the same factor each time", "at step 0"),
]
FORMATS = [
    ("write_fewer", "it reads what it writes", "the image image2.png, or a word"),
    ("write_moved", "it reads what it writes", "within 0.6 pixels, received 2.0 off"),
    ("write_silent", "it says what it loses", "a sequence of texts"),
    ("read_loud", "it refuses what is no file of its own", "FileNotFoundError"),
]
STRATEGIES = [
    ("StrategyPlaces", "its workers know each other", "received [(0, 2), (0, 2)]"),
    ("StrategyBegins", "its workers begin alike", "worker 0: [1, 2, 5], received [2.0, 2.0, 5]"),
    ("StrategyMeans", "its means are those of all workers", "the mean [0.0, 0.0]"),
    ("StrategyGathers", "it gathers what every worker gives", "['x'], received []"),
    ("StrategyLearns", "two workers learn what one would", "expected the weights"),
]
ENGINES = [
    ("EnginePlaces", "its workers know their places", "expected a name"),
    ("EngineMean", "its mean is the same on all", "the same bits on both"),
    ("EnginePair", "its mean of two is theirs", "the mean of two [0.6, 10.0, -1.75]"),
    ("EngineBroadcast", "it broadcasts what worker 0 has", "received [8, 1]"),
    ("EngineGather", "it gathers by rank", "received [[1, 5], [0, 5]]"),
]
OBJECTIVES = [
    ("ObjectiveVector", "its losses are finite scalars", "a finite scalar calm when 0% is done"),
    ("ObjectiveTraced", "it can be traced", "traced too"),
    ("ObjectiveStill", "its variables learn", "received none of still"),
    ("ObjectiveImages", "its images count as they should", "0 everywhere for the image 'more'"),
]
IMPORTERS = [
    ("IMPORTER_CLASS", "it is an object with the methods of an importer", "received the class"),
    (
        "IMPORTER_LOUD",
        "it knows what is its own",
        "for empty.npz, which it recognizes, received OS",
    ),
    ("IMPORTER_RUNS", "it runs nothing of a file", "nothing of params.npz to be run"),
]
TOGETHER = {
    *("StrategyPlaces", "IMPORTER_CLASS"),
    *("converter_shape", "OptimizerSlots", "write_silent"),
    *("filter_nan", "augmentation_shapes", "augmentation_seed", "BackboneStride"),
    *("DatasetNoEvaluate", "ModelLoss", "ModelNan", "DecoderPlaces"),
}
"""What breaks several promises at once."""
KINDS = {
    "filter": ("filters", "FilterSpec", "", FILTERS),
    "metric": ("metrics", "MetricSpec", "", METRICS),
    "augmentation": ("augmentations", "AugmentationSpec", "", AUGMENTATIONS),
    "dataset": ("datasets", "DatasetSpec", 'skeleton="dots"', DATASETS),
    "backbone": ("backbones", "BackboneSpec", "strides=(8,)", BACKBONES),
    "model": ("models", "ModelSpec", 'family="openpose", stride=8', [*MODELS, *UNLABELLED]),
    "skeleton": ("skeletons", "SkeletonSpec", "", SKELETONS),
    "keypoint_converter": (
        *("keypoint_converters", "ConverterSpec"),
        *('source="three"', CONVERTERS),
    ),
    "optimizer": ("optimizers", "OptimizerSpec", "", OPTIMIZERS),
    "schedule": ("schedules", "ScheduleSpec", "", SCHEDULES),
    "annotation_format": ("annotation_formats", "AnnotationFormatSpec", "", FORMATS),
    "train_strategy": ("train_strategies", "StrategySpec", "", STRATEGIES),
    "collective_engine": ("collective_engines", "EngineSpec", "", ENGINES),
    "train_objective": ("train_objectives", "ObjectiveSpec", "", OBJECTIVES),
    "weight_importer": ("weight_importers", "WeightImporterSpec", "", IMPORTERS),
    "command": ("commands", "CommandSpec", "", COMMANDS),
    "preprocessor": ("preprocessors", "PreprocessorSpec", 'family="heat"', FAMILIES[:5]),
    "postprocessor": ("postprocessors", "PostprocessorSpec", 'family="heat"', FAMILIES[5:11]),
    "visualizer": ("visualizers", "VisualizerSpec", 'family="heat"', FAMILIES[11:]),
}


TO = {"converter_shape": "four", "converter_absent": "fifth", "converter_back": "sixth"}
SLOW = ("train_strategy", "collective_engine")
"""Each component is two processes that import TensorFlow."""
GOOD = {"preprocessor": "Encoder", "postprocessor": "Decoder", "visualizer": "picture"}
SHARED = "\n".join(
    f'    yield specs.SkeletonSpec(name="{name.lower()}", target="broken_parts:{name}")'
    for name in ("THREE", "FOUR", "FIFTH", "SIXTH")
)


def _words(called: str, name: str, more: str) -> str:
    """Return what a spec is made with."""
    if name.startswith(("write", "read")):
        reads = name.startswith("read")
        parts = {"reader": name if reads else "read", "writer": "write" if reads else name}
        words = ", ".join(f'{part}="broken_parts:{target}"' for part, target in parts.items())
        return f'name="{name}", endings=(".json",), skeleton="three", {words}'
    light = name in ("command_help", "command_refuses")
    own = 'family="heat", stride=1' if name == "ModelUnlabelled" else more
    own += f', to="{TO[name]}"' if name in TO else ""
    module = "broken_commands" if light else "broken_parts"
    if name.startswith(("Strategy", "Engine")):
        module = "broken_together"
    return f'name="{called}", target="{module}:{name}", {own}'


def code() -> str:
    """Return a plugin of all that is broken, and of what serves the family well."""
    lines = ["from hyperpose_core import hookimpl, specs"]
    for kind, (hook, spec, more, parts) in KINDS.items():
        names = [name for name, *_ in parts]
        good = [GOOD[kind]] if kind in GOOD else []
        lines += [f"@hookimpl\ndef hyperpose_register_{hook}():"]
        lines += [SHARED] if kind == "skeleton" else []
        for name in [*good, *names]:
            called = "heat" if name in good else name
            lines += [f"    yield specs.{spec}({_words(called, name, more)})"]
    return "\n".join(lines)


@pytest.fixture
def broken(install_plugin, tmp_path):
    site = install_plugin("broken", code(), distribution="theirs-broken")
    for name in PARTS:
        (site / name).write_text((Path(__file__).parent / name).read_text())
    cv2.imwrite(str(tmp_path / "image.png"), np.zeros((24, 32, 3), np.uint8))
    return [f"data.path={tmp_path}"]


@pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=[pytest.mark.slow] if k in SLOW else []) for k in KINDS]
)
def test_a_broken_promise_and_no_other_is_named(kind, broken):
    checks = plugin_checks("broken", broken)
    for name, promise, says in KINDS[kind][3]:
        own = [c for c in checks if c.subject.spec is not None and c.subject.spec.name == name]
        rows = {str(row["check"]).partition(": ")[2]: row for row in report(own)}
        # what does not even run breaks more than one
        named = {text: row["said"] for text, row in rows.items() if row["outcome"] == "broken"}
        assert promise in named, (name, rows)
        assert says in named[promise], named[promise]
        assert f"{kind} '{name}' of plugin 'broken' (theirs-broken 1.0) breaks" in named[promise]
        assert len(named) == 1 or name in TOGETHER, (name, named)


def test_every_promise_has_a_component_that_breaks_it(broken):
    promises = {(c.subject.kind, c.promise) for c in plugin_checks("broken", broken)}
    tested = {(kind, promise) for kind, row in KINDS.items() for _, promise, _ in row[3]}
    tested |= {("plugin", promise) for _, promise, _ in PLUGINS}
    assert promises == tested


PLUGINS = [
    ("import nothing_of_that_name", "it can be used", "the status ok, received failed"),
    ("print('hello')", "its import is silent", "nothing on standard output, received hello"),
    ("import cv2", "its import is light", "received an import of cv2"),
    ("import time; time.sleep(1.1)", "its import is quick", "1 seconds or less"),
    (
        "from hyperpose_core import FilterSpec, hookimpl\n@hookimpl\n"
        'def hyperpose_register_filters():\n    yield FilterSpec(name="x", target="json:dumps.f")',
        "its targets can be imported",
        "the filter 'x' in json:dumps.f",
    ),
]


@pytest.mark.parametrize(("text", "promise", "says"), PLUGINS)
def test_a_plugin_that_is_slow_heavy_or_loud_is_named(text, promise, says, install_plugin):
    install_plugin("theirs", inspect.cleandoc(text), distribution="theirs")
    checks = [check for check in plugin_checks("theirs") if check.subject.spec is None]
    rows = {check.promise: next(report([check])) for check in checks}
    assert rows[promise]["outcome"] == "broken"
    assert says in str(rows[promise]["said"])
    others = {text for text, row in rows.items() if row["outcome"] == "broken"} - {promise}
    assert not others or promise == "it can be used"
