"""Training alone or together: what is said of it, and an error where it is not what is meant."""

from __future__ import annotations

from hyperpose_core.cluster import Cluster
from hyperpose_core.config import Config
from hyperpose_core.contracts import Strategy
from hyperpose_core.errors import InputError
from hyperpose_core.messages import Messages
from hyperpose_core.names import normalize

PARALLEL = "Parallel_train"


def check_alone(strategy: Strategy, config: Config) -> None:
    """Say how many workers there are, where they were meant to be several.

    Several workers that would all train the same run by themselves are refused.

    Raises:
        InputError: the environment names several workers, and the strategy has one.
    """
    messages = Messages(config.log.quiet or strategy.rank > 0)
    if strategy.size > 1:
        messages.say(f"{strategy.size} workers: {getattr(strategy, 'summary', config.train.type)}")
        return
    if normalize(config.train.type) == normalize(PARALLEL):
        messages.say(
            f"{PARALLEL} with one worker; for more: hyperpose launch -np N train ..., "
            f"kungfu-run -np N python SCRIPT, or TF_CONFIG"
        )
        return
    try:
        cluster = Cluster.from_environment()
    except InputError:
        return  # what is in there is not meant for us
    if cluster.size > 1:
        raise InputError(
            f"this is worker {cluster.rank} of {cluster.size} ({cluster.started_by}), and "
            f"train.type is {config.train.type}, with which every worker would train by itself: "
            f"choose {PARALLEL}"
        )
