"""Several workers in real processes: `hyperpose launch`, and scripts that others start."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from parallel_runs import SCRIPT, largest_difference, launch, losses, openpose, weights, worker
from tiny_runs import environment, hyperpose, python

from hyperpose_core.build.weights import load_weights
from hyperpose_parallel.cluster import tf_config
from hyperpose_parallel.launching.places import local_places

OPTIONS = ("Sync_sgd", "Sync_avg", "Pair_avg")
PARALLEL = "train.type=Parallel_train"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the script of a tiny network, in which runs are made."""
    folder = tmp_path_factory.mktemp("parallel")
    (folder / "train.py").write_text(SCRIPT)
    return folder


def script(name: str, batch: int, folder: Path, *more: str) -> list[str]:
    """Return the words that run the script."""
    pictures = {"train_images": 30, "val_images": 5, "width": 96, "height": 96, "max_people": 2}
    options = (
        *("model.input_size=[64, 64]", f"data.path={folder / 'pictures'}", "log.interval=1"),
        *("train.steps=8", "log.tensorboard=false", f"data.options={json.dumps(pictures)}", *more),
    )
    return ["train.py", name, str(batch), *options]


def arrays(run: Path, step: int) -> dict[str, np.ndarray]:
    found = load_weights(run / "model_dir" / f"checkpoint-{step:08d}.npz")
    return {name: array for name, array in found.items() if name != "progress"}


def test_two_workers_are_one_with_twice_the_batch(folder):
    """The tutorial's script, in a run that is also evaluated by both."""
    two = launch(2, *script("evaluate-two", 2, folder), cwd=folder)
    assert two.returncode == 0, two.stderr
    one = python(*script("evaluate-one", 4, folder), cwd=folder)
    assert one.returncode == 0, one.stderr
    assert "Parallel_train with one worker" in one.stderr
    runs = [folder / "save_dir" / f"evaluate-{count}" for count in ("one", "two")]
    assert largest_difference(*runs) < 1e-5
    assert losses(runs[0]) == pytest.approx(losses(runs[1]), abs=1e-5)
    norms = [losses(run, "gradient_norm") for run in runs]
    assert norms[0] == pytest.approx(norms[1], rel=1e-4), "that of the gradient that is applied"
    assert len(losses(runs[1])) == 8, "worker 0 alone writes the log"
    assert "with 2 workers" in (runs[1] / "log.txt").read_text()
    assert "2 workers: Sync_sgd over tensorflow" in two.stderr
    lines = [line for line in (two.stdout + two.stderr).splitlines() if "METRICS" in line]
    assert len(lines) == 2, "worker 1's line too, with its rank before it"
    assert len({line.removeprefix("[1] ") for line in lines}) == 1
    assert (runs[1] / "eval_results.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "RMSprop"])
def test_two_workers_are_one_with_twice_the_batch_for_fifty_steps(folder, optimizer):
    """On a network in which rounding does not grow: deep narrow ones without batch norm make of a
    difference in the last bit of some weights one of 0.005, also alone.
    """
    more = (f"train.optimizer={optimizer}", "train.steps=50")
    runs = [folder / "save_dir" / f"{optimizer}-{count}" for count in (1, 2)]
    one = python(*script(runs[0].name, 4, folder, *more), cwd=folder)
    assert one.returncode == 0, one.stderr
    two = launch(2, *script(runs[1].name, 2, folder, *more), cwd=folder)
    assert two.returncode == 0, two.stderr
    assert len(losses(runs[0])) == 50
    assert weights(runs[0])["first/filters"].std() > 0
    assert largest_difference(*runs) < 1e-5
    assert losses(runs[0]) == pytest.approx(losses(runs[1]), abs=1e-5)


@pytest.mark.slow
def test_workers_evaluate_as_one_does(folder):
    more = ("train.learning_rate=3e-3", "train.warmup_steps=5")
    own = [*openpose(folder / "pictures", *more), "--steps", "60", "--batch-size", "4"]
    assert hyperpose("train", "--name", "scored", *own, cwd=folder).returncode == 0
    found = []
    for count in (1, 2, 3):
        # To the bit: of images in another batch a convolution may add up in another order.
        settings = ("--set", "eval.vis_num=1", "--set", "eval.batch_size=1")
        words = ["eval", "--name", "scored", "--quiet", "--json", *settings]
        result = launch(count, *words, cwd=folder) if count > 1 else hyperpose(*words, cwd=folder)
        assert result.returncode == 0, result.stderr
        results = (folder / "save_dir" / "scored" / "eval_results.json").read_bytes()
        found.append((json.loads(result.stdout), results))
    assert found[1] == found[0]
    assert found[2] == found[0]
    assert len(json.loads(found[0][1])) > 0, "somebody is found, so there is something to compare"


@pytest.mark.slow
@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("count", [3, 4])
def test_workers_learn_together(folder, count, option):
    more = (f"train.kungfu_option={option}", "train.optimizer=Adam", "train.learning_rate=3e-3")
    more = (*more, "train.warmup_steps=10", "train.schedule=constant")
    more = (*more, "train.save_interval=5", "train.keep_checkpoints=40")
    words = [*openpose(folder / "pictures", *more), "--batch-size", "2"]
    name = f"{option}-{count}"
    result = launch(count, "train", "--name", name, "--steps", "120", *words, cwd=folder)
    assert result.returncode == 0, result.stderr
    run = folder / "save_dir" / name
    course = losses(run)
    assert np.mean(course[-10:]) < 0.85 * np.mean(course[:10])
    apart = [spread(arrays(run, step)) for step in (5, 60, 120)]
    if option == "Sync_sgd":
        assert apart == [None] * 3, "equal replicas are kept once"
    else:
        drift = np.mean([np.abs(w).mean() for w in weights(run).values()])
        assert all(0 < distance < 0.5 * drift for distance in apart), (apart, drift)


def spread(found: dict[str, np.ndarray]) -> float | None:
    """Return how far the workers' weights are from their mean; None where they are kept once."""
    stacks = [a for name, a in found.items() if name.startswith("replicas/weights/")]
    if not stacks:
        return None
    return float(np.mean([np.abs(stack - stack.mean(0)).mean() for stack in stacks]))


@pytest.mark.slow
@pytest.mark.parametrize("option", OPTIONS)
def test_two_workers_in_parts_are_two_workers_at_once(folder, option):
    """With batch norm, EMA, augmentation, a schedule: bit-equal, and also after another number."""
    # The rate has to be the same when the total number of steps is another.
    more = (f"train.kungfu_option={option}", "train.ema_decay=0.9", "train.schedule=constant")
    texts = (
        "train.warmup_steps=0",
        *("model.input_size=64x64", "model.width=0.25", "model.stages=1", "log.tensorboard=false"),
        *("log.interval=1", f"data.path={folder / 'pictures'}", "train.save_interval=3"),
        *("train.batch_size=2", "train.vis_interval=100000", "train.keep_checkpoints=9", *more),
    )
    words = ["--quiet", *(word for text in texts for word in ("--set", text))]

    def train(name: str, steps: int, count: int = 2) -> dict[str, np.ndarray]:
        run = folder / "save_dir" / name
        resume = ["--resume"] if run.exists() else []
        own = ["train", "--name", name, "--steps", str(steps), *resume, *words]
        result = launch(count, *own, cwd=folder)
        assert result.returncode == 0, result.stderr
        return arrays(run, steps)

    at_once = train(f"at-once-{option}", 8)
    train(f"in-parts-{option}", 4)
    in_parts = train(f"in-parts-{option}", 8)
    assert in_parts.keys() == at_once.keys()
    assert any(name.startswith("replicas/") for name in at_once) == (option != "Sync_sgd")
    for name, array in at_once.items():
        np.testing.assert_array_equal(array, in_parts[name], err_msg=name)
    assert train(f"in-parts-{option}", 10, count=3)
    assert train(f"in-parts-{option}", 12, count=1)


@pytest.mark.slow
def test_workers_that_ssh_starts_train_as_those_started_here(folder, ssh):
    digest = """
import hashlib
weights = b"".join(w.numpy().tobytes() for w in model.all_weights)
print("DIGEST", hashlib.sha256(weights).hexdigest())
"""
    (folder / "digest.py").write_text(SCRIPT + digest)
    hosts = ("--hosts", "127.0.0.2,127.0.0.3", "--ssh", ssh)
    for name, where in (("here", ("-np", "2")), ("by-ssh", hosts)):
        words = ["digest.py", *script(name, 2, folder)[1:]]
        result = hyperpose("launch", *where, *words, cwd=folder)
        assert result.returncode == 0, result.stderr
        lines = (result.stdout + result.stderr).splitlines()
        digests = [line.removeprefix("[1] ") for line in lines if "DIGEST" in line]
        assert len(digests) == 2
        assert len(set(digests)) == 1, "replicas are equal"
    runs = [folder / "save_dir" / name for name in ("here", "by-ssh")]
    assert len(losses(runs[1])) == 8
    assert largest_difference(*runs) < 1e-6


def start_launch(count: int, folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hyperpose_core", "launch", "-np", str(count), *words],
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_checkpoint(run: Path, process: subprocess.Popen[str]) -> None:
    while not any(run.glob("model_dir/checkpoint-*.npz")):
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(process.communicate()[1])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds workers in /proc")
@pytest.mark.parametrize("rank", [0, 1])
def test_when_a_worker_is_killed_the_others_end_and_name_it(folder, rank):
    name, count = f"killed-{rank}", 3
    words = [*openpose(folder / "pictures", "train.save_interval=2"), "--batch-size", "2"]
    process = start_launch(count, folder, "train", "--name", name, "--steps", "100000", *words)
    run = folder / "save_dir" / name
    wait_for_checkpoint(run, process)
    victim = worker(process.pid, rank)
    others = [worker(process.pid, other) for other in range(count) if other != rank]
    os.kill(victim, signal.SIGKILL)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"worker {rank} was killed by SIGKILL" in err
    assert f"worker {rank} of the 3 workers has ended" in err
    assert "Traceback" not in err
    assert not any(Path(f"/proc/{other}").exists() for other in others)
    for count in (2, 1):
        step = max(int(path.stem[-8:]) for path in run.glob("model_dir/checkpoint-*.npz"))
        own = ["train", "--name", name, "--steps", str(step + 3), "--resume", *words]
        result = launch(count, *own, cwd=folder)
        assert result.returncode == 0, result.stderr
        assert arrays(run, step + 3)


@pytest.mark.slow
def test_ctrl_c_goes_to_all_and_saves(folder):
    words = openpose(folder / "pictures")
    process = start_launch(2, folder, "train", "--name", "stopped", "--steps", "100000", *words)
    run = folder / "save_dir" / "stopped"
    while not (run / "metrics.jsonl").exists():
        assert process.poll() is None, process.communicate()[1]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    found = re.search(r"stopped at step (\d+) of 100000.*go on with: hyperpose (.*)$", err, re.M)
    assert found, err
    assert arrays(run, int(found[1]))
    more = ["--steps", str(int(found[1]) + 2)]
    resumed = launch(2, *shlex.split(found[2]), *more, cwd=folder)
    assert resumed.returncode == 0, resumed.stderr


def started_by_others(
    folder: Path, words: list[str], environments: list[dict[str, str]]
) -> list[tuple[int, str]]:
    """Run the script in processes of its own, one an environment; return exit codes and errors."""
    processes = [
        subprocess.Popen(
            [sys.executable, *words],
            cwd=folder,
            env=environment(**own),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for own in environments
    ]
    outputs = [process.communicate(timeout=300)[0] for process in processes]
    return [(p.returncode, text) for p, text in zip(processes, outputs, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize("starter", ["kungfu-run", "TF_CONFIG"])
def test_a_script_joins_by_the_environment_alone(folder, starter):
    peers = tuple(place.address for place in local_places(2))
    if starter == "TF_CONFIG":
        environments = [{"TF_CONFIG": tf_config(peers, rank)} for rank in range(2)]
    else:
        common = {"KUNGFU_INIT_PEERS": ",".join(peers), "CUDA_VISIBLE_DEVICES": ""}
        environments = [{**common, "KUNGFU_SELF_SPEC": peer} for peer in peers]
    for code, text in started_by_others(folder, script(starter, 2, folder), environments):
        assert code == 0, text
    alone = python(*script(f"{starter}-alone", 4, folder), cwd=folder)
    assert alone.returncode == 0, alone.stderr
    runs = [folder / "save_dir" / name for name in (starter, f"{starter}-alone")]
    assert largest_difference(*runs) < 1e-5


@pytest.mark.slow
def test_a_script_that_starts_tensorflow_first_is_told_so(folder):
    early = folder / "early.py"
    early.write_text("import tensorlayer\n" + SCRIPT)
    words = script("early", 2, folder)[1:]
    result = launch(2, "early.py", *words, cwd=folder)
    assert result.returncode != 0
    assert "calls Model.get_model before anything uses TensorFlow" in result.stderr


@pytest.mark.slow
def test_an_unreadable_picture_leaves_two_workers_where_they_were(folder):
    """Also when they are stopped in between: every worker has a place of its own."""
    pictures = folder / "broken"
    words = ["--quiet", *openpose(pictures)[1:], "--batch-size", "2"]
    first = launch(2, "train", "--name", "whole", "--steps", "1", *words, cwd=folder)
    assert first.returncode == 0, first.stderr
    broken = sorted(pictures.rglob("train/*.jpg"))[3]
    broken.write_bytes(b"no picture")
    found = {}
    for name, stops in (("at-once", (12,)), ("in-parts", (7, 12))):
        for stop in stops:
            resume = ["--resume"] if (folder / "save_dir" / name).exists() else []
            own = ["train", "--name", name, "--steps", str(stop), *resume, *words, "--json"]
            constant = ["--set", "train.schedule=constant", "--set", "train.warmup_steps=0"]
            result = launch(2, *own, *constant, cwd=folder)
            assert result.returncode == 0, result.stderr
        found[name] = arrays(folder / "save_dir" / name, 12)
        if len(stops) == 1:
            assert list(json.loads(result.stdout)["skipped"]) == [str(broken)]
    for name, array in found["at-once"].items():
        np.testing.assert_array_equal(array, found["in-parts"][name], err_msg=name)


@pytest.mark.slow
def test_poisoned_samples_are_kept_by_the_workers_that_met_them(folder):
    """Every image is where the report says, and those that are not finite are the right ones."""
    more = ("train.skip_bad_batches=20", "train.steps=12", "data.augment=false")
    result = launch(2, *script("poisoned", 2, folder, *more), cwd=folder)
    assert result.returncode == 0, result.stderr
    pictures = sorted((folder / "pictures").rglob("train/*.jpg"))
    seen = {path: fitted(path) for path in pictures}
    found = {}
    for kept in sorted((folder / "save_dir" / "poisoned").glob("bad_batch-*/worker-*")):
        report = json.loads((kept / "report.json").read_text())
        assert kept.name == f"worker-{report['worker']}"
        bad = [Path(s["path"]) for s in report["samples"] if s["not_finite"]]
        assert bad, "a worker with a good batch keeps none"
        found.setdefault(kept.name, []).extend(bad)
        images = load_weights(kept / "batch.npz")["image"]
        for sample, image in zip(report["samples"], images, strict=True):
            nearest = min(pictures, key=lambda path: np.abs(seen[path] - image).mean())
            assert nearest == Path(sample["path"])
    assert set(found) == {"worker-0", "worker-1"}
    assert {path for paths in found.values() for path in paths} == {pictures[3], pictures[12]}
    kept = list((folder / "save_dir" / "poisoned").glob("bad_batch-*"))
    said = [line for line in result.stderr.splitlines() if "Left out" in line]
    assert len(said) == len(kept), "worker 0 speaks for all"


def fitted(path: Path) -> np.ndarray:
    """Return a square picture as a network of 64x64 sees it, about."""
    small = cv2.resize(cv2.imread(str(path)), (64, 64), interpolation=cv2.INTER_AREA)
    return small[..., ::-1] / np.float32(255)


@pytest.mark.slow
def test_the_learning_rate_grows_with_the_workers_when_asked(folder):
    runs = {}
    for scaling in ("none", "linear"):
        more = [f"train.scale_learning_rate={scaling}", "train.steps=2", "train.warmup_steps=0"]
        result = launch(2, *script(scaling, 2, folder, *more), cwd=folder)
        assert result.returncode == 0, result.stderr
        lines = (folder / "save_dir" / scaling / "metrics.jsonl").read_text().splitlines()
        runs[scaling] = json.loads(lines[0])["learning_rate"]
        kept = json.loads((folder / "save_dir" / scaling / "config.json").read_text())["config"]
        assert kept["train"]["scale_learning_rate"] == scaling
    assert runs["linear"] == pytest.approx(2 * runs["none"])


KUNGFU_RUN = shutil.which("kungfu-run")
HAS_KUNGFU = bool(find_spec("kungfu")) and bool(find_spec("kungfu.tensorflow"))


@pytest.mark.slow
@pytest.mark.skipif(KUNGFU_RUN is None, reason="kungfu-run is not installed here")
@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "RMSprop"])
@pytest.mark.parametrize("engine", ["auto", "tensorflow"])
def test_two_workers_of_kungfu_run_are_one_with_twice_the_batch(folder, engine, optimizer):
    assert KUNGFU_RUN is not None
    more = (f"train.optimizer={optimizer}", f"train.engine={engine}", "train.steps=50")
    runs = [folder / "save_dir" / f"kungfu-{engine}-{optimizer}-{count}" for count in (1, 2)]
    one = python(*script(runs[0].name, 4, folder, *more), cwd=folder)
    assert one.returncode == 0, one.stderr
    logs = folder / f"logs-{engine}-{optimizer}"
    words = [
        KUNGFU_RUN,
        "-q",
        "-np",
        "2",
        "-H",
        "127.0.0.1:2",
        "-logdir",
        str(logs),
        sys.executable,
    ]
    two = subprocess.run(
        [*words, *script(runs[1].name, 2, folder, *more)],
        cwd=folder,
        env=environment(),
        timeout=300,
        capture_output=True,
        text=True,
    )
    assert two.returncode == 0, two.stdout + two.stderr
    assert largest_difference(*runs) < 1e-5
    said = "".join(path.read_text() for path in logs.rglob("*.log"))
    used = "kungfu" if engine == "auto" and HAS_KUNGFU else "tensorflow"
    assert f"2 workers: Sync_sgd over {used}" in said
    assert "with 2 workers" in (runs[1] / "log.txt").read_text()
