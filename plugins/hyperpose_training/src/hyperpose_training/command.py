"""`hyperpose train`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.cli.run_options import read_config, run_options
from hyperpose_core.config import Config
from hyperpose_core.errors import InputError
from hyperpose_core.registry import get_registry
from hyperpose_core.runs import Run
from hyperpose_core.support.messages import hear_nothing, printable
from hyperpose_training.start.lock import folder_to_fill


@click.command("train")
@run_options
@click.option("--steps", type=int, help="In total.  [default: 1000]")
@click.option("--batch-size", type=int, help="Images a step.  [default: 8]")
@click.option("--seed", type=int, help="Of weights, order and augmentation.  [default: 0]")
@click.option(
    "--backbone-weights", metavar="FILE", help="Weights with which the backbone begins (.npz)."
)
@click.option(
    "--from", "origin", metavar="RUN|FILE", help="A trained model with which this one begins."
)
@click.option(
    "--partial", is_flag=True, default=None, help="With --from: however little of it fits."
)
@click.option(
    "--skip-bad-batches",
    type=int,
    metavar="N",
    help="Leave out up to N batches whose loss or gradient is not finite.  [default: 0]",
)
@click.option(
    "--dry-run", is_flag=True, help="Try everything, keep nothing, say what the run will take."
)
@click.option("--resume", is_flag=True, help="Go on with the run, up to --steps in total.")
@json_option
@debug_option
def command(resume: bool, dry_run: bool, as_json: bool, **given: Any) -> None:
    """Train a model.

    Without options a MobilenetThinOpenpose learns drawn people.

    Everything is kept under SAVE_DIR/RUN: checkpoints, log.txt, metrics.jsonl, pictures, what
    TensorBoard shows. Ctrl-C saves and stops; --resume goes on.

    \b
    hyperpose train --name first --dataset synthetic --steps 200
    hyperpose train --name first --dataset synthetic --steps 200 --dry-run
    hyperpose train --name coco --dataset coco --data ./data --model MobilenetThinOpenpose
    """
    taken: dict[str, Any] = {}

    def defaults_of(config: Config) -> Mapping[str, Any]:
        taken.update(_of_origin(config))
        return taken

    config = read_config(
        split_setting="data.train_split", from_run=resume, defaults_of=defaults_of, **given
    )
    # A whole table of options that is given leaves the others as they are in the origin.
    config.model.options = {**taken.get("model.options", {}), **config.model.options}
    run = Run.of(config)
    if resume and not (run.exists() or run.models):
        raise InputError(f"there is no run {run.folder} to resume; train it without --resume first")
    if dry_run:
        _train(config, run, resume, dry_run, as_json)
        return
    with folder_to_fill(run.folder):
        _train(config, run, resume, dry_run, as_json)


def _of_origin(config: Config) -> Mapping[str, Any]:
    """Return the settings that a model has from the one with which it begins, unless given."""
    from hyperpose_training.start.beginning import of_origin

    return of_origin(config, get_registry())


def _train(config: Config, run: Run, resume: bool, dry_run: bool, as_json: bool) -> None:
    load_tensorflow()
    from hyperpose_core.build import get_dataset, get_model
    from hyperpose_core.build.strategy import start
    from hyperpose_core.build.trainer import get_train
    from hyperpose_core.evaluation.text import plain
    from hyperpose_training.keeping.checkpoint import checkpoints
    from hyperpose_training.start.beginning import check_beginning, origin_of

    registry = get_registry()
    origin = origin_of(config, registry)
    weights = check_beginning(run, resume, origin.path if origin else None)
    is_new = weights is None and not checkpoints(run)
    speaks = start(config).rank == 0  # worker 0 speaks for all
    lines: list[str] = []
    quiet = as_json or config.log.quiet
    training: Any = get_train(config, say=hear_nothing if quiet else lines.append)
    if dry_run and not callable(getattr(training, "dry_run", None)):
        raise InputError(f"{registry.called('trainer', config.train.trainer)} has no dry run")
    model, dataset = get_model(config, pretrained=is_new), get_dataset(config)
    with registry.naming("trainer", config.train.trainer):
        make = training.dry_run if dry_run else training
        result = make(model, dataset, resume=resume)
        if speaks and as_json:
            lines = [json.dumps(plain(result.to_dict()))]
        elif speaks and dry_run:
            lines.extend(map(printable, result.lines()))
    for line in lines:  # not inside: what cannot be written is no fault of the trainer
        click.echo(line)
