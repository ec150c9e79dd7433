"""Workers: one process each, here or through ssh, in the environment that joins them."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence

from hyperpose_core.cluster import TF_CONFIG, tf_config
from hyperpose_core.launching.places import LOCAL, Place

GPUS = "CUDA_VISIBLE_DEVICES"
_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
_PASSED_ON = ("TF_", "OMP_", "HYPERPOSE_", "NCCL_")
"""How the names of variables begin that workers on other machines get too."""


def start_workers(
    places: Sequence[Place], program: Sequence[str], ssh: str = "ssh"
) -> list[subprocess.Popen[bytes]]:
    """Start a worker at every place, in rank order.

    Worker 0 writes where this process writes; the output of the others is read by `supervise`.
    Each has a session of its own, so that Ctrl-C reaches it once, from here.
    """
    peers = tuple(place.address for place in places)
    workers = []
    for rank, place in enumerate(places):
        settings = {TF_CONFIG: tf_config(peers, rank), **_settings(place, os.environ)}
        if place.host in LOCAL:
            words, environment = list(program), {**os.environ, **settings}
        else:
            words, environment = _remote(place.host, program, settings, ssh), dict(os.environ)
        pipes = {} if rank == 0 else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        workers.append(
            subprocess.Popen(
                words,
                env=environment,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                **pipes,  # type: ignore[call-overload]
            )
        )
    return workers


def _settings(place: Place, environment: os._Environ[str]) -> dict[str, str]:
    """Return what is not set yet: the share of the cores, and of the GPUs, of a worker's host."""
    settings = {"TF_CPP_MIN_LOG_LEVEL": environment.get("TF_CPP_MIN_LOG_LEVEL", "3")}
    if place.host in LOCAL and place.local_size > 1:
        share = str(max(1, (os.cpu_count() or 1) // place.local_size))
        settings |= {name: environment.get(name, share) for name in _THREADS}
    gpus = environment.get(GPUS)
    if gpus is None:
        settings[GPUS] = str(place.local_rank)
    elif place.local_rank < len(gpus.split(",")):
        settings[GPUS] = gpus.split(",")[place.local_rank]
    else:
        settings[GPUS] = "-1"
    return settings


def _remote(host: str, program: Sequence[str], settings: dict[str, str], ssh: str) -> list[str]:
    """Return the words that start a worker on another machine, in the same folder."""
    own = {k: v for k, v in os.environ.items() if k.startswith(_PASSED_ON) and k not in settings}
    variables = [f"{name}={value}" for name, value in {**own, **settings}.items()]
    command = f"cd {shlex.quote(os.getcwd())} && exec {shlex.join(['env', *variables, *program])}"
    return [*shlex.split(ssh), host, command]
