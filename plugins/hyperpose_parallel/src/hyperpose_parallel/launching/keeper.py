"""Keeper: starts a worker on its machine, passes signals on, ends it when it is cut off.

`hyperpose launch` starts one for every worker, through ssh on other machines, and holds its
standard input: a line is the name of a signal for the worker, and the end of the input says that
the launcher, or the connection to it, is gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable

from hyperpose_core.errors import HyperposeError, InputError
from hyperpose_core.support.messages import Messages
from hyperpose_parallel.cluster import Cluster

KILLED = 128
"""A keeper's exit code is that of its worker; for one that a signal killed, this and its number."""

_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
_GRACE = 10.0
"""Seconds in which a worker that is cut off can save and end by itself."""


def main() -> int:
    """Run the program `sys.argv[2:]`, one of `sys.argv[1]` workers of this machine."""
    try:
        _check_network(Cluster.from_environment())
    except HyperposeError as error:
        Messages().say(f"Error: {error}")
        return 2
    settings = {**_share_of_cores(int(sys.argv[1])), **os.environ}
    worker = subprocess.Popen(
        sys.argv[2:], env=settings, stdin=subprocess.DEVNULL, start_new_session=True
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda given, _: _send(worker, signal.Signals(given)))
    # unbuffered: a buffer that a thread reads cannot be closed when Python ends
    commands = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115
    threading.Thread(target=_obey, args=(worker, commands), daemon=True).start()
    code = worker.wait()
    return code if code >= 0 else KILLED - code


def _check_network(cluster: Cluster) -> None:
    """Refuse to start a worker that could not listen, or would wait long for unknown hosts."""
    here = socket.gethostname()
    for host in {_split(peer)[0] for peer in cluster.peers}:
        try:
            socket.getaddrinfo(host, None)
        except OSError as error:
            raise InputError(
                f"{here} finds no address of {host!r} ({error.strerror}): the workers connect to "
                "each other by the names in --hosts, so each has to be one that all these machines "
                "know; a name in ssh's configuration is not enough"
            ) from error
    port = _split(cluster.peers[cluster.rank])[1]
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("", int(port)))
        except OSError as error:
            raise InputError(
                f"worker {cluster.rank} cannot listen at port {port} of {here} "
                f"({error.strerror}): choose other ports with --port"
            ) from error


def _split(peer: str) -> tuple[str, str]:
    host, _, port = peer.rpartition(":")
    return host, port


def _share_of_cores(workers: int) -> dict[str, str]:
    """Return settings that share the cores out among the workers of this machine."""
    share = str(max(1, (os.cpu_count() or 1) // workers))
    return dict.fromkeys(_THREADS, share) if workers > 1 else {}


def _obey(worker: subprocess.Popen[bytes], commands: Iterable[bytes]) -> None:
    """Send the worker the signals that are asked for; end it where nobody asks any more."""
    for line in commands:
        _send(worker, signal.Signals[line.decode().strip()])
    with contextlib.suppress(OSError):  # the connection to say it on is gone, usually
        Messages().say("hyperpose launch, or the connection to it, is gone: this worker ends")
    _send(worker, signal.SIGTERM)
    try:
        worker.wait(_GRACE)
    except subprocess.TimeoutExpired:
        _send(worker, signal.SIGKILL)


def _send(worker: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal the worker, where it runs, with the processes that it started."""
    if worker.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, number)


if __name__ == "__main__":
    sys.exit(main())
