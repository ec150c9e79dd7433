"""`hyperpose demo`: the main job, small, on the embedded dataset."""

from __future__ import annotations

import json
from itertools import count

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.config import Config
from hyperpose_core.runs import Run
from hyperpose_core.support.files import make_folder
from hyperpose_core.support.messages import Messages, hear_nothing

# Upright pictures of one or two large people: a small network learns them within minutes.
PICTURES = {
    "train_images": 800,
    "width": 192,
    "height": 240,
    "max_people": 2,
    "smallest": 65,
    "clutter": 4,
}


@click.command("demo")
@click.option("--save-dir", metavar="DIR", default="./save_dir", show_default=True)
@click.option("--steps", type=int, help="Fewer steps are quicker, and worse.")
@click.option("--quiet", is_flag=True, help="No progress bar and no messages.")
@json_option
@debug_option
def command(save_dir: str, steps: int | None, quiet: bool, as_json: bool) -> None:
    """Train a small model on drawn people, from nothing, and score it on others.

    Takes a few minutes on two cores, and downloads nothing.
    """
    config = demo_config(save_dir, steps, quiet)
    run, messages = Run.of(config), Messages(quiet)
    make_folder(run.folder)
    messages.say("1/3 drawing people to learn from")

    load_tensorflow()
    from hyperpose_core import get_train
    from hyperpose_core.build import get_dataset, get_model
    from hyperpose_core.evaluation import get_eval

    model, dataset = get_model(config), get_dataset(config)
    dataset.train_samples()
    messages.say(f"2/3 training {config.model.type} for {config.train.steps} steps")
    get_train(config, say=hear_nothing)(model, dataset)
    messages.say("3/3 finding people in pictures that it has not seen")
    result = get_eval(config, say=hear_nothing)(model, dataset)
    if as_json:
        click.echo(json.dumps({"run": str(run.folder), **result.to_dict()}))
        return
    click.echo(f"AP {result.metrics['AP']:.3f} over {result.images} unseen pictures")
    click.echo(f"look at them: {run.pictures('eval')}")


def demo_config(save_dir: str, steps: int | None = None, quiet: bool = False) -> Config:
    """Return what the demo trains: small enough for minutes on a CPU."""
    config = Config()
    config.log.save_dir, config.log.quiet, config.log.interval = save_dir, quiet, 100
    model, train, data = config.model, config.train, config.data
    model.type, model.backbone, model.stages = "MobilenetThinOpenpose", "Vggtiny", 2
    model.width, model.backbone_width = 0.75, 0.25
    model.input_size, model.options = (128, 160), {"foreground": 15.0}
    data.type, data.options = "Synthetic", dict(PICTURES)
    data.rotation, data.scale, data.shift, data.color = 5.0, (0.95, 1.1), 0.05, 0.1
    train.batch_size, train.steps = 4, steps or 3200
    train.learning_rate, train.warmup_steps = 6e-3, min(30, train.steps // 10)
    train.save_interval = train.vis_interval = 800
    names = ("demo" if n == 1 else f"demo-{n}" for n in count(1))
    config.model.name = next(n for n in names if not (Run.of(_named(config, n))).folder.exists())
    return config


def _named(config: Config, name: str) -> Config:
    config.model.name = name
    return config
