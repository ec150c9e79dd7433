"""What every combination of `make test-matrix` has to do: `python tests/matrix_smoke.py FOLDER`.

Every module of ours is imported; then a training, an evaluation, exports to the formats that
bring other packages, and inference on the pictures of the training, in one process.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENDINGS = (".png", ".jpg")
FORMATS = ("tflite", "onnx")


def import_all() -> int:
    """Import every module of every distribution; return how many."""
    names = {
        ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        for source in [*ROOT.glob("hyperpose_*/src"), *ROOT.glob("plugins/*/src")]
        for path in source.rglob("*.py")
        if path.stem != "__main__"
    }
    for name in sorted(names):
        importlib.import_module(name)
    return len(names)


def run(folder: Path) -> None:
    """Train, evaluate, export and infer, by the command line's own words."""
    from tiny_runs import sets, settings

    from hyperpose_core.cli import main

    words = sets(settings(folder / "pictures", f"log.save_dir={folder}", "train.eval_interval=2"))
    which = ["--model", "LightweightOpenpose", "--dataset", "Synthetic", "--name", "run"]
    steps = [
        ["train", *which, "--steps", "2", *words],
        ["eval", "--name", "run", "--save-dir", str(folder)],
        *(["export", str(folder / "run"), "--to", form] for form in FORMATS),
        ["infer", "--name", "run", "--save-dir", str(folder), "--out", str(folder / "found")],
    ]
    for step in steps:
        if step[0] == "infer":
            step += map(str, sorted(p for p in folder.rglob("*") if p.suffix in ENDINGS)[:2])
        print(f"$ hyperpose {' '.join(step)}", flush=True)
        if code := main(step):
            sys.exit(f"hyperpose {step[0]} ended with {code}")


if __name__ == "__main__":
    warnings.filterwarnings("error", module="hyperpose")
    print(f"{import_all()} modules imported")
    run(Path(sys.argv[1]))
