"""Places: where every worker runs, and at which port the others find it."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from hyperpose_core.errors import InputError

LOCAL = ("localhost", "127.0.0.1")
_MOST = 1024
_SSH = "A user and a port for ssh: in its configuration, or --ssh 'ssh -l USER -p PORT'"
_HOST = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?::(\d+))?")


@dataclass(frozen=True)
class Place:
    """Where one worker runs.

    Args:
        local_rank: its number among those of its host, from 0.
        local_size: how many workers its host has.
    """

    host: str
    port: int
    local_rank: int
    local_size: int

    @property
    def address(self) -> str:
        """What the others connect to."""
        return f"{self.host}:{self.port}"


def local_places(count: int, port: int | None = None) -> list[Place]:
    """Return places on this machine; without a first port, at ports that are free now."""
    ports = _free_ports(count) if port is None else [port + i for i in range(count)]
    return [Place("127.0.0.1", ports[i], i, count) for i in range(count)]


def remote_places(hosts: str, count: int | None, port: int) -> list[Place]:
    """Return the places of a list `host:workers,host,...`; a host without a number has one.

    Args:
        count: the total, where the user says it too.

    Raises:
        InputError: the list is malformed, or holds another number of workers.
    """
    slots: dict[str, int] = {}
    for item in hosts.split(","):
        match = _HOST.fullmatch(item.strip())
        if match is None or match[2] == "0":
            raise InputError(
                f"--hosts is a list like alpha:4,beta:4; received {item.strip()!r}. {_SSH}"
            )
        if int(match[2] or 1) > _MOST:
            raise InputError(f"--hosts: {item.strip()} means {match[2]} workers. {_SSH}")
        slots[match[1]] = slots.get(match[1], 0) + int(match[2] or 1)
    total = sum(slots.values())
    if port + total > 65536:
        raise InputError(f"--port {port}: {total} workers need the ports up to {port + total - 1}")
    if count not in (None, total):
        raise InputError(f"-np is {count}, and --hosts has places for {total} workers")
    if total > 1 and len(slots) > 1 and set(slots) & set(LOCAL):
        raise InputError("--hosts: the other machines cannot reach localhost; use this one's name")
    return [
        Place(host, port + _before(slots, host) + i, i, workers)
        for host, workers in slots.items()
        for i in range(workers)
    ]


def _before(slots: dict[str, int], host: str) -> int:
    names = list(slots)
    return sum(slots[name] for name in names[: names.index(host)])


def _free_ports(count: int) -> Sequence[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
