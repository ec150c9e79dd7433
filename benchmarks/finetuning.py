"""Average precision of models that begin with the published Lightweight OpenPose, before and after.

    python benchmarks/finetuning.py --data ../shared/data [--seeds N] [--only same six]

DIR holds `coco`, images and annotations of COCO 2017, and `weights/lightweight_openpose_coco.npz`.
`same`: COCO's keypoints, before any step and after 60 steps of 4 images. `six`: six of the
keypoints under other numbers, in another order and with a skeleton of their own: the whole model,
scored on them; the model that begins with it, before any step and after 100 steps of 4 images; and
one that begins with its backbone alone, after as many.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

NAMES = ("left_elbow", "right_eye", "left_shoulder", "nose", "left_ear", "left_eye")
LIMBS = ((6, 4), (4, 2), (6, 5), (3, 5), (1, 3))
SIGMAS = (0.072, 0.025, 0.079, 0.026, 0.035, 0.025)
RATE = "train.learning_rate=2e-5"


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seeds", type=int, default=1, help="how many trainings of each kind")
    parser.add_argument("--only", nargs="+", choices=("same", "six"), default=("same", "six"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(given.data.resolve(), Path(folder), given.seeds)
        for name in given.only:
            getattr(bench, name)()


class Bench:
    """Trains and scores in a folder, by the command line."""

    def __init__(self, data: Path, folder: Path, seeds: int) -> None:
        self.coco, self.folder, self.seeds = data / "coco", folder, seeds
        self.whole = data / "weights" / "lightweight_openpose_coco.npz"

    def same(self) -> None:
        """Score COCO's keypoints."""
        where = self._where("coco", self.coco)
        self._train("whole", ["--from", str(self.whole), *where], steps=0)
        print(f"as published: AP {self._score('whole'):.3f}")
        for seed in range(self.seeds):
            self._train(f"same{seed}", ["--from", str(self.whole), *where], 60, seed, RATE)
            print(f"after 60 steps, seed {seed}: AP {self._score(f'same{seed}'):.3f}", flush=True)

    def six(self) -> None:
        """Score six of the keypoints."""
        where = self._where("coco-custom", self._six())
        self._train("full", ["--from", str(self.whole), *self._where("coco", self.coco)], steps=0)
        print(f"the whole model, on six keypoints: AP {self._score('full', where):.3f}")
        self._train("begun", ["--from", str(self.whole), *where], steps=0)
        print(f"a model of the six that begins with it: AP {self._score('begun'):.3f}", flush=True)
        backbone = ["--backbone-weights", str(self.folder / "full/model_dir/newest_model.npz")]
        for seed in range(self.seeds):
            self._train(f"six{seed}", ["--from", str(self.whole), *where], 100, seed, RATE)
            print(f"after 100 steps, seed {seed}: AP {self._score(f'six{seed}'):.3f}", flush=True)
            more = ("train.norm=frozen", "eval.fit=height")
            self._train(f"alone{seed}", [*backbone, *where], 100, seed, *more)
            score = self._score(f"alone{seed}")
            print(f"with the backbone alone, seed {seed}: AP {score:.3f}", flush=True)

    def _six(self) -> Path:
        """Write the annotations of the six keypoints, and return their folder."""
        made = self.folder / "data" / "annotations"
        made.mkdir(parents=True)
        for split in ("train", "val"):
            file = self.coco / "annotations" / f"person_keypoints_{split}2017.json"
            content = json.loads(file.read_text())
            category = content["categories"][0]
            places = [category["keypoints"].index(name) for name in NAMES]
            for person in content["annotations"]:
                points = person["keypoints"]
                kept = [v for i in places for v in points[3 * i : 3 * i + 3]]
                person |= {"keypoints": kept, "num_keypoints": sum(v > 0 for v in kept[2::3])}
            category |= {"keypoints": list(NAMES), "skeleton": [list(limb) for limb in LIMBS]}
            (made / f"{split}.json").write_text(json.dumps(content))
        return made.parent

    def _where(self, dataset: str, folder: Path) -> list[str]:
        words = ["--dataset", dataset, "--data", str(folder)]
        if dataset == "coco":
            return words
        images = ", ".join(f'{split}="{self.coco}/{split}2017"' for split in ("train", "val"))
        return [*words, "--set", f"data.options={{images={{{images}}}, sigmas={list(SIGMAS)}}}"]

    def _train(
        self, name: str, words: Sequence[str], steps: int, seed: int = 0, *settings: str
    ) -> None:
        sets = [word for text in settings for word in ("--set", text)]
        counts = ["--steps", str(steps), "--batch-size", "4", "--seed", str(seed)]
        model = ["--model", "LightweightOpenpose", *counts, *sets]
        self._run("train", "--name", name, *words, *model)

    def _score(self, name: str, words: Sequence[str] = ()) -> float:
        said = self._run("eval", "--name", name, *words, "--set", "eval.vis_num=0", "--json")
        return float(json.loads(said)["metrics"]["AP"])

    def _run(self, command: str, *words: str) -> str:
        environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
        program = [sys.executable, "-m", "hyperpose_core", command, "--quiet"]
        done = subprocess.run(
            [*program, "--save-dir", str(self.folder), *words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(done.stderr)
        return done.stdout


if __name__ == "__main__":
    main()
