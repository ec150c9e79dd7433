"""Workers: one process each, here or through ssh, in the environment that joins them."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from hyperpose_core.errors import InputError
from hyperpose_parallel.cluster import TF_CONFIG, tf_config
from hyperpose_parallel.launching.keeper import KILLED
from hyperpose_parallel.launching.places import LOCAL, Place

GPUS = "CUDA_VISIBLE_DEVICES"
_PASSED_ON = ("TF_", "OMP_", "HYPERPOSE_", "NCCL_", "XLA_", "PYTHONPATH", "LD_LIBRARY_PATH")
"""How the names of variables begin that workers on other machines get too."""
# Nobody can answer a question, and a machine that is gone has to be noticed. Behind the user's
# own words, because the first that ssh is told counts.
_OF_SSH = ("BatchMode=yes", "ConnectTimeout=20", "ServerAliveInterval=10")


@dataclass(frozen=True)
class Worker:
    """A worker, held by the keeper that was started for it here, or by ssh to its keeper."""

    place: Place
    process: subprocess.Popen[bytes]

    def wait(self) -> int:
        """Return its exit code when it has ended; the negative number of a signal that did it."""
        code = self.process.wait()
        return KILLED - code if KILLED < code < KILLED + signal.NSIG else code

    def send(self, number: signal.Signals) -> None:
        """Have the worker signalled, with the processes that it started."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # it has ended, or is cut off
            self.process.stdin.write(f"{number.name}\n".encode())

    def cut_off(self) -> None:
        """Hold it no longer: its keeper, where it can still be reached, ends it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        if self.place.host not in LOCAL:
            self.process.kill()


def start_workers(places: Sequence[Place], program: Sequence[str], ssh: str) -> list[Worker]:
    """Start a worker at every place, in rank order.

    Worker 0 writes where this process writes; the output of the others is read by `supervise`.
    Each has a session of its own, so that Ctrl-C reaches it once, from here.
    """
    peers = tuple(place.address for place in places)
    workers = []
    for rank, place in enumerate(places):
        settings = {TF_CONFIG: tf_config(peers, rank), **_settings(place, os.environ)}
        keeper = [
            sys.executable,
            "-m",
            "hyperpose_parallel.launching.keeper",
            str(place.local_size),
        ]
        words, environment = [*keeper, *program], {**os.environ, **settings}
        if place.host not in LOCAL:
            words, environment = _remote(place.host, words, settings, ssh), dict(os.environ)
        pipes = {} if rank == 0 else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        process: subprocess.Popen[bytes] = subprocess.Popen(
            words,
            bufsize=0,
            env=environment,
            stdin=subprocess.PIPE,
            start_new_session=True,
            **pipes,  # type: ignore[call-overload]
        )
        workers.append(Worker(place, process))
    return workers


def _settings(place: Place, environment: os._Environ[str]) -> dict[str, str]:
    """Return what a worker has for itself: its GPU, and few messages of TensorFlow."""
    settings = {"TF_CPP_MIN_LOG_LEVEL": environment.get("TF_CPP_MIN_LOG_LEVEL", "3")}
    gpus = environment.get(GPUS)
    if gpus is None:
        settings[GPUS] = str(place.local_rank)
    elif place.local_rank < len(gpus.split(",")):
        settings[GPUS] = gpus.split(",")[place.local_rank]
    else:
        settings[GPUS] = "-1"
    return settings


def _remote(host: str, program: Sequence[str], settings: dict[str, str], ssh: str) -> list[str]:
    """Return the words that start a program on another machine, in the same folder."""
    own = {k: v for k, v in os.environ.items() if k.startswith(_PASSED_ON) and k not in settings}
    variables = [f"{name}={value}" for name, value in {**own, **settings}.items()]
    command = f"cd {shlex.quote(os.getcwd())} && exec {shlex.join(['env', *variables, *program])}"
    return [*_ssh(ssh), host, command]


def _ssh(command: str) -> list[str]:
    """Return the words of what starts a program elsewhere, up to the host."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InputError(f"--ssh {command}: {error}") from error
    if not words or shutil.which(words[0]) is None:
        raise InputError(f"--ssh {command!r}: there is no such program on this machine")
    if PurePath(words[0]).name == "ssh":
        words += [word for option in _OF_SSH for word in ("-o", option)]
    return words
