"""`hyperpose launch`: start several workers that train one model."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hyperpose_core.cli.options import debug_option
from hyperpose_core.errors import InputError

_COMMANDS = ("train", "eval")
_DEFAULT_PORT = 29500


@click.command(
    "launch", context_settings={"allow_interspersed_args": False, "ignore_unknown_options": True}
)
@click.option("-np", "workers", type=click.IntRange(1), help="How many workers.")
@click.option(
    "--hosts",
    metavar="HOST[:N],...",
    help="Machines, each with the number of its workers; this one alone if left out.",
)
@click.option(
    "--port",
    type=click.IntRange(1024, 65000),
    help=f"The first port with --hosts; worker i uses port + i.  [default: {_DEFAULT_PORT}]",
)
@click.option(
    "--ssh",
    metavar="COMMAND",
    default="ssh",
    show_default=True,
    help="What starts a worker elsewhere, called with a host and a shell command; such as "
    "'ssh -l USER -p PORT'.",
)
@click.option(
    "--grace",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=10.0,
    show_default=True,
    help="How long the others may take to end by themselves after one has failed.",
)
@debug_option
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
def command(
    workers: int | None,
    hosts: str | None,
    port: int | None,
    ssh: str,
    grace: float,
    words: tuple[str, ...],
) -> int:
    """Train or evaluate with several workers: `hyperpose launch -np 2 train ...`.

    WORDS are those of `hyperpose train` or `hyperpose eval`, or a Python script with its words.
    --batch-size is that of one worker. Worker 0 speaks as ever; what the others say comes with
    their rank before it. When one ends with an error the others end within seconds, and the
    last line names it. Ctrl-C goes to all.

    \b
    hyperpose launch -np 2 train --name first --steps 200
    hyperpose launch --hosts alpha:4,beta:4 train --config my.toml
    hyperpose launch -np 4 train.py
    """
    from hyperpose_parallel.launching.places import local_places, remote_places
    from hyperpose_parallel.launching.supervise import supervise
    from hyperpose_parallel.launching.workers import start_workers

    program = _program(words)
    if hosts is None:
        if workers is None:
            raise InputError("say how many workers: hyperpose launch -np N train ...")
        places = local_places(workers, port)
    else:
        places = remote_places(hosts, workers, port or _DEFAULT_PORT)
    return supervise(start_workers(places, program, ssh), grace)


def _program(words: tuple[str, ...]) -> list[str]:
    """Return the command of one worker."""
    if words[0].endswith(".py"):
        if not Path(words[0]).is_file():
            raise InputError(f"there is no script {words[0]}")
        return [sys.executable, *words]
    if words[0] not in _COMMANDS:
        raise InputError(
            f"hyperpose launch starts {' and '.join(_COMMANDS)}, or a Python script; "
            f"received {words[0]!r}"
        )
    own = [sys.executable, "-m", "hyperpose_core", *words]
    chosen = any(word.startswith(("train.type=", "--set=train.type=")) for word in words)
    return own if chosen else [*own, "--set", "train.type=Parallel_train"]
