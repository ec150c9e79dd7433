"""Draw docs/schedules.png: the learning rate of every schedule, from the code that trains.

python docs/schedules.py
"""

from __future__ import annotations

import argparse
from pathlib import Path

from hyperpose_core.config import TrainConfig
from hyperpose_training.optimizing.schedule import LearningRate

SCHEDULES = ("constant", "step", "cosine", "polynomial", "one_cycle")
SETTINGS = {
    "steps": 10000,
    "warmup_steps": 500,
    "learning_rate": 1e-3,
    "decay_every": 2500,
    "decay_factor": 0.5,
}


def curves() -> dict[str, list[float]]:
    """Return the learning rates of all steps, by what the curve is called."""
    calls = {**{name: name for name in SCHEDULES}, "polynomial, power = 2": "polynomial(power=2)"}
    trained = {name: TrainConfig(schedule=call, **SETTINGS) for name, call in calls.items()}
    return {
        name: [*map(LearningRate(config), range(config.steps))] for name, config in trained.items()
    }


def draw(path: Path) -> None:
    """Write the picture."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawn = curves()
    figure, axes = pyplot.subplots(2, 3, figsize=(9, 4.2), sharex=True, sharey=True)
    for axis, (name, rates) in zip(axes.flat, drawn.items(), strict=True):
        axis.plot(rates, color="tab:blue")
        axis.set_title(name, fontsize=10)
        axis.grid(alpha=0.3)
    for axis in axes[1]:
        axis.set_xlabel("step")
    for axis in axes[:, 0]:
        axis.set_ylabel("learning rate")
        axis.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
    # fixed, so that the curves stand at the same place whatever the fonts of this machine
    figure.subplots_adjust(left=0.08, right=0.98, top=0.91, bottom=0.13, wspace=0.12, hspace=0.3)
    figure.savefig(path, dpi=80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).with_name("schedules.png")
    parser.add_argument("path", nargs="?", type=Path, default=default)
    draw(parser.parse_args().path)
