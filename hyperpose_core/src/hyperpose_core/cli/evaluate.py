"""`hyperpose eval`."""

from __future__ import annotations

import json
from typing import Any

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.cli.run_options import read_config, run_options, runs_in
from hyperpose_core.errors import InputError
from hyperpose_core.runs import Run


@click.command("eval")
@run_options
@json_option
@debug_option
def command(as_json: bool, **given: Any) -> None:
    """Score the newest model of a run on a dataset.

    Every image of the split counts, also those in which nobody was found. What is not given comes
    from the run's own configuration.

    \b
    hyperpose eval --name first
    hyperpose eval --name coco --set eval.flip=true --set eval.scales=[0.5,1,1.5]
    """
    config = read_config(split_setting="data.eval_split", from_run=True, **given)
    run = Run.of(config)
    if not run.newest_model.is_file():
        known = ", ".join(runs_in(config.log.save_dir)) or "none"
        raise InputError(
            f"there is no trained model {run.newest_model}; runs in {config.log.save_dir}: "
            f"{known}. Name one with --name, or train it first"
        )

    load_tensorflow()
    from hyperpose_core.build import get_dataset, get_model
    from hyperpose_core.evaluation import get_eval

    result = get_eval(config)(get_model(config, pretrained=False), get_dataset(config))
    if as_json:
        click.echo(json.dumps(result.to_dict()))
        return
    for name, value in result.metrics.items():
        click.echo(f"{name:6} {value:.3f}")
    click.echo(f"over {result.images} images of {config.data.type} {config.data.eval_split}")
    click.echo(f"pictures: {run.pictures('eval')}   results: {run.results}")
