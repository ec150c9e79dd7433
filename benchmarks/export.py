"""What each exported format of the published LightweightOpenpose scores on COCO images.

python benchmarks/export.py --data DIR --weights lightweight_openpose_coco.npz

DIR is in COCO's layout. Every file is compared with the model on all images of the split, its
people are scored officially, and the difference to the model's AP is printed.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from hyperpose_core import get_dataset, get_eval, get_model, get_registry, load_predictor
from hyperpose_core.config import Config, resolve_config
from hyperpose_core.errors import HyperposeError
from hyperpose_core.runs import Run
from hyperpose_core.support.messages import Messages, hear_nothing
from hyperpose_export.contracts import Options
from hyperpose_export.exporting import Wanted, export
from hyperpose_weights.importing import import_weights

FORMATS = (
    *("onnx:float32", "onnx:float16", "tflite:float32", "tflite:float16", "tflite:int8"),
    *("saved-model:float32", "frozen-pb:float32"),
)


def score(config: Config, file: Path | None) -> float:
    """Return the AP of the run, or of an exported file."""
    evaluate = get_eval(config, say=hear_nothing)
    model = get_model(config, pretrained=False) if file is None else load_predictor(file, config)
    return evaluate(model, get_dataset(config), vis_num=0).metrics["AP"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--images", type=Path, help="default: DIR/val2017")
    parser.add_argument("--to", nargs="+", default=FORMATS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        options = {"model.type": "LightweightOpenpose", "model.name": "published"}
        more = {"data.path": str(given.data), "log.save_dir": folder}
        run = Run(Path(import_weights(given.weights, {**options, **more}).run.folder))
        config = resolve_config(run=run.config, options={"log.quiet": True})
        images = (given.images or given.data / "val2017",)
        exact = score(config, None)
        print(f"{'file':24} {'MB':>6} {'AP':>6} {'change':>7}  parity", flush=True)
        print(f"{'the model':24} {'':6} {exact:6.3f}", flush=True)
        for name in given.to:
            to, _, precision = name.partition(":")
            wanted = Wanted(to=to, options=Options(precision), images=images)
            try:
                made = export(
                    run, resolve_config(run=run.config), wanted, get_registry(), Messages()
                )
            except HyperposeError as error:
                print(f"{name:24} {error}", flush=True)
                continue
            files = [p for p in [made.path, *made.path.rglob("*")] if p.is_file()]
            size = sum(path.stat().st_size for path in files) / 1e6
            ap, parity = score(config, made.path), made.parity
            print(
                f"{name:24} {size:6.1f} {ap:6.3f} {ap - exact:+7.4f}  {parity.matched} of "
                f"{parity.people} people ({parity.found} found), {parity.near} of "
                f"{parity.keypoints} keypoints, maps "
                f"{', '.join(f'{n} {d:.1e}' for n, d in parity.difference.items())}",
                flush=True,
            )


if __name__ == "__main__":
    main()
