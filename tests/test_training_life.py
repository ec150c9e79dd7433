"""The life of a training: what is logged, shown, kept and told to plugins, also after a resume."""

from __future__ import annotations

import json
import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import sets, settings
from tiny_training import config_of, train

from hyperpose_core import get_dataset, get_eval, get_model, get_train
from hyperpose_core.build.strategy import SingleTrain, start
from hyperpose_core.build.weights import load_weights, named_weights
from hyperpose_core.cli.main import main
from hyperpose_core.contracts import events
from hyperpose_core.errors import CheckpointError, ConfigError, DataError, DiskFullError
from hyperpose_core.hookspecs import LIFE_CYCLE
from hyperpose_core.inference.load import load_model
from hyperpose_core.plugins import PluginRecord
from hyperpose_core.registry import Registry, make_registry
from hyperpose_core.runs import Run
from hyperpose_training.guard import NotFiniteError
from hyperpose_training.scoring.validation import Validation
from hyperpose_training.trying.dry_run import dry_run

STEPS, LONGER = 4, 6
LOSSES = {"loss", "conf_loss", "paf_loss"}
TIMES = {"images_per_second", "data_wait"}
LINE = {
    "train": {"kind", "step", "time", "gradient_norm", "learning_rate", *LOSSES, *TIMES},
    "evaluate": {"kind", "step", "time", "best", "images", "seconds", *LOSSES},
}


class Recorder:
    """A plugin that keeps what it is told, and one that fails at the second step."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, events.Event]] = []
        self.calls = 0

    def registry(self) -> Registry:
        keeps = {hook: self._keeper(hook) for hook in LIFE_CYCLE}
        fails = dict.fromkeys(LIFE_CYCLE, self.fail)
        found = make_registry().records
        return Registry(
            [
                *found,
                PluginRecord("failing", "hyperpose-failing", "1.0", life_cycle=fails),
                PluginRecord("recorder", "hyperpose-recorder", "1.0", life_cycle=keeps),
            ]
        )

    def _keeper(self, hook: str):
        return lambda event: self.heard.append((hook.rpartition("_")[2], event))

    def fail(self, event: events.Event) -> None:
        self.calls += 1
        if event.step == 2:
            raise OSError("the server is away")


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    """Train four steps, and two more after a crash that left lines of a step that is not saved."""
    folder, recorder = tmp_path_factory.mktemp("life"), Recorder()
    result = train(config_of(folder, f"train.steps={STEPS}"), recorder.registry())
    first = (result, list(recorder.heard), recorder.calls)
    run = Run(folder / "run")
    with run.metrics.open("a") as file:
        file.write('{"kind": "train", "step": 5, "loss": 7.0}\n{"kind": "tra')
    recorder.heard.clear()
    last = train(config_of(folder, f"train.steps={LONGER}"), recorder.registry())
    return folder, run, first, (last, list(recorder.heard))


def lines(run: Run) -> list[dict]:
    return [json.loads(line) for line in run.metrics.read_text().splitlines()]


def test_lines_that_are_dropped_are_counted(life):
    _, run, _, _ = life
    said = f"dropped 2 lines of {run.metrics}, of what came after step 4"
    assert said in run.log.read_text()


def test_every_line_of_metrics_has_the_documented_fields(life):
    _, run, _, _ = life
    found = lines(run)
    for line in found:
        wanted = LINE[line["kind"]]
        assert wanted <= set(line), line
        rest = {name: value for name, value in line.items() if name not in wanted}
        assert bool(rest) == (line["kind"] == "evaluate"), "only metrics come besides"
        numbers = {k: v for k, v in line.items() if k not in ("kind", "best")}
        assert all(isinstance(v, int | float) and np.isfinite(v) for v in numbers.values()), line
        assert 0 <= line.get("data_wait", 0) <= 1
        assert isinstance(line["step"], int)
    assert {"AP", "AP50", "AR"} <= set(found[2])


def test_the_documentation_names_every_field(life):
    _, run, _, _ = life
    page = (Path(__file__).resolve().parent.parent / "docs" / "training.md").read_text()
    for name in {name for line in lines(run) if line["kind"] == "train" for name in line}:
        assert f"`{name}`" in page or name in ("conf_loss", "paf_loss"), name
    for hook in LIFE_CYCLE:
        assert f"`{hook}`" in page


def test_no_step_is_logged_twice_after_a_resume(life):
    _, run, _, _ = life
    steps = {kind: [x["step"] for x in lines(run) if x["kind"] == kind] for kind in LINE}
    assert steps == {"train": [1, 2, 3, 4, 5, 6], "evaluate": [2, 4, 6]}


def test_plugins_hear_everything_in_order(life):
    folder, run, (_, heard, _), (_, later) = life
    names = [name for name, _ in heard]
    twice = ["step", "log", "step", "log", "evaluate", "checkpoint"] * 2
    assert names == ["start", *twice, "end"]
    told = {name: [event for kind, event in heard if kind == name] for name in set(names)}
    start = told["start"][0]
    assert (start.step, start.steps, start.images) == (0, STEPS, 6)
    assert start.settings["train"]["eval_interval"] == 2
    logged = [line for line in lines(run) if line["kind"] == "train"]
    for event, line in zip(told["step"], logged, strict=False):
        assert event.losses["loss"] == pytest.approx(line["loss"])
        assert (event.step, event.learning_rate) == (line["step"], line["learning_rate"])
        assert event.working > 0
        assert event.batch.images.shape == (2, 64, 64, 3)
    for event, line in zip(told["log"], logged, strict=False):
        assert event.values == {name: line[name] for name in event.values}
    assert all(e.run == folder / "run" for events in told.values() for e in events)
    assert told["checkpoint"][-1].path.name == "checkpoint-00000004.npz"
    assert [e.step for e in told["evaluate"]] == [2, 4]
    assert told["end"][0].reason == "finished"
    assert later[0][1].step == STEPS


def test_a_plugin_that_fails_is_named_and_switched_off_and_the_run_goes_on(life, tmp_path, capsys):
    _, _, (result, _, calls), _ = life
    assert result.step == STEPS
    assert calls == 4  # the start, the first step, its line, and the second, in which it failed


def test_the_warning_names_the_plugin_once(tmp_path, life, capsys):
    folder = life[0]
    recorder = Recorder()
    config = config_of(folder, "train.steps=3", "model.name=warned", "train.eval_interval=0")
    train(config, recorder.registry())
    warnings = [x for x in capsys.readouterr().err.splitlines() if "failing" in x]
    assert len(warnings) == 1
    for part in ("hyperpose-failing 1.0", "hyperpose_on_train_step", "the server is away"):
        assert part in warnings[0]


def test_the_best_model_is_the_one_with_the_best_score(life):
    folder, run, _, (last, heard) = life
    evaluations = [line for line in lines(run) if line["kind"] == "evaluate"]
    best = min(evaluations, key=lambda line: line["loss"])
    kept = json.loads(run.best_score.read_text())
    assert kept == {"step": best["step"], "metric": "loss", "score": pytest.approx(best["loss"])}
    assert last.best == {"metric": "loss", "score": kept["score"], "step": kept["step"]}
    told = [event for name, event in heard if name == "evaluate"]
    assert [event.best for event in told] == [line["best"] for line in evaluations][-1:]
    # What is in the file really scores so.
    config = config_of(folder)
    model = get_model(config)
    load_model(run, model, "best")
    found = Validation(model, get_dataset(config), config, make_registry(), start(config))()
    assert found.losses["loss"] == pytest.approx(best["loss"], rel=1e-5)
    assert found.images == best["images"] == 2


def test_eval_and_infer_use_the_weights_they_are_told(life):
    folder, run, _, _ = life
    config = config_of(folder)
    model, dataset = get_model(config), get_dataset(config)
    for weights in ("newest", "best"):
        config.eval.weights = weights
        result = get_eval(config)(model, dataset)
        assert result.protocol["weights"] == weights
        for name, array in load_weights(run.model(weights)).items():
            np.testing.assert_array_equal(named_weights(model)[name], array)


def test_a_run_without_best_model_says_what_keeps_one(tmp_path, life):
    run = Run(tmp_path / "run")
    run.model_dir.mkdir(parents=True)
    run.newest_model.write_bytes(life[1].newest_model.read_bytes())
    with pytest.raises(CheckpointError, match=r"train\.eval_interval"):
        load_model(run, object(), "best")


def test_the_last_checkpoints_are_kept(life):
    names = sorted(path.name for path in life[1].model_dir.glob("checkpoint-*"))
    assert names == ["checkpoint-00000004.npz", "checkpoint-00000006.npz"]


def test_the_verdict_is_said_and_logged(life):
    _, run, _, (last, _) = life
    assert last.verdict.startswith(("The data bounds the speed", "The network bounds the speed"))
    assert last.verdict in run.log.read_text()
    assert last.to_dict()["verdict"] == last.verdict


def test_a_run_that_is_trained_already_says_so(tmp_path, life, capsys):
    more = ("train.eval_interval=0", "log.quiet=false", f"data.path={life[0] / 'pictures'}")
    config = config_of(tmp_path, "train.steps=1", *more)
    train(config)
    assert "nothing is left to do" not in capsys.readouterr().err
    assert train(config).step == 1
    assert "run is at step 1 of 1, nothing is left to do; to go on, give" in capsys.readouterr().err


def test_the_last_model_is_scored_too(tmp_path, life):
    more = ("train.steps=3", "train.eval_interval=2", "train.best_metric=loss")
    result = train(config_of(tmp_path, *more, f"data.path={life[0] / 'pictures'}"))
    lines = [json.loads(line) for line in result.run.metrics.read_text().splitlines()]
    assert [line["step"] for line in lines if line["kind"] == "evaluate"] == [2, 3]


def test_a_disk_that_is_full_is_named_and_the_last_checkpoint_is_whole(tmp_path, life):
    more = ("train.eval_interval=0", f"data.path={life[0] / 'pictures'}", "log.tensorboard=false")
    train(config_of(tmp_path, "train.steps=1", *more))
    run = Run(tmp_path / "run")
    before = {path.name: path.read_bytes() for path in run.model_dir.iterdir()}
    config = config_of(tmp_path, "train.steps=2", *more)
    model, dataset = get_model(config), get_dataset(config)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    enough = len(before["checkpoint-00000001.npz"]) - 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (enough, limits[1]))
    try:
        with pytest.raises(
            DiskFullError, match=r"cannot write .*checkpoint-00000002\.npz: File too"
        ):
            get_train(config)(model, dataset)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {path.name: path.read_bytes() for path in run.model_dir.iterdir()} == before
    assert "failed at step 2. DiskFullError" in run.log.read_text()


def test_pictures_that_cannot_be_kept_are_switched_off(tmp_path, life, capsys):
    run = Run(tmp_path / "run")
    (run.pictures("train") / "step_00000001.png").mkdir(parents=True)
    more = ("train.steps=3", "train.eval_interval=0", "train.vis_interval=1")
    config = config_of(tmp_path, *more, f"data.path={life[0] / 'pictures'}")
    assert train(config).reason == "finished"
    said = capsys.readouterr().err
    assert said.count("no picture of step 1 and of those after it: ") == 1
    assert "no picture of step 1" in run.log.read_text()
    assert [path.name for path in run.pictures("train").iterdir()] == ["step_00000001.png"]


def test_a_disk_that_is_full_for_tensorboard_alone_does_not_end_the_training(tmp_path, life):
    more = ("train.eval_interval=0", f"data.path={life[0] / 'pictures'}", "train.vis_interval=1")
    train(config_of(tmp_path, "train.steps=1", *more, "log.tensorboard=false"))
    run = Run(tmp_path / "run")
    enough = max(path.stat().st_size for path in run.model_dir.iterdir()) + 4096
    config = config_of(tmp_path, "train.steps=40", *more)
    model, dataset = get_model(config), get_dataset(config)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (enough, limits[1]))
    try:
        assert get_train(config)(model, dataset).step == 40
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    log = run.log.read_text()
    assert log.count("the plugin 'tensorboard' (hyperpose-tensorboard ") == 1
    assert log.count("is switched off for the rest of this training") == 1
    lines = [json.loads(line)["step"] for line in run.metrics.read_text().splitlines()]
    assert lines == list(range(1, 41))


@pytest.mark.slow
def test_early_stopping_survives_a_resume(tmp_path, life):
    """Nothing gets better with a learning rate of 0: one stop, in one go or in parts."""
    pictures = f"data.path={life[0] / 'pictures'}"
    still = ("train.learning_rate=0", "train.patience=2", "train.best_metric=AP", pictures)
    done = []
    for name, parts in (("at_once", (20,)), ("in_parts", (4, 20))):
        for steps in parts:
            config = config_of(tmp_path, f"model.name={name}", f"train.steps={steps}", *still)
            done.append(train(config))
    at_once, first, in_parts = done
    assert (at_once.step, at_once.reason) == (6, "stopped early")
    assert (first.step, first.reason) == (4, "finished")
    assert (in_parts.step, in_parts.reason) == (6, "stopped early")
    assert at_once.best == in_parts.best


def test_dry_run_writes_nothing_and_says_what_the_run_takes(tmp_path, life):
    config = config_of(tmp_path, "train.steps=1000", f"data.path={life[0] / 'pictures'}")
    recorder = Recorder()
    registry = recorder.registry()
    tried = get_train(config, registry).dry_run(get_model(config), get_dataset(config))
    assert list(tmp_path.iterdir()) == []
    assert recorder.heard == [], "a logger must not begin a run"
    assert tried.steps == 1000
    assert tried.total == pytest.approx(
        tried.first_step
        + 1000 * tried.step
        + 3 * tried.checkpoint
        + 500 * (tried.evaluation * 2 + 2 * tried.checkpoint),
        rel=1e-6,
    )
    assert 2**27 < tried.memory < 2**36
    size = (life[1].model_dir / "checkpoint-00000006.npz").stat().st_size
    assert tried.disk == pytest.approx(2 * size + 2 * life[1].newest_model.stat().st_size, rel=0.02)
    assert json.loads(json.dumps(tried.to_dict()))["step"] == tried.step
    assert "nothing was written" in tried.lines()[-1]


class SecondWorker(SingleTrain):
    """As a worker whose worker 0 writes the files."""

    rank = 1


def test_a_dry_run_of_a_worker_that_writes_nothing(tmp_path, life):
    """Of one step on fewer images than a batch: more steps are tried than will be taken."""
    more = ("train.steps=1", "train.batch_size=7", f"data.path={life[0] / 'pictures'}")
    config = config_of(tmp_path, *more)
    model, dataset = get_model(config), get_dataset(config)
    tried = dry_run(model, dataset, config, make_registry(), SecondWorker(config.train))
    assert (tried.steps, tried.train_images, tried.disk) == (1, 6, 0)


def test_what_is_asked_of_evaluations_that_do_not_come_is_said_before(tmp_path, life, capsys):
    pictures = f"data.path={life[0] / 'pictures'}"
    config = config_of(tmp_path, "train.patience=3", "train.eval_interval=0", pictures)
    for attempt in (lambda: train(config), lambda: get_train(config).dry_run(None, None)):
        with pytest.raises(ConfigError, match=r"set train\.eval_interval too"):
            attempt()
    config = config_of(tmp_path, "train.best_metric=APP", "train.steps=2", pictures)
    get_train(config).dry_run(get_model(config), get_dataset(config))
    assert "train.best_metric = 'APP' is none of AP," in capsys.readouterr().err


def test_a_validation_split_without_anybody_keeps_no_best_model(tmp_path, life, capsys):
    """Pycocotools has -1 where there is nobody to find: that is no score."""
    config = config_of(tmp_path, "train.steps=4", f"data.path={life[0] / 'pictures'}")
    config.train.best_metric = None
    dataset = get_dataset(config)
    split = dataset.splits["val"]
    content = json.loads(split.annotations.read_text())
    nobody = tmp_path / "nobody.json"
    nobody.write_text(json.dumps({**content, "annotations": []}))
    dataset.splits = {**dataset.splits, "val": replace(split, annotations=nobody)}
    result = get_train(config)(get_model(config), dataset)
    said = capsys.readouterr().err
    assert "nobody is annotated in the 2 evaluation images" in said
    assert said.count("AP could not be measured") == 1
    assert (result.reason, result.best) == ("finished", {})
    assert not (tmp_path / "run" / "model_dir" / "best_model.npz").exists()
    get_eval(config)(get_model(config), dataset)
    assert "nobody could be scored on in the split 'val'" in capsys.readouterr().err


class Poisoned:
    """A user's dataset whose second sample has a keypoint that is no number."""

    def __init__(self, config) -> None:
        self.real = get_dataset(config)
        self.skeleton = self.real.skeleton

    def train_samples(self):
        samples = list(self.real.train_samples())
        bad = samples[1]
        keypoints = bad.keypoints.copy()
        keypoints[0, 0] = (np.nan, 10, 2)
        return [samples[0], replace(bad, keypoints=keypoints), *samples[2:]]


def test_a_poisoned_sample_of_a_users_dataset_is_named(tmp_path, life):
    config = config_of(tmp_path, f"data.path={life[0] / 'pictures'}", "train.eval_interval=0")
    dataset = Poisoned(config)
    bad = dataset.train_samples()[1]
    with pytest.raises(DataError) as caught:
        get_train(config)(get_model(config), dataset)
    for part in (repr(bad.image_id), str(bad.path), dataset.skeleton.keypoints[0], "person 0"):
        assert part in str(caught.value)
    assert not (tmp_path / "run" / "config.json").exists()


def test_its_batches_are_left_out_and_counted_also_after_a_resume(tmp_path, life, capsys):
    skip = "train.skip_bad_batches=9"
    more = (f"data.path={life[0] / 'pictures'}", "train.eval_interval=0", skip)
    for steps, count in ((2, 1), (4, 2)):  # six images, two a batch: one batch of three is bad
        config = config_of(tmp_path, f"train.steps={steps}", f"train.momentum=0.{steps}", *more)
        result = get_train(config)(get_model(config), Poisoned(config))
        assert (result.step, result.bad_batches) == (steps, count)
    assert "2 of at most 9" in capsys.readouterr().err
    run = Run(tmp_path / "run")
    log = run.log.read_text()
    assert "Left out, 2 of at most 9" in log
    assert log.count("Warning: not as before: train.momentum was 0.2, is 0.4") == 1
    assert log.splitlines()[-1].partition(" ")[2].partition(" ")[2].startswith("finished")
    for folder in run.folder.glob("bad_batch-*"):
        report = json.loads((folder / "report.json").read_text())
        assert [bool(sample["not_finite"]) for sample in report["samples"]].count(True) == 1
    assert [line["step"] for line in lines(run)] == [1, 2, 3, 4]


def test_a_training_that_diverges_leaves_the_last_checkpoint_untouched(tmp_path, life):
    more = (f"data.path={life[0] / 'pictures'}", "train.eval_interval=0", "train.optimizer=SGD")
    train(config_of(tmp_path, "train.steps=2", *more))
    run = Run(tmp_path / "run")
    before = {path.name: path.read_bytes() for path in run.model_dir.iterdir()}
    recorder = Recorder()
    fast = ("train.learning_rate=1e18", "train.clip_norm=0", "train.save_interval=1000")
    with pytest.raises(NotFiniteError) as caught:
        train(config_of(tmp_path, "train.steps=20", *more, *fast), recorder.registry())
    text = str(caught.value)
    for part in ("the training diverged", "lower train.learning_rate (now 1e+18)"):
        assert part in text
    assert {path.name: path.read_bytes() for path in run.model_dir.iterdir()} == before
    assert text.startswith("step ")
    [folder] = run.folder.glob("bad_batch-*")
    assert str(folder) in text
    with np.load(folder / "batch.npz", allow_pickle=False) as arrays:
        assert arrays["image"].shape == (2, 64, 64, 3)
    name, end = recorder.heard[-1]
    assert (name, end.reason) == ("end", "failed")
    assert "diverged" in end.message
    # A dry run finds it too, and keeps nothing.
    config = config_of(tmp_path, "train.steps=20", "model.name=tried", *more, *fast)
    with pytest.raises(NotFiniteError) as caught:
        get_train(config).dry_run(get_model(config), get_dataset(config))
    assert "kept in" not in str(caught.value)
    # With a slower rate it goes on from there.
    assert train(config_of(tmp_path, "train.steps=4", *more)).step == 4


def test_the_command_line_tries_and_leaves_out(tmp_path, life, capsys):
    texts = settings(life[0] / "pictures", f"log.save_dir={tmp_path}", "model.type=Poseproposal")
    words = ["--name", "cli", "--steps", "50", "--skip-bad-batches", "3", "--json", *sets(texts)]
    assert main(["train", "--dry-run", "--quiet", *words]) == 0
    tried = json.loads(capsys.readouterr().out)
    assert (tried["steps"], tried["run"]) == (50, str(tmp_path / "cli"))
    assert list(tmp_path.iterdir()) == []
    assert main(["eval", "--name", "run", "--save-dir", str(life[0]), "--weights", "worst"]) == 2
    assert "best" in capsys.readouterr().err
