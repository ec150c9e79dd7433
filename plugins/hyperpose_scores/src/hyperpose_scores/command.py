"""`hyperpose score`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.config import resolve_config
from hyperpose_core.errors import InputError
from hyperpose_core.support.messages import printable


@click.command("score")
@click.argument("results", metavar="RESULTS", type=Path)
@click.option("--dataset", metavar="NAME", required=True, help="As list-plugins names it.")
@click.option("--data", metavar="DIR", help="The folder that holds the dataset.")
@click.option(
    "--ground-truth", metavar="FILE", type=Path, help="Annotations, instead of the dataset's."
)
@click.option("--split", metavar="NAME", help="The split to score on.  [default: val]")
@click.option("--version", metavar="NAME", help="The version of the dataset.")
@click.option(
    "--metric",
    metavar="NAME",
    help="Installed, as 'pck(threshold=0.1)': see list-plugins; else the official one.",
)
@click.option(
    "--sigmas",
    metavar="FILE.toml|LIST",
    help="Of OKS, instead of the skeleton's: see estimate-sigmas.",
)
@click.option("--set", "sets", metavar="GROUP.KEY=VALUE", multiple=True, help="One setting.")
@json_option
@debug_option
def command(
    results: Path,
    dataset: str,
    data: str | None,
    ground_truth: Path | None,
    split: str | None,
    version: str | None,
    metric: str | None,
    sigmas: str | None,
    sets: tuple[str, ...],
    as_json: bool,
) -> None:
    """Score a result file of anybody's: COCO results JSON, MPII predictions as .mat or .h5.

    Every image of the split counts, also those without predictions.

    \b
    hyperpose score results.json --dataset coco --data ./data/coco
    hyperpose score results.json --dataset coco --ground-truth person_keypoints_val2017.json
    """
    if ground_truth is not None and ground_truth.is_file() and (split or version):
        raise InputError("--split and --version choose among the dataset's files: leave them out")
    options = {"data.type": dataset, "data.path": data}
    options |= {"data.eval_split": split, "data.version": version}
    config = resolve_config(options=options, sets=sets).data
    if sigmas is not None:
        config.options = {**config.options, "sigmas": sigmas}

    from hyperpose_core.evaluation.text import plain, score_lines
    from hyperpose_scores.scoring import score_results

    score = score_results(results, config, ground_truth=ground_truth, metric=metric)
    if sigmas is not None and "sigmas" not in score.protocol:
        raise InputError("--sigmas are for OKS: this metric has none, so leave them out")
    if as_json:
        document = {"metrics": score.metrics, "protocol": score.protocol, "tables": score.tables}
        click.echo(json.dumps(plain(document)))
        return
    click.echo("\n".join(map(printable, score_lines(score))))
