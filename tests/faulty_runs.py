"""What `faults.py` does to trainings: the training, processes that do it, and what came of it."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
from tiny_runs import environment, sets, settings

from hyperpose_core.build.weights import load_weights

STEPS, SAVED, EVALUATED = 40, 7, 15
"""Steps of the training, after how many there is a checkpoint, and a validation; and at the end."""
HOW = (
    *("model.type=Faulty", "train.ema_decay=0.9", "train.eval_images=2", "log.tensorboard=false"),
    *(f"train.save_interval={SAVED}", f"train.eval_interval={EVALUATED}", "train.vis_interval=10"),
)
TOGETHER = (
    *("train.schedule=constant", "train.warmup_steps=0", "train.save_interval=20"),
    *("train.eval_interval=0", "train.vis_interval=100000"),
)
"""Instead, with several workers."""
PYTHON = (sys.executable, "-m", "hyperpose_core")
PLUGIN = """
import os
from pathlib import Path
from hyperpose_core import hookimpl, specs

def tell(event):
    Path(event.run, "seen").write_text(f"{os.getpid()} {event.step}")

@hookimpl
def hyperpose_on_train_start(event):
    tell(event)

@hookimpl
def hyperpose_on_train_step(event):
    tell(event)

@hookimpl
def hyperpose_register_models():
    yield specs.ModelSpec(
        name="Faulty", target="faulty_net:Net", family="openpose", default_backbone="MobilenetV1",
        stride=8, skeletons={"coco": "hyperpose_openpose.skeletons:COCO"},
    )
"""
NET = """
from types import SimpleNamespace
from tiny_training import Tiny

class Net(Tiny):
    def __init__(self, *, skeleton, backbone, config):
        super().__init__(SimpleNamespace(model=SimpleNamespace(skeleton=skeleton)))
"""
Prepare = Callable[[], object]


class World:
    """A folder with pictures, the plugin of a network that is traced in no time, and runs.

    Processes are forked from one that has imported TensorFlow, so that hundreds take minutes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.pictures = folder, folder / "pictures"
        self._install(folder / "site")
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tensorflow", "cv2", "hyperpose_training.pipeline"])
        self.began: dict[int | None, int] = {}
        done = self.ended(self.start("undisturbed"))
        assert done == 0, self.said("undisturbed")
        self.expected = self.weights("undisturbed")

    def _install(self, site: Path) -> None:
        info = site / "hyperpose_faulty-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: hyperpose-faulty\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text("[hyperpose]\nfaulty = faulty_plugin\n")
        (site / "faulty_plugin.py").write_text(PLUGIN)
        (site / "faulty_net.py").write_text(NET)
        sys.path[:0] = ours = [str(site), str(Path(__file__).parent)]
        paths = [*ours, *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ.update(environment(PYTHONPATH=os.pathsep.join(paths)))

    def words(self, name: str, *more: str, steps: int = STEPS) -> list[str]:
        """Return the words of the command line; with `--resume` where the run has begun."""
        runs = self.folder / "runs"
        own = ["train", "--name", name, "--save-dir", str(runs), "--steps", str(steps)]
        resume = ["--resume"] if (runs / name / "config.json").exists() else []
        return [*own, *resume, *sets(settings(self.pictures, *HOW, *more))]

    def start(self, name: str, *more: str, prepare: Prepare | None = None) -> BaseProcess:
        """Begin a run, or go on with it.

        Args:
            more: settings.
            prepare: is called in the process before anything else.
        """
        log = self.folder / f"{name}.txt"
        process = self._context.Process(target=_train, args=(self.words(name, *more), log, prepare))
        process.start()
        return process

    def fresh(self, name: str, *before: str) -> subprocess.Popen[bytes]:
        """Begin a run, or go on with it, by a command of its own behind some words."""
        return self._run(name, [*before, *PYTHON, *self.words(name)])

    def launch(self, name: str, steps: int) -> subprocess.Popen[bytes]:
        """Begin a run of two workers, or go on with it; the steps do not change the schedule."""
        words = self.words(name, *TOGETHER, steps=steps)
        return self._run(name, [*PYTHON, "launch", "-np", "2", *words])

    def _run(self, name: str, words: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.txt").open("wb") as out:
            return subprocess.Popen(words, cwd=self.folder, stdout=out, stderr=out)

    def ended(self, process: BaseProcess, seconds: float = 300) -> int:
        """Wait for the end of a process and return its exit code, below 0 of a signal."""
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            raise AssertionError(f"it did not end within {seconds} seconds")
        return process.exitcode

    def run(self, name: str) -> Path:
        return self.folder / "runs" / name

    def said(self, name: str) -> str:
        """Return what the last process of a run said."""
        return (self.folder / f"{name}.txt").read_text(errors="replace")

    def weights(self, name: str) -> dict[str, np.ndarray]:
        return load_weights(self.run(name) / "model_dir" / "newest_model.npz")

    def logged(self, name: str, kind: str = "train") -> list[int]:
        """Return the steps of the whole lines of the log."""
        path = self.run(name) / "metrics.jsonl"
        lines = path.read_text().split("\n")[:-1] if path.exists() else []
        return [line["step"] for line in map(json.loads, lines) if line["kind"] == kind]

    def saved(self, name: str) -> int:
        """Return the step of the newest checkpoint, 0 where there is none."""
        paths = self.run(name).glob("model_dir/checkpoint-*.npz")
        return max((int(path.stem[-8:]) for path in paths), default=0)

    def phase(self, name: str, process: BaseProcess) -> str:
        """Return what a training does just now, by the files of its run and of the plugin."""
        run = self.run(name)
        try:
            of, step = map(int, (run / "seen").read_text().split())
        except (OSError, ValueError):
            return "start"
        if of != process.pid:
            return "start"
        if any(run.glob("model_dir/.*")):
            return "checkpoint"
        if step == self.began.get(process.pid, step):
            self.began[process.pid] = step
            return "trace"
        if step == STEPS or step % EVALUATED == 0:
            done = self.logged(name, "evaluate")
            if self.saved(name) == step and step not in done:
                return "validation"
            return "end" if step in done and step == STEPS else "step"
        return "step"

    def finish(self, name: str) -> str:
        """Go on to the end and return what is lost; empty: nothing.

        That is a difference to the training that nothing disturbed: in a bit of a weight, in the
        lines of the log, or a file that nobody needs.
        """
        code = self.ended(self.start(name))
        return self.lost(name) if code == 0 else f"it does not go on: {self.said(name)}"

    def lost(self, name: str) -> str:
        if other := differing(self.weights(name), self.expected):
            return other
        for kind in ("train", "evaluate"):
            if self.logged(name, kind) != self.logged("undisturbed", kind):
                return f"lines of the log: {kind} {self.logged(name, kind)}"
        left = [path.name for path in self.run(name).rglob(".*")]
        return f"left behind: {left}" if left else ""


def differing(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> str:
    """Say how many arrays have another bit; empty: none."""
    same = [n for n in expected if n in found and np.array_equal(found[n], expected[n])]
    other = len(found.keys() | expected.keys()) - len(same)
    return f"{other} of {len(expected)} arrays are other" if other else ""


def reach(world: World, name: str, process: BaseProcess, phase: str, after: float = 0) -> bool:
    """Wait until a training is in a phase, and some seconds more; False where it ended before."""
    while process.is_alive():
        if world.phase(name, process) == phase:
            process.join(after)
            return process.is_alive()
        time.sleep(0 if phase == "checkpoint" and process.pid in world.began else 0.005)
    return False


def _train(words: list[str], log: Path, prepare: Prepare | None) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    if prepare is not None:
        prepare()
    from hyperpose_core.cli import main

    sys.exit(main(words))
