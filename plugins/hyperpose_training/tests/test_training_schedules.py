"""Learning-rate schedules: their forms, warm-up, and what more steps do to them."""

import itertools
import math

import pytest

from hyperpose_core.config import TrainConfig
from hyperpose_core.errors import InputError
from hyperpose_training.optimizing.schedule import LearningRate

SCHEDULES = ("constant", "step", "cosine", "polynomial", "one_cycle")

STEPS, WARMUP, RATE = 1000, 50, 0.1


def curve(schedule, **more):
    wanted = {"steps": STEPS, "warmup_steps": WARMUP, "decay_every": 300, **more}
    config = TrainConfig(schedule=schedule, learning_rate=RATE, **wanted)
    return [*map(LearningRate(config), range(config.steps))]


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "polynomial"])
def test_schedules_warm_up_and_never_grow_after(schedule):
    rates = curve(schedule)
    assert all(a < b for a, b in itertools.pairwise(rates[:WARMUP]))
    assert all(a >= b for a, b in itertools.pairwise(rates[WARMUP:]))
    assert max(rates) == rates[WARMUP] == pytest.approx(RATE)
    assert min(rates) > 0
    last = {"constant": RATE, "step": RATE * 0.666**3, "cosine": 0.0, "polynomial": RATE / 950}
    assert rates[-1] == pytest.approx(last[schedule], abs=1e-6)


def test_one_cycle_rises_and_falls_once():
    rates = curve("one_cycle", rise=0.4)
    top = rates.index(max(rates))
    assert top == WARMUP + round(0.4 * (STEPS - WARMUP))
    assert max(rates) == pytest.approx(RATE)
    assert rates[WARMUP] == pytest.approx(RATE / 25)
    assert RATE / 250000 < rates[-1] < 3 * RATE / 250000
    assert all(a < b for a, b in itertools.pairwise(rates[: top + 1]))
    assert all(a > b for a, b in itertools.pairwise(rates[top:]))


def test_curves_go_through_the_points_of_their_formulas():
    middle = WARMUP + (STEPS - WARMUP) // 2
    assert curve("cosine")[middle] == pytest.approx(RATE / 2)
    assert curve("polynomial", power=3.0)[middle] == pytest.approx(RATE / 8)
    assert curve("step")[299:301] == pytest.approx([RATE, 0.666 * RATE])
    third = curve("cosine", warmup_steps=0, steps=900)[300]
    assert third == pytest.approx(RATE * (1 + math.cos(math.pi / 3)) / 2)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_is_a_function_of_the_step_alone_and_lives_beyond_its_end(schedule):
    config = TrainConfig(schedule=schedule, steps=20, warmup_steps=5)
    rate = LearningRate(config)
    forwards = [*map(rate, range(25))]
    assert [*map(rate, reversed(range(25)))] == forwards[::-1]
    assert all(0 <= rate <= config.learning_rate for rate in forwards)
    assert forwards[20] == forwards[24]
    for steps in (0, 1, 2):
        assert LearningRate(TrainConfig(schedule=schedule, steps=steps))(0) >= 0


@pytest.mark.parametrize(
    ("wanted", "steps", "warmup"), [(None, 2000, 100), (None, 200, 20), (150, 200, 150), (0, 50, 0)]
)
def test_the_warm_up_is_what_is_set_and_a_tenth_at_most_where_nothing_is(wanted, steps, warmup):
    config = TrainConfig(schedule="constant", steps=steps, warmup_steps=wanted)
    rates = [*map(LearningRate(config), range(steps))]
    assert sum(rate < config.learning_rate for rate in rates) == warmup


@pytest.mark.parametrize(
    ("call", "settings"),
    [
        ("step(every=7, factor=0.25)", {"decay_every": 7, "decay_factor": 0.25}),
        ("STEP(every=7)", {"decay_every": 7}),
        ("polynomial(power=2.5)", {"power": 2.5}),
        ("one-cycle(rise=0.1)", {"rise": 0.1}),
    ],
)
def test_an_argument_is_the_setting_and_wins_over_it(call, settings):
    other = {"decay_every": 300, "power": 1.0, "rise": 0.5}
    assert curve(call, **other) == curve(call.split("(")[0], **{**other, **settings})
    assert curve(call, **other) != curve(call.split("(")[0], **other)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("cosin", "cosin.*cosine"),
        ("cosine(power=2)", "the schedule 'cosine' takes no 'power'; it takes no arguments"),
        ("step(every=0)", "train.decay_every must be an integer, 1 or more; got 0"),
        ("one_cycle(rise=1.0)", "train.rise must be a number, more than 0 and less than 1"),
        ("polynomial(powr=2)", "'powr'.*did you mean 'power'"),
    ],
)
def test_a_wrong_schedule_or_argument_is_named(call, words):
    with pytest.raises(InputError, match=words):
        LearningRate(TrainConfig(schedule=call))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_curve_that_ends_with_the_steps_is_another_with_more_steps(schedule):
    rate = LearningRate(TrainConfig(schedule=schedule, steps=20, warmup_steps=2))
    assert rate.differs(10) == (schedule not in ("constant", "step"))
    assert not rate.differs(20)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_more_steps_go_on_along_the_curves_that_have_no_end_and_stretch_the_others(schedule):
    short, long = curve(schedule), curve(schedule, steps=2 * STEPS)
    if schedule in ("constant", "step"):
        assert long[:STEPS] == short
    else:
        assert long[STEPS] > 10 * short[-1]
