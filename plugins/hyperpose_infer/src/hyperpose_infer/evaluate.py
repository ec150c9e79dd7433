"""`hyperpose eval`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hyperpose_core.cli.options import debug_option, json_option, weights_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.cli.run_options import read_config, run_options, runs_in
from hyperpose_core.config.calls import MetricCall
from hyperpose_core.errors import InputError
from hyperpose_core.registry import get_registry
from hyperpose_core.runs import Run
from hyperpose_core.support.messages import hear_nothing
from hyperpose_infer.model_file import (
    described,
    model_file_options,
    no_runtime_without,
    results_of,
)

ERRORS = MetricCall("errors")
"""The metric whose tables `--errors` asks for."""


@click.command("eval")
@run_options
@model_file_options
@weights_option
@click.option("--errors", is_flag=True, help="Also say which errors cost how much AP.")
@json_option
@debug_option
def command(
    errors: bool, as_json: bool, model_file: Path | None, runtime: str | None, **given: Any
) -> None:
    """Score a model of a run on a dataset, the newest if nothing else is said, or an exported file.

    Every image of the split counts, also those in which nobody was found. What is not given comes
    from the run's own configuration.

    \b
    hyperpose eval --name first
    hyperpose eval --name first --weights best
    hyperpose eval --name coco --set eval.flip=true --set eval.scales=[0.5,1,1.5]
    hyperpose eval --model-file lw.onnx --dataset coco --data data/coco
    """
    no_runtime_without(model_file, runtime)
    settings = None
    if model_file is not None:
        settings = described(model_file, given["name"], given["weights"])
        folder = results_of(model_file).folder
        given |= {"name": folder.name, "save_dir": str(folder.parent)}
    config = read_config(split_setting="data.eval_split", from_run=True, settings=settings, **given)
    run = Run.of(config)
    if model_file is None and not run.newest_model.is_file():
        known = ", ".join(runs_in(config.log.save_dir)) or "none"
        raise InputError(
            f"there is no trained model {run.newest_model}; runs in {config.log.save_dir}: "
            f"{known}. Name one with --name, or train it first"
        )
    if errors and (config.eval.limit is not None or config.data.filter_eval):
        raise InputError("--errors needs every image: leave out eval.limit and data.filter_eval")
    if errors and ERRORS not in config.eval.metrics:
        config.eval.metrics = [*config.eval.metrics, ERRORS]

    load_tensorflow()
    from hyperpose_core.build import get_dataset, get_model, metrics
    from hyperpose_core.build.strategy import start
    from hyperpose_core.data.filters import filters
    from hyperpose_core.evaluation import get_eval
    from hyperpose_core.evaluation.text import plain
    from hyperpose_core.inference import load_predictor

    registry = get_registry()
    for call in config.eval.metrics:  # before data is read
        metrics.check(call, registry)
    if config.data.filter_eval:
        filters(config.data, registry)
    evaluate = get_eval(config, say=hear_nothing if as_json else click.echo)
    if model_file is None:
        result = evaluate(get_model(config, pretrained=False), get_dataset(config))
    else:
        predictor = load_predictor(model_file, config, runtime=runtime)
        result = evaluate(predictor, get_dataset(config))
    if start(config).rank > 0:
        return  # worker 0 speaks for all
    if as_json:
        split = result.scores.pop(ERRORS, None) if errors else None
        tables = {"errors": split.tables if split else {}} if errors else {}
        click.echo(json.dumps(plain(result.to_dict() | tables)))
