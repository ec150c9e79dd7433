"""Every promise that a stranger's plugin can break is one sentence that names plugin and fault."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from frail_plugin import PLUGIN, TARGETS
from tiny_runs import sets

from hyperpose_core.cli import main
from hyperpose_core.registry import get_registry

SETTINGS = (
    *("model.input_size=64x64", "train.batch_size=2", "log.interval=1", "log.save_dir=runs"),
    *("data.augment=false", "train.eval_interval=1", "data.path=."),
)
TRAIN = ("--model", "Frail", "--dataset", "Frails", "--name", "run", "--steps", "2", "--quiet")


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the command line with the plugins that are installed by then."""
    monkeypatch.chdir(tmp_path)
    for number in range(4):
        picture = np.full((64, 64, 3), 40 * number, np.uint8)
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture)

    def run(*words, code=0):
        get_registry.cache_clear()
        capsys.readouterr()
        found = main([*words])
        printed = capsys.readouterr()
        assert found == code, printed.err
        return printed

    yield run
    get_registry.cache_clear()


@pytest.fixture
def frail(install_plugin, run):
    """Install the plugin with something in it replaced; train with it and return what is said."""

    def frail(old="", new="", *words, code=0):
        assert old in TARGETS
        site = install_plugin("frail", PLUGIN)
        (site / "frail.py").write_text(TARGETS.replace(old, new, 1))
        return run("train", *TRAIN, *sets(list(SETTINGS)), *words, code=code).err

    return frail


def test_the_whole_plugin_trains(frail, tmp_path):
    said = frail("", "", *sets(["train.objectives=calm"]))
    assert "Warning" not in said, said
    assert list((tmp_path / "runs/run").rglob("*maps*.png")) or list(
        (tmp_path / "runs/run").rglob("step_*.png")
    )


MODEL = "the model 'Frail' of plugin 'frail' (hyperpose-frail 1.0) failed in "
BACKBONE = "the backbone 'FrailBack' of plugin 'frail' (hyperpose-frail 1.0) failed"
ENCODER = "the preprocessor 'frail' of plugin 'frail' (hyperpose-frail 1.0) failed"
DECODER = "the postprocessor 'frail' of plugin 'frail' (hyperpose-frail 1.0) failed"
DATASET = "the dataset 'Frails' of plugin 'frail' (hyperpose-frail 1.0) failed"

BROKEN = [
    # forward and loss
    ("len(skeleton), kernel=1", "3, kernel=1", MODEL + "forward: it promises heat [N, 8, 8, 2], a"),
    ("return (heat,)", "return (heat[:, ::2, ::2],)", "and gave [N, 4, 4, 2]"),
    ("return (heat,)", "return ()", MODEL + "forward: it promises 1 maps (heat), and gave 0"),
    ("return (heat,)", "return heat", MODEL + "forward: it promises a tuple of maps, and gave Sym"),
    ("return (heat,)", "return (heat + tf.ones([3]),)", MODEL + "forward: ValueError: Dimensions"),
    ("def cal_loss", "def cal_los", "has no 'cal_loss', which the preprocessor 'frail' of plugin"),
    ("predicted, heat, mask)", "predicted, heat)", MODEL + "cal_loss: TypeError: "),
    (
        "return tf.reduce_mean(mask * tf.square(predicted - heat))",
        "return None",
        MODEL + "cal_loss: it promises a loss, and gave None",
    ),
    ("tf.reduce_mean(mask", "(mask", MODEL + "cal_loss: it promises a scalar for 'loss', and gav"),
    ('{"loss": model', '{"los": model', " losses: it promises scalars by name, one called 'loss'"),
    # weights
    (
        "return self.conv.forward(x)",
        "return self.conv.forward(x) + LOST[0]",
        MODEL + "forward: it promises weights that attributes of the model hold, and gave lost:0 ",
    ),
    # backbone
    ("out_channels, stride = 4, 8", "out_channels, stride = 5, 8", BACKBONE + " in forward: it pr"),
    (
        "out_channels, stride = 4, 8",
        "out_channels, stride = 4, 4",
        "for stride 4 and out_channels",
    ),
    ("out_channels, stride = 4, 8", "stride = 8", "has no 'out_channels', which the model"),
    ("return Back()", "return None", BACKBONE + " in its call: it promises an object, and gave"),
    ("return Back()", "raise KeyError('layer9')", BACKBONE + ": KeyError: 'layer9'"),
    # targets
    ("heat = tf.zeros([*", "heat = 1 / 0 + tf.zeros([*", ENCODER + " in encode: ZeroDivision"),
    (
        "heat = tf.zeros([*self.shape",
        "heat = tf.zeros([8, 8 + tf.cast(keypoints[0, 0, 0], tf.int32)",
        "it promises targets of one shape, as heat [8, ",
    ),
    ('return {"heat": heat, "mask"', 'return {"image": heat, "mask"', "one called 'image'"),
    ('return {"heat": heat, "mask"', 'return {"counter": heat, "mask"', "one called 'counter'"),
    ('return {"heat": heat, "mask"', 'return {"label": heat, "mask"', "one called 'label'"),
    (
        'return {"heat": heat',
        'return [heat] or {"heat": heat',
        ENCODER + " in encode: it prom",
    ),
    # constructors
    ("self.count = len(skeleton)", "len(1)", ENCODER + ": TypeError: object of type 'int' has"),
    ("self.skeleton = skeleton", "1 / 0", DECODER + ": ZeroDivisionError: division by zero"),
    ("self.folder = Path(config.path)", "1 / 0", DATASET + ": ZeroDivisionError"),
    ("class Dots:", "Dots = lambda config: None\nclass Other:", DATASET + " in its call: it promi"),
    # people and pictures
    ("np.ones((len(self.skeleton), 3)", "np.inf * np.ones((len(self.skeleton), 3)", DECODER),
    # datasets
    (
        "return self.samples(2)",
        "return [self.sample(0)] * 2",
        DATASET + " in eval_samples: it promises a unique image_id, and gave 'image-0' twice",
    ),
    ("return self.samples(4)", "return [None]", DATASET + " in train_samples: AttributeError: 'No"),
    ("return self.samples(4)", "1 / 0", DATASET + " in train_samples: ZeroDivisionError"),
    ('f"image-{number}"', '"one"', DATASET + " in train_samples: it promises a unique image_id, a"),
    ("np.ones((2, 4)", "np.ones((1, 4)", "and gave keypoints [2, 2, 3] and boxes [1, 4] of 'image"),
]


@pytest.mark.parametrize(("old", "new", "said"), BROKEN)
def test_a_broken_promise_is_one_sentence_before_the_first_step(frail, tmp_path, old, new, said):
    found = frail(old, new, code=2)
    assert said in found
    assert "'frail' (hyperpose-frail 1.0)" in found
    errors = [line for line in found.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert len(errors[0]) < 400
    assert found.splitlines()[-1] == errors[0]
    assert not list((tmp_path / "runs").rglob("checkpoint*"))
