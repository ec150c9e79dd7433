"""Domain adaptation: gradients that turn round, images of which no pose counts, whole runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose import Config
from hyperpose_coco.skeleton import COCO
from hyperpose_core.build import get_dataset, get_model
from hyperpose_core.build.strategy import SingleTrain
from hyperpose_core.build.weights import load_weights, named_weights
from hyperpose_core.cli import main
from hyperpose_core.config import resolve_config
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_core.families import Family
from hyperpose_core.inference import load_predictor
from hyperpose_core.registry import get_registry
from hyperpose_core.runs import Run
from hyperpose_domainadapt.discriminator import Discriminator
from hyperpose_domainadapt.images import find
from hyperpose_domainadapt.objective import DomainAdaptation
from hyperpose_domainadapt.reversal import grown, reverse_gradient
from hyperpose_training.feeding.batches import TrainBatches
from hyperpose_training.feeding.source import Source
from hyperpose_training.keeping.checkpoint import checkpoints
from hyperpose_training.steps.objectives import Objectives
from hyperpose_training.steps.step import TrainStep

SYNTHETIC = {"train_images": 6, "val_images": 2, "width": 96, "height": 96, "max_people": 2}
TINY = {
    "model.input_size": (64, 64),
    "model.width": 0.125,
    "model.stages": 1,
    "train.batch_size": 4,
    "train.warmup_steps": 0,
    "log.interval": 1,
    "log.quiet": True,
    "log.tensorboard": False,
    "data.options": SYNTHETIC,
    "model.type": "Openpose",
    "model.backbone": "Vggtiny",
}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of another domain: all green."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for i in range(6):
        picture = random.integers(0, 40, (80, 72, 3), np.uint8)
        picture[..., 1] += 200
        cv2.imwrite(str(folder / f"{i}.png"), picture)
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


def configured(pictures: Path, photos: Path, adapt: dict | None = None, **more):
    call = {"name": "domain-adaptation", "images": str(photos), "channels": 8, **(adapt or {})}
    options = {"train.objectives": [call], "data.path": str(pictures), **TINY, **more}
    return resolve_config(options=options)


def built(config, only: int | None = None):
    """Return model, train step and batches; only those of an image label where one is given."""
    registry = get_registry()
    model = get_model(config)
    family = Family.of(config, registry)
    config.model.skeleton = family.skeleton
    objectives = Objectives.of(model, config, registry)
    from hyperpose_training.feeding.training_data import training_data

    data = training_data(get_dataset(config), config.data, family.skeleton, registry)
    data = objectives.with_samples(data, family.skeleton)
    samples = [s for s in data.samples if only is None or s.label == only]
    step = TrainStep(model, family.preprocessor, SingleTrain(config.train), config, objectives)
    batches = TrainBatches(
        Source(samples), family.preprocessor, family.skeleton, config, steps=config.train.steps
    )
    return model, step, batches


@given(st.floats(0, 3, width=32), st.floats(-2, 2, width=32))
@settings(max_examples=30, deadline=None)
def test_the_gradient_comes_back_reversed_times_the_strength(strength, at):
    x = tf.constant([at, 1.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        plain = tf.reduce_sum(tf.sin(3 * x))
        turned = tf.reduce_sum(tf.sin(3 * reverse_gradient(x, tf.constant(strength))))
    np.testing.assert_array_equal(plain, turned)
    expected = -np.float32(strength) * tape.gradient(plain, x).numpy()
    np.testing.assert_allclose(tape.gradient(turned, x), expected, rtol=1e-6)


def test_the_strength_grows_from_nothing_to_all():
    found = [float(grown(tf.constant(p))) for p in (0.0, 0.25, 0.5, 1.0)]
    np.testing.assert_allclose(found, [0.0, 0.848284, 0.986614, 0.999909], atol=1e-5)


def test_the_backbone_gets_the_discriminators_gradient_reversed(photos):
    """Of the objective's own loss, through a backbone and a traced function."""

    class Net:
        backbone = Discriminator(3, 8)

    Net.backbone.out_channels = 3
    adapt = DomainAdaptation(Net(), None, images=str(photos), strength=0.5, channels=8)
    weight = tf.Variable(tf.random.stateless_normal((3, 3), (1, 2)))
    images = tf.random.stateless_uniform((4, 8, 8, 3), (3, 4))
    targets = {"label": tf.constant([1, -1, 1, -1])}

    @tf.function
    def gradients(progress):
        with tf.GradientTape(persistent=True) as tape:
            loss = adapt.losses(tf.tensordot(images, weight, 1), targets, progress)["loss"]
            logits = adapt.discriminator.forward(tf.tensordot(images, weight, 1))
            domain = tf.constant([1.0, 0.0, 1.0, 0.0])
            plain = tf.nn.sigmoid_cross_entropy_with_logits(labels=domain, logits=logits)
            plain = tf.reduce_mean(plain)
        own = list(adapt.variables.values())
        return [tape.gradient(of, [weight, *own]) for of in (loss, plain)]

    for progress in (0.0, 0.3, 1.0):
        (turned, *discriminator), (plain, *same) = gradients(tf.constant(progress))
        expected = -0.5 * float(grown(tf.constant(progress))) * plain.numpy()
        np.testing.assert_allclose(turned, expected, atol=1e-7)
        for one, other in zip(discriminator, same, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-7)


@pytest.mark.parametrize("model", ["Openpose", "Poseproposal"])
def test_unlabelled_images_give_no_pose_gradient_at_all(pictures, photos, model):
    """Also where augmentation shows what is outside them."""
    size = {"model.type": model, "model.backbone": "Vggtiny"}
    config = configured(pictures, photos, {"weight": 0.0}, **size)
    _, step, batches = built(config, only=1)
    batch = next(batches)
    assert batch.targets["label"].numpy().tolist() == [1, 1, 1, 1]
    losses, gradients = tf.function(step.gradients)(batch.images, batch.targets)
    assert float(losses["loss"]) == 0.0
    for name, gradient in zip(step.groups.trained, gradients, strict=True):
        assert not np.any(gradient.numpy()), name


@pytest.mark.slow
def test_the_discriminator_alone_learns_to_tell_the_domains(pictures, photos):
    adapt = {"strength": 0.0, "channels": 16}
    more = {"train.freeze": ["backbone*"], "train.steps": 60, "data.augment": False}
    config = configured(pictures, photos, adapt, **more, **{"train.batch_size": 8})
    model, step, batches = built(config)
    before = {n: v.numpy() for n, v in named_weights(model).items() if n.startswith("backbone")}
    found = []
    for number in range(60):
        batch = next(batches)
        losses = step(batch.images, batch.targets, 0.01, number)
        found.append((float(losses["domain_loss"]), float(losses["domain_accuracy"])))
    assert found[0][0] == pytest.approx(np.log(2), abs=0.1)
    assert np.mean([accuracy for _, accuracy in found[-10:]]) > 0.95
    for name, array in before.items():
        np.testing.assert_array_equal(named_weights(model)[name], array)


@pytest.mark.slow
def test_it_goes_with_accumulated_batches_in_16_bits(pictures, photos):
    more = {"train.accumulate": 2, "train.precision": "float16", "train.steps": 4}
    _, step, batches = built(configured(pictures, photos, **more))
    batch = next(batches)
    losses = {n: float(v) for n, v in step(batch.images, batch.targets, 0.001, 2).items()}
    assert losses["finite"] == 1.0
    assert losses["domain_strength"] == pytest.approx(float(grown(tf.constant(0.5))))
    assert losses["domain_loss"] == pytest.approx(np.log(2), abs=0.1)
    assert losses["loss"] > losses["domain_loss"]


def test_a_dataset_alone_has_no_labels(pictures, photos):
    config = configured(pictures, photos, **{"train.objectives": []})
    _, step, batches = built(config)
    assert "label" not in next(batches).targets
    assert not [name for name in step.variables if "objective" in name]


@pytest.fixture(scope="module")
def trained(pictures, photos, tmp_path_factory) -> Run:
    """Six steps without a stop."""
    folder = tmp_path_factory.mktemp("whole")
    table = ", ".join(f"{key} = {value}" for key, value in SYNTHETIC.items())
    call = f"domain-adaptation(images='{photos}/*.png', channels=8, scale_rate=2)"
    texts = [
        f'train.objectives=["{call}"]',
        "model.input_size=64x64",
        "model.width=0.125",
        "model.stages=1",
        "train.batch_size=4",
        "train.save_interval=3",
        "train.ema_decay=0.9",
        "log.tensorboard=false",
        "log.interval=1",
        f"data.path={pictures}",
        f"data.options={{{table}}}",
    ]
    place = ["--save-dir", str(folder), "--name", "adapted", "--quiet"]
    words = [word for text in texts for word in ("--set", text)]
    words += ["--model", "Openpose", "--backbone", "Vggtiny", "--dataset", "Synthetic"]
    assert main(["train", *place, *words, "--steps", "6"]) == 0
    return Run(folder / "adapted")


def test_a_run_logs_the_domains_and_leaves_a_model_without_the_discriminator(trained, capsys):
    lines = [json.loads(line) for line in trained.metrics.read_text().splitlines()]
    last = [line for line in lines if "domain_loss" in line][-1]
    assert {"domain_loss", "domain_accuracy", "domain_strength"} <= last.keys()
    assert last["domain_strength"] == pytest.approx(2 / (1 + np.exp(-10 * 5 / 6)) - 1, abs=1e-5)
    assert "12 images of train.objectives" in trained.log.read_text()
    assert not [name for name in load_weights(trained.newest_model) if "objective" in name]
    held = [name for name in load_weights(checkpoints(trained)[-1]) if "objective" in name]
    assert "objective/domain-adaptation/conv1/filters" in held
    assert "optimizer/m/objective/domain-adaptation/conv1/filters" in held
    load_predictor(trained.folder)
    place = ["--save-dir", str(trained.folder.parent), "--name", "adapted", "--quiet", "--json"]
    capsys.readouterr()
    assert main(["eval", *place]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 2


def test_resuming_is_exact(trained, tmp_path):
    again = Run(shutil.copytree(trained.folder, tmp_path / "adapted"))
    checkpoints(again)[-1].unlink()
    assert checkpoints(again)[-1].name == "checkpoint-00000003.npz"
    assert main(["train", "--save-dir", str(tmp_path), "--name", "adapted", "--resume"]) == 0
    whole, parts = (load_weights(checkpoints(run)[-1]) for run in (trained, again))
    assert whole.keys() == parts.keys()
    changed = [n for n in whole if n != "progress" and not np.array_equal(whole[n], parts[n])]
    assert changed == []


def test_the_function_of_2021_names_the_images(photos):
    Config.reset()
    try:
        Config.set_domainadapt_dataset(sorted(photos.glob("*.png")), 3)
        [call] = Config.get_config().train.objectives
        assert call.name == "domain-adaptation"
        assert call.arguments["scale_rate"] == 3
        assert len(find(call.arguments["images"])) == 6
        Config.set_domainadapt_dataset(str(photos))
        assert len(Config.get_config().train.objectives) == 1
        Config.set_domainadapt_dataset(None)
        assert Config.get_config().train.objectives == []
    finally:
        Config.reset()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"scale_rate": 0}, "scale_rate"),
        ({"scale_rate": "twice"}, "objective 'domain-adaptation': scale_rate must be an integer"),
        ({"wieght": 1.0}, "did you mean 'weight'"),
        ({"strength": -1.0}, "strength"),
    ],
)
def test_a_bad_argument_says_which_there_are(photos, arguments, words):
    class Net:
        backbone = Discriminator(3, 8)

    Net.backbone.out_channels = 3
    call = {"name": "domain-adaptation", "images": str(photos), **arguments}
    config = resolve_config(options={"train.objectives": [call]})
    with pytest.raises(ConfigError, match=words):
        Objectives.of(Net(), config, get_registry())


def test_a_model_without_a_backbone_is_told_so(photos):
    call = {"name": "domain-adaptation", "images": str(photos)}
    config = resolve_config(options={"train.objectives": [call]})
    with pytest.raises(ConfigError, match=r"model\.backbone"):
        Objectives.of(object(), config, get_registry())


def test_images_that_are_not_there_are_named(tmp_path):
    with pytest.raises(DataError, match="photos"):
        find(str(tmp_path / "photos" / "*.jpg"))
    for name in ("a" * 300, "~nosuchuser"):
        with pytest.raises(DataError, match=name):
            find(name)


def test_weighted_datasets_keep_their_shares(photos):
    """Three of the training's datasets' images to one: an unlabelled image is like any other."""
    from hyperpose_domainadapt.images import unlabelled
    from hyperpose_training.feeding.training_data import Share, TrainingData

    class Extra:
        variables = ()

        def samples(self, skeleton):
            return [unlabelled(path, skeleton, 1, 0) for path in find(str(photos))]

    one = Extra().samples(COCO)
    data = TrainingData(one[:4], shares=[Share(1, 3.0), Share(3, 1.0)])
    found = Objectives({"extra": Extra()}).with_samples(data, COCO)
    assert [share.size for share in found.shares] == [1, 3, 6]
    assert found.shares[-1].weight == pytest.approx(6.0)
