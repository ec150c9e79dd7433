"""The same seed, the same bytes: in two processes, with any number of threads of the pipeline."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_runs import environment

from hyperpose_core.build.weights import load_weights

BATCHES = '''
"""Print digests of the batches with each augmentation that there is, and with all of them."""
import hashlib, json
from pathlib import Path
from tiny_training import config_of
from hyperpose_core import get_dataset, get_model
from hyperpose_core.build.strategy import SingleTrain
from hyperpose_core.registry import get_registry
from hyperpose_core.specs import AugmentationSpec
from hyperpose_training.setup import Setup

registry, found = get_registry(), {}
known = sorted(registry.names(AugmentationSpec.kind))
own = {"affine": "rotation=10.0", "color": "strength=0.4"}
for name in [*known, ",".join(known)]:
    texts = ", ".join(f"{n}({own.get(n, 'probability=1.0')})" for n in name.split(","))
    config = config_of(Path("."), f"data.augmentations={texts}", "train.steps=4", "model.name=b")
    one = SingleTrain(config.train)
    built = Setup(get_model(config), get_dataset(config), config, registry, one)
    digest = hashlib.sha256()
    for batch in (next(built.batches) for _ in range(8)):
        for key, value in [("image", batch.images), *sorted(batch.targets.items())]:
            digest.update(key.encode() + value.numpy().tobytes())
    found[name] = digest.hexdigest()
print(json.dumps(found))
'''
TRAIN = '''
"""Train with every augmentation."""
import sys
from pathlib import Path
from tiny_training import config_of, train
from hyperpose_core.registry import get_registry
from hyperpose_core.specs import AugmentationSpec

known = ", ".join(sorted(get_registry().names(AugmentationSpec.kind)))
more = ("log.tensorboard=false", "train.steps=6", f"data.augmentations={known}")
train(config_of(Path("."), *more, f"train.seed={sys.argv[1]}"))
'''
TIMES = ("time", "seconds", "images_per_second", "data_wait")


def start(folder: Path, script: str, *words: str, inter: int, intra: int) -> subprocess.Popen[str]:
    """Run a script in a folder of its own, which is the same place for it as any other."""
    folder.mkdir(exist_ok=True)
    threads = {"TF_NUM_INTEROP_THREADS": str(inter), "TF_NUM_INTRAOP_THREADS": str(intra)}
    path = {"PYTHONPATH": str(Path(__file__).parent)}
    return subprocess.Popen(
        [sys.executable, "-c", script, *words],
        cwd=folder,
        env=environment(**threads, **path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    return out


@pytest.mark.slow
def test_batches_are_the_same_with_any_number_of_threads(tmp_path):
    """Of the pipeline, and inside its operations; each process draws the pictures itself."""
    asked = {"one": (1, 1), "many": (8, 1), "everywhere": (3, 4)}
    found = {}
    for name, (inter, intra) in asked.items():
        process = start(tmp_path / name, BATCHES, inter=inter, intra=intra)
        found[name] = json.loads(output(process).splitlines()[-1])
    assert found["one"] == found["many"] == found["everywhere"]
    assert {"affine", "color", "cutout", "blur", "noise", "half-body"} < found["one"].keys()
    assert len(set(found["one"].values())) == len(found["one"]), "each of them changes something"


def timeless(run: Path) -> dict[str, object]:
    """Return what the files of a run say, apart from times."""
    found: dict[str, object] = {}
    for path in sorted(run.rglob("*.*")):
        name = str(path.relative_to(run))
        if path.suffix == ".npz":
            arrays = load_weights(path)
            found[name] = {key: (a.dtype.str, a.tobytes()) for key, a in arrays.items()}
        elif path.name == "metrics.jsonl":
            lines = map(json.loads, path.read_text().splitlines())
            found[name] = [{k: v for k, v in one.items() if k not in TIMES} for one in lines]
        elif path.name == "log.txt":
            times = rf"^\S+ \S+ |\b({'|'.join(TIMES)})=\S+|(?<=finished at step 6\. ).*"
            found[name] = re.sub(times, "", path.read_text(), flags=re.M)
        else:
            found[name] = path.read_bytes()
    return found


@pytest.mark.slow
def test_the_same_seed_writes_the_same_bytes_in_two_processes(tmp_path):
    found = {}
    for name, seed, threads in (("one", "5", 1), ("other", "5", 6), ("seed", "6", 1)):
        output(start(tmp_path / name, TRAIN, seed, inter=threads, intra=1))
        found[name] = timeless(tmp_path / name / "run")
    assert found["one"].keys() == found["other"].keys() == found["seed"].keys()
    assert len(found["one"]) > 6
    for name, content in found["one"].items():
        assert content == found["other"][name], name
    other = [n for n, content in found["one"].items() if content != found["seed"][n]]
    assert len(other) > 5, "another seed is another training"
