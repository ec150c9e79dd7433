"""Checks of optimizers and schedules: a loss that falls, and the same course when resumed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import tensorflow as tf

from hyperpose_core.config import TrainConfig
from hyperpose_core.config.calls import OptimizerCall, ScheduleCall
from hyperpose_plugintools.kit.arguments import needed_arguments
from hyperpose_plugintools.kit.check import Subject, expect
from hyperpose_training.optimizing.chosen import bind

STEPS, RATE = 60, 0.01
WANTED = {"a/filters": (1.0, -0.5), "b/biases": (0.2, 0.7)}
"""What two variables are to become: the minimum of a quadratic loss."""


class Course:
    """An optimizer that trains two variables."""

    def __init__(self, subject: Subject, factors: Mapping[str, float]) -> None:
        self.variables = {name: tf.Variable(tf.zeros([1, 2])) for name in WANTED}
        call = OptimizerCall(subject.name, needed_arguments(subject.load(), given=3))
        config = TrainConfig(weight_decay=0.0)
        make = bind(subject.registry, call, config, given=3)
        self.optimizer = make(self.variables, config, factors)
        self.apply = tf.function(self.optimizer.apply)

    def run(self, first: int, steps: int) -> None:
        """Take some steps, the first of which has this number."""
        for step in range(first, first + steps):
            gradients = [2 * (v - WANTED[name]) for name, v in self.variables.items()]
            self.apply(gradients, tf.constant(RATE), tf.constant(step, tf.int64))

    def loss(self) -> float:
        """Return how far the variables are from what they are to become."""
        parts = [np.sum((v.numpy() - WANTED[n]) ** 2) for n, v in self.variables.items()]
        return float(np.sum(parts))


def has_slots(subject: Subject) -> None:
    """`slots` are variables by names that do not change: checkpoints keep them."""
    first, second = (Course(subject, {}).optimizer for _ in range(2))
    for one in (first, second):
        slots = getattr(one, "slots", None)
        fits = isinstance(slots, Mapping) and all(
            isinstance(slot, tf.Variable) for slot in slots.values()
        )
        expect(fits, "slots: tf.Variables by name", slots)
    same = {n: s.shape for n, s in first.slots.items()} == {
        n: s.shape for n, s in second.slots.items()
    }
    expect(same, "the same slots each time", sorted(second.slots))


def lowers_loss(subject: Subject) -> None:
    """A quadratic loss falls."""
    course = Course(subject, {})
    before = course.loss()
    course.run(0, STEPS)
    after = course.loss()
    expect(after < before, f"a loss below {before:g} after {STEPS} steps", f"{after:g}")


def resumes(subject: Subject) -> None:
    """With its slots and variables another one goes on exactly as it would have."""
    whole, begun, resumed = (Course(subject, {}) for _ in range(3))
    whole.run(0, 6)
    begun.run(0, 3)
    for name, variable in begun.variables.items():
        resumed.variables[name].assign(variable)
    for name, slot in begun.optimizer.slots.items():
        resumed.optimizer.slots[name].assign(slot)
    resumed.run(3, 3)
    pairs = zip(whole.variables.values(), resumed.variables.values(), strict=True)
    far = max(float(np.abs(a.numpy() - b.numpy()).max()) for a, b in pairs)
    expect(far == 0, "the same weights when resumed with its slots", f"weights {far:g} apart")


def obeys_factors(subject: Subject) -> None:
    """A variable whose rate has the factor 0 stays as it is."""
    still, moving = WANTED
    course = Course(subject, {still: 0.0})
    course.run(0, 5)
    moved = {n: float(np.abs(v.numpy()).max()) for n, v in course.variables.items()}
    expect(
        moved[still] == 0, "a variable with the factor 0 to stay", f"one moved by {moved[still]:g}"
    )
    expect(moved[moving] > 0, "the others to move", "one that stays")


def is_factor(subject: Subject) -> None:
    """Finite, 0 or more, at every step, also beyond the last."""
    for steps, warmup in ((100, 0), (100, 20), (1, 0)):
        for step in (warmup, (warmup + steps) // 2, steps - 1, steps, 3 * steps):
            value = _schedule(subject)(max(step, warmup), steps, warmup)
            at = f"at step {step} of {steps} with a warm-up of {warmup}"
            number = isinstance(value, int | float | np.number) and math.isfinite(value)
            expect(number and value >= 0, f"a finite factor of 0 or more {at}", value)


def is_steady(subject: Subject) -> None:
    """A function of its arguments alone, so that a resumed training has the same rates."""
    for step in (0, 30, 99):
        found = [_schedule(subject)(step, 100, 0) for _ in range(2)]
        expect(found[0] == found[1], f"the same factor each time at step {step}", found)


def _schedule(subject: Subject) -> Any:
    call = ScheduleCall(subject.name, needed_arguments(subject.load(), given=3))
    return cast(Any, bind(subject.registry, call, TrainConfig(), given=3))


OPTIMIZER = {
    "its slots have names": has_slots,
    "it lowers a loss": lowers_loss,
    "it resumes exactly": resumes,
    "it obeys the factors of the rates": obeys_factors,
}
SCHEDULE = {
    "it gives a factor at every step": is_factor,
    "it gives the same factor each time": is_steady,
}
