"""Parallel training without processes: the cluster and the algorithms, over threads."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.data.humans import Human
from hyperpose_core.errors import HyperposeError, InputError
from hyperpose_core.evaluation.sharing import Predicted, everybodys, part
from hyperpose_core.skeletons import Skeleton
from hyperpose_parallel.algorithms import OWN_SHARE, partner
from hyperpose_parallel.cluster import Cluster, tf_config
from hyperpose_parallel.replicas import merge, merged, spread
from hyperpose_parallel.strategy import ParallelTrain
from hyperpose_training.steps.exchange import anywhere, learning_rate_factor, summed

PEERS = ("10.0.0.1:2222", "10.0.0.2:2222", "10.0.0.3:2222")
PAIR = Skeleton("pair", ("a", "b"), ((0, 1),))


class Room:
    """Where the engines of several threads meet."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.slots: list = [None] * size
        self.barrier = threading.Barrier(size, timeout=60)

    def exchange(self, rank, value):
        self.slots[rank] = value
        self.barrier.wait()
        everything = list(self.slots)
        self.barrier.wait()
        return everything


class ThreadEngine:
    """A `contracts.CollectiveEngine` between threads of one process, eagerly."""

    name = "threads"

    def __init__(self, room: Room, rank: int) -> None:
        self.room, self.rank, self.size = room, rank, room.size

    def mean(self, vector):
        return self._py(vector, lambda vectors: sum(vectors) / np.float32(self.size))

    def pair_mean(self, vector, partner):
        other = int(partner)
        return self._py(vector, lambda vectors: (vectors[self.rank] + vectors[other]) / 2)

    def broadcast(self, vector):
        return self._py(vector, lambda vectors: vectors[0])

    def gather(self, vector):
        return self._py(vector, np.stack)

    def _py(self, vector, function):
        return tf.constant(function(self.room.exchange(self.rank, vector.numpy())))


def workers(size, work, option="Sync_sgd"):
    """Run a function on several workers, each in a thread, and return what they return."""
    room, results, errors = Room(size), [None] * size, []

    def run(rank):
        try:
            engine = ThreadEngine(room, rank)
            strategy = ParallelTrain(engine, option)
            strategy._traced_mean = engine.mean  # threads cannot meet inside a graph
            results[rank] = work(strategy)
        except Exception as error:  # noqa: BLE001 - raised again in the test's own thread
            room.barrier.abort()
            errors.append(error)

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first = [e for e in errors if not isinstance(e, threading.BrokenBarrierError)]
    if errors:
        raise (first or errors)[0]
    return results


def test_a_cluster_is_read_from_either_environment():
    assert Cluster.from_environment({}).size == 1
    for rank in range(3):
        kungfu = {"KUNGFU_SELF_SPEC": PEERS[rank], "KUNGFU_INIT_PEERS": ",".join(PEERS)}
        assert Cluster.from_environment(kungfu) == Cluster(PEERS, rank, "kungfu-run")
        environment = {"TF_CONFIG": tf_config(PEERS, rank)}
        assert Cluster.from_environment(environment) == Cluster(PEERS, rank, "TF_CONFIG")
    chief = '{"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, "task": {"type": "%s", "index": 0}}'
    ranks = [
        Cluster.from_environment({"TF_CONFIG": chief % kind}).rank for kind in ("chief", "worker")
    ]
    assert ranks == [0, 1]


@pytest.mark.parametrize(
    "environment",
    [
        {"KUNGFU_SELF_SPEC": "10.0.0.9:1", "KUNGFU_INIT_PEERS": ",".join(PEERS)},
        {"KUNGFU_SELF_SPEC": PEERS[0]},
        {"TF_CONFIG": "{"},
        {"TF_CONFIG": "[]"},
        {"TF_CONFIG": tf_config(PEERS, 3)},
        {"TF_CONFIG": tf_config(PEERS, 0).replace('"type": "worker"', '"type": "evaluator"')},
    ],
)
def test_an_environment_that_cannot_be_understood_is_named(environment):
    with pytest.raises(InputError, match=r"TF_CONFIG|KUNGFU_SELF_SPEC"):
        Cluster.from_environment(environment)


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_partners_are_a_matching_that_changes(size):
    matchings = set()
    for step in range(30):
        others = [int(partner(rank, size, tf.constant(step, tf.int64))) for rank in range(size)]
        assert [others[other] for other in others] == list(range(size))
        assert sum(other == rank for rank, other in enumerate(others)) == size % 2
        matchings.add(tuple(others))
    assert len(matchings) > (1 if size > 2 else 0)


def one_step(strategy, start, gradient, rate=0.1):
    """Take a step of gradient descent, and return the weights."""
    variable = tf.Variable(start)

    def update(gradients):
        variable.assign_sub(rate * gradients[0])

    strategy.apply([variable], [gradient], update, tf.constant(7, tf.int64))
    return variable.numpy()


@pytest.mark.parametrize("option", ["Sync_sgd", "Sync_avg", "Pair_avg"])
def test_a_step_is_what_the_algorithm_says(option):
    starts = np.float32([[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[0, 0], [9, 3]]])
    gradients = np.float32([[[1, 0], [0, 1]], [[3, 3], [3, 3]], [[2, 0], [0, 2]]])
    if option == "Sync_sgd":
        starts[:] = starts[0]
        expected = starts - 0.1 * gradients.mean(0)
    elif option == "Sync_avg":
        expected = OWN_SHARE * starts + 0.1 * starts.mean(0) - 0.1 * gradients
    else:
        others = [int(partner(rank, 3, tf.constant(7, tf.int64))) for rank in range(3)]
        expected = (starts + starts[others]) / 2 - 0.1 * gradients

    def work(strategy):
        assert strategy.replicas_differ == (option != "Sync_sgd")
        return one_step(strategy, starts[strategy.rank], tf.constant(gradients[strategy.rank]))

    np.testing.assert_allclose(workers(3, work, option), expected, atol=1e-6)


def test_variables_of_any_dtype_are_broadcast_to_the_bit():
    values = [np.float32([[-0.0, np.nan], [1e-40, 3]]), np.int64([2**60, -1]), np.float16([0.1])]

    def work(strategy):
        mine = [v if strategy.rank == 0 else np.zeros_like(v) for v in values]
        variables = [tf.Variable(value) for value in mine]
        strategy.broadcast(variables)
        return [variable.numpy().tobytes() for variable in variables]

    assert workers(2, work) == [[value.tobytes() for value in values]] * 2


def test_workers_with_other_variables_are_named():
    def work(strategy):
        strategy.broadcast([tf.Variable(tf.zeros(3 + strategy.rank))])

    with pytest.raises(HyperposeError, match="another model or optimizer"):
        workers(2, work)


def test_the_average_leaves_alone_what_is_equal():
    third = np.float32([1 / 3, 0.1, 7e-8])

    def work(strategy):
        equal, other = tf.Variable(third), tf.Variable(float(strategy.rank))
        strategy.average([equal])
        strategy.average([other])
        return equal.numpy().tobytes(), float(other.numpy())

    assert workers(3, work) == [(third.tobytes(), 1.0)] * 3


def test_small_exchanges():
    def work(strategy):
        data = b"x" * strategy.rank * 5
        assert strategy.gather(data) == [b"", b"xxxxx", b"xxxxxxxxxx"]
        assert strategy.gather(b"") == [b"", b"", b""]
        assert anywhere(strategy, strategy.rank == 2)
        assert not anywhere(strategy, False)
        assert learning_rate_factor("linear", strategy) == 3.0
        assert learning_rate_factor("none", strategy) == 1.0
        return summed(strategy, {"a": strategy.rank, f"only {strategy.rank}": 1})

    assert workers(3, work) == [{"a": 3, "only 0": 1, "only 1": 1, "only 2": 1}] * 3


def test_replicas_are_merged_for_a_while_saved_and_given_back():
    def work(strategy):
        variables = {"w": tf.Variable([float(strategy.rank), 1.0]), "n": tf.Variable(strategy.rank)}
        with merged(strategy, variables) as stacks:
            assert variables["w"].numpy().tolist() == [0.5, 1.0]
            assert int(variables["n"]) == 0
        own = [float(strategy.rank), 1.0]
        assert variables["w"].numpy().tolist() == own
        assert stacks["w"].tolist() == [[0.0, 1.0], [1.0, 1.0]]
        merge(strategy, variables)
        assert variables["w"].numpy().tolist() == [0.5, 1.0]
        spread(strategy, stacks if strategy.rank == 0 else {}, variables)
        assert variables["w"].numpy().tolist() == own
        three = {name: np.stack([*stack, stack[0]]) for name, stack in stacks.items()}
        variables["w"].assign([5.0, 5.0])
        spread(strategy, three, variables)
        assert variables["w"].numpy().tolist() == [5.0, 5.0], "those of three workers do not fit"
        return True

    assert workers(2, work, "Pair_avg") == [True, True]


def test_predictions_of_all_workers_are_put_together_to_the_bit():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(5, 2, 3)).astype(np.float32)
    alone = Predicted(
        {i: [Human(points[j], 0.1 * j, PAIR) for j in range(i)] for i in range(4)}, {2: "no JPEG"}
    )

    def work(strategy):
        mine = part(4, 0, strategy.rank, 2)
        own = Predicted(
            {i: alone.humans[i] for i in mine},
            {i: t for i, t in alone.unreadable.items() if i in mine},
        )
        return everybodys(own, strategy, PAIR)

    for found in workers(2, work):
        assert found.unreadable == alone.unreadable
        assert list(found.humans) == list(alone.humans)
        for number, people in alone.humans.items():
            for human, same in zip(people, found.humans[number], strict=True):
                assert human.score == same.score
                assert human.keypoints.dtype == same.keypoints.dtype
                np.testing.assert_array_equal(human.keypoints, same.keypoints)
