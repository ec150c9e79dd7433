"""The cluster: which workers train together, as their starter tells them in the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hyperpose_core.errors import InputError

TF_CONFIG, SELF, PEERS = "TF_CONFIG", "KUNGFU_SELF_SPEC", "KUNGFU_INIT_PEERS"


@dataclass(frozen=True)
class Cluster:
    """The workers of one training.

    Args:
        peers: `host:port` of every worker, by rank; one or none: this process is alone.
        rank: of this process.
        started_by: `TF_CONFIG`, `kungfu-run`, or nothing.
    """

    peers: tuple[str, ...] = ()
    rank: int = 0
    started_by: str = ""

    @property
    def size(self) -> int:
        """The number of workers."""
        return max(1, len(self.peers))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Cluster:
        """Read what `kungfu-run` sets, else `TF_CONFIG`; without either there is one worker.

        Raises:
            InputError: a variable cannot be understood.
        """
        if environment.get(SELF):
            return cls._of_kungfu(environment[SELF], environment.get(PEERS, ""))
        if environment.get(TF_CONFIG):
            return cls._of_tensorflow(environment[TF_CONFIG])
        return cls()

    @classmethod
    def _of_kungfu(cls, own: str, peers: str) -> Cluster:
        workers = tuple(peer for peer in peers.split(",") if peer)
        if own not in workers:
            raise InputError(
                f"{SELF} is {own!r}, which is none of {PEERS}={peers!r}: start the workers with "
                f"kungfu-run -np N python SCRIPT"
            )
        return cls(workers, workers.index(own), "kungfu-run")

    @classmethod
    def _of_tensorflow(cls, text: str) -> Cluster:
        try:
            settings = json.loads(text)
            jobs, task = settings.get("cluster", {}), settings.get("task", {})
            chiefs, workers = list(jobs.get("chief", [])), list(jobs.get("worker", []))
            kind, index = task.get("type", "worker"), int(task.get("index", 0))
        except (ValueError, TypeError, AttributeError) as error:
            raise _bad_tf_config(text, str(error)) from error
        rank = index + (len(chiefs) if kind == "worker" else 0)
        peers = tuple(map(str, chiefs + workers))
        if kind not in ("chief", "worker"):
            raise _bad_tf_config(text, f"a task of type {kind!r} takes no part in training")
        if peers and not 0 <= rank < len(peers):
            raise _bad_tf_config(text, f"there is no {kind} {index}")
        return cls(peers, rank, TF_CONFIG)


def tf_config(peers: tuple[str, ...], rank: int) -> str:
    """Return the text of `TF_CONFIG` for one worker."""
    settings: dict[str, Any] = {"cluster": {"worker": list(peers)}}
    return json.dumps({**settings, "task": {"type": "worker", "index": rank}})


def _bad_tf_config(text: str, problem: str) -> InputError:
    return InputError(
        f"the environment variable {TF_CONFIG} is {text!r}: {problem}; it has to be like "
        f"{tf_config(('host1:2222', 'host2:2222'), 0)}, or unset it to train alone"
    )
