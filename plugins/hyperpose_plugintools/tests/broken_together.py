"""Strategies and engines that each break one promise: imported before anything else in a worker."""

from hyperpose_core.build.strategy import SingleTrain
from hyperpose_parallel.cluster import Cluster
from hyperpose_parallel.strategy import ParallelTrain
from hyperpose_parallel.tensorflow_engine import TensorflowEngine


class StrategyPlaces(SingleTrain):
    size = 2


class StrategyBegins(SingleTrain):
    def broadcast(self, variables):
        variables[0].assign_add([1.0, 0.0])


class StrategyMeans(SingleTrain):
    def mean(self, value):
        return value + 1


class StrategyGathers(SingleTrain):
    def gather(self, data):
        return []


class _Own(ParallelTrain):
    def apply(self, variables, gradients, update, step):
        update(gradients)


def StrategyLearns(config):  # noqa: N802 - named as the others are
    return _Own(TensorflowEngine(Cluster.from_environment()), "Sync_sgd")


class EnginePlaces(TensorflowEngine):
    name = ""


class EngineMean(TensorflowEngine):
    def mean(self, vector):
        return super().mean(vector) * (1 + 1e-6 * self.rank)


class EnginePair(TensorflowEngine):
    def pair_mean(self, vector, partner):
        return vector


class EngineBroadcast(TensorflowEngine):
    def broadcast(self, vector):
        return vector


class EngineGather(TensorflowEngine):
    def gather(self, vector):
        return super().gather(vector)[::-1]
