"""What happens beside the step: the clock and its verdict, the best model, life-cycle hooks."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from hyperpose_core.contracts.events import EndEvent, Event, StepEvent
from hyperpose_core.hookspecs import LIFE_CYCLE, ON_TRAIN
from hyperpose_core.plugins import Switches, discover
from hyperpose_core.support.messages import Messages
from hyperpose_training.scoring.selection import Best, choose
from hyperpose_training.watching.clock import Clock, Meter, Spent, verdict
from hyperpose_training.watching.progress_bar import ProgressBar


class Time:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(
    ("waiting", "said"), [(0.5, "The data bounds"), (0.01, "The network bounds")]
)
def test_the_verdict_is_about_waiting_without_the_first_step(waiting, said):
    time = Time()
    clock = Clock(time)
    for step in range(11):
        clock.wait(lambda first=step == 0: time.pass_(30 if first else waiting))
        time.pass_(5)  # what lies between, such as an evaluation, is neither
        clock.work(lambda first=step == 0: time.pass_(60 if first else 1))
    assert clock.first == Spent(30, 60, 1)
    assert clock.total.share == pytest.approx(waiting / (1 + waiting))
    assert clock.verdict().startswith(said)
    assert f"{100 * clock.total.share:.0f}%" in clock.verdict()


def test_no_verdict_on_too_few_steps():
    assert "Too few steps" in verdict(Spent())


def test_a_warning_has_a_line_of_its_own_beside_the_progress_bar(capsys):
    bar = ProgressBar(2, 0, Meter(images=8), quiet=False)
    where = {"run": Path("run"), "step": 1}
    numbers = {"losses": {"loss": 1.0}, "learning_rate": 1.0}
    bar.on_step(StepEvent(**where, **numbers, batch=None, draw=None))
    Messages().warn("mind the step")
    bar.on_end(EndEvent(**where, reason="finished", message="", losses={}))
    lines = capsys.readouterr().err.replace("\r", "\n").splitlines()
    assert "Warning: mind the step" in lines
    assert lines[-1].startswith("train 1/2"), "the bar stays"


def test_warnings_are_copied_those_of_before_too_until_they_are_not(capsys):
    messages, log = Messages(silent=True), []
    messages.warn("one")
    messages.copy_to(log.append)
    messages.warn("two")
    messages.say("not a warning")
    messages.copy_to(None)
    messages.warn("three")
    assert log == ["Warning: one", "Warning: two"]
    assert capsys.readouterr().err == ""


def test_the_meter_gives_means_since_the_last_line():
    meter = Meter(images=8)
    meter.add({"loss": 1.0}, Spent(1, 1, 1))
    meter.add({"loss": 3.0}, Spent(0, 2, 1))
    assert meter.take() == {"loss": 2.0, "images_per_second": 4.0, "data_wait": 0.25}
    meter.add({"loss": 5.0}, Spent(0, 1, 1))
    assert meter.take() == {"loss": 5.0, "images_per_second": 8.0, "data_wait": 0.0}


@pytest.mark.parametrize(
    ("metric", "scores", "best", "stale"),
    [
        ("AP", [0.1, 0.3, 0.2, 0.3], (0.3, 2), 2),
        ("loss", [3.0, 1.0, 2.0], (1.0, 2), 1),
        ("AP", [None, 0.1, None], (0.1, 2), 1),
        ("AP", [0.0, 0.0], (0.0, 1), 1),
    ],
)
def test_the_best_is_the_first_best(metric, scores, best, stale):
    found = Best()
    for step, score in enumerate(scores, 1):
        found = Best.from_dict(found.to_dict()).after(metric, score, step)
    assert ((found.score, found.step), found.stale) == (best, stale)


def test_of_a_metric_whose_smaller_number_is_better_the_smallest_is_kept():
    best = Best()
    for step, score in enumerate([3.0, 1.0, 2.0], 1):
        best = best.after("EPE", score, step, lower=True)
    assert (best.score, best.step, best.stale) == (1.0, 2, 1)


def test_another_metric_begins_anew():
    found = Best("AP", 0.5, 10, 3).after("loss", 9.0, 20)
    assert found == Best("loss", 9.0, 20, 0)


def test_the_first_metric_is_the_default_and_what_a_misspelt_one_becomes():
    warnings: list[str] = []
    metrics, losses = {"PCKh": 50.0, "Head": 60.0}, {"loss": 1.5}
    assert choose(None, metrics, losses, warnings.append) == ("PCKh", 50.0)
    assert choose("loss", metrics, losses, warnings.append) == ("loss", 1.5)
    assert choose("Head", {"Head": math.nan}, losses, warnings.append) == ("Head", None)
    assert choose(None, {"AP": -1.0}, losses, warnings.append) == ("AP", None)
    assert warnings == []
    assert choose("AP", metrics, losses, warnings.append) == ("PCKh", 50.0)
    assert "PCKh, Head, loss" in warnings[0]


def test_every_hook_of_a_training_has_an_event_and_every_event_a_hook():
    assert {f"{ON_TRAIN}{event.hook}" for event in Event.__subclasses__()} == set(LIFE_CYCLE)


def found(install_plugin, code: str):
    install_plugin("logger", code)
    [record] = [r for r in discover(Switches(only=frozenset({"logger"}))) if r.name == "logger"]
    return record


def test_a_plugin_may_have_life_cycle_hooks_with_and_without_the_argument(install_plugin):
    record = found(
        install_plugin,
        """
        from hyperpose_core import hookimpl
        heard = []

        @hookimpl
        def hyperpose_on_train_step(event):
            heard.append(event)

        @hookimpl
        def hyperpose_on_train_end():
            heard.append("end")
        """,
    )
    assert record.status == "ok", record.error
    assert set(record.life_cycle) == {"hyperpose_on_train_step", "hyperpose_on_train_end"}
    record.life_cycle["hyperpose_on_train_step"]("an event")
    record.life_cycle["hyperpose_on_train_end"]("another")
    from hyperpose_logger_plugin import heard

    assert heard == ["an event", "end"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("@hookimpl\ndef hyperpose_on_train_stop(event): ...", "unknown hook"),
        ("def hyperpose_on_train_end(event): ...", "not marked with @hookimpl"),
        ("@hookimpl\ndef hyperpose_on_train_end(evnt): ...", "evnt"),
    ],
)
def test_a_wrong_life_cycle_hook_is_a_failed_plugin(install_plugin, code, said):
    record = found(install_plugin, f"from hyperpose_core import hookimpl\n{code}\n")
    assert record.status == "failed"
    assert said in record.error
