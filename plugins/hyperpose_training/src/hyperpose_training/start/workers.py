"""Workers: how they train together, and those that would each train the same run alone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from hyperpose_core.build.strategy import KIND
from hyperpose_core.config import Config
from hyperpose_core.contracts import Strategy
from hyperpose_core.errors import InputError
from hyperpose_core.plugins.known import known_names
from hyperpose_core.registry import Registry
from hyperpose_core.support.messages import Messages


def check_alone(strategy: Strategy, config: Config, registry: Registry) -> None:
    """Say how the workers train together, where the strategy has something to say.

    Several workers that would all train the same run by themselves are refused.

    Raises:
        InputError: the environment names several workers, and the strategy has one.
    """
    summary = getattr(strategy, "summary", "")
    messages = Messages(config.log.quiet or strategy.rank > 0)
    if strategy.size > 1:
        messages.say(f"{strategy.size} workers: {summary or config.train.type}")
    elif summary:
        messages.say(summary)
    elif (count := started_workers()) > 1:
        raise InputError(
            f"this is one of {count} workers, and train.type is {config.train.type}, with which "
            f"every worker would train by itself: choose {_others(config.train.type, registry)}"
        )


def started_workers(environment: Mapping[str, str] = os.environ) -> int:
    """Return how many workers `TF_CONFIG` or `kungfu-run` name; 1 where nobody is named."""
    if peers := environment.get("KUNGFU_INIT_PEERS"):
        return len(peers.split(","))
    try:
        jobs = json.loads(environment.get("TF_CONFIG", "{}"))["cluster"]
        return max(1, sum(len(jobs.get(job, ())) for job in ("chief", "worker")))
    except (ValueError, TypeError, KeyError, AttributeError):
        return 1  # what is in there is not meant for us


def _others(chosen: str, registry: Registry) -> str:
    """Name the other strategies, with what to install where there are none."""
    own = registry.get(KIND, chosen).name
    found = [name for name in registry.names(KIND) if name.rpartition("/")[2] != own]
    known = [f"{n} (`pip install {dist}`)" for n, dist in known_names(KIND).items() if n != own]
    return " or ".join(found or known)
