"""What is made of signals that ask to stop, and that a process is left as it was."""

import asyncio
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tiny_runs import usual_signals

from hyperpose_infer import stopping
from hyperpose_infer.stopping import Stopping, stopping_signals

pytestmark = pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="the main thread has signals"
)
IN_C = 6_000_000
"""Rounds of a hash: some seconds, in which Python hears of nothing."""


@pytest.fixture(autouse=True)
def as_in_a_terminal():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    usual_signals()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def said(monkeypatch):
    """What is said of a process that does not answer, which is not ended."""
    monkeypatch.setattr(stopping, "PATIENCE", 0.2)
    monkeypatch.setattr(stopping.os, "_exit", lambda code: said.append(code))
    said = []
    return said


def send(number=signal.SIGTERM):
    os.kill(os.getpid(), number)


def later(seconds, number=signal.SIGTERM):
    threading.Timer(seconds, send, [number]).start()


def wait(seconds=0.6):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)


def left():
    """Return what a context may leave behind: handlers, descriptors, threads."""
    handlers = [signal.getsignal(number) for number in stopping_signals()]
    signal.set_wakeup_fd(number := signal.set_wakeup_fd(-1))
    return handlers, number, len(os.listdir("/proc/self/fd")), threading.active_count()


linux = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted")


@linux
def test_many_contexts_leave_nothing_behind(said):
    before = left()
    for _ in range(50):
        with Stopping(said.append) as asked:
            send()
        assert asked.requested
    assert left() == before
    assert not said


@linux
def test_a_second_signal_at_any_moment_leaves_nothing_behind(said):
    before, interrupted = left(), 0
    for number in range(150):
        try:
            with Stopping(said.append):
                send(signal.SIGINT)
                thread = threading.Thread(
                    target=lambda wait: (time.sleep(wait), send(signal.SIGINT)),
                    args=[number * 4e-6],
                )
                thread.start()
            thread.join()
            wait(0.002)
        except KeyboardInterrupt:
            interrupted += 1
        thread.join()
        assert left()[:2] == before[:2]
    wait(0.1)  # the last thread
    assert left() == before
    assert interrupted > 50


def test_what_is_heard_within_another_training_is_heard(said):
    with Stopping(said.append) as outer:
        with Stopping(said.append) as inner:
            send()
            wait()
        assert (outer.requested, inner.requested) == (False, True)
        send()
        wait()
        assert outer.requested
    assert not said


def test_two_signals_that_python_hears_of_as_one_are_heard(said, monkeypatch):
    monkeypatch.setattr(stopping, "PATIENCE", 1)
    with Stopping(said.append) as asked:
        threading.Timer(0.02, lambda: (send(), send())).start()
        hashlib.pbkdf2_hmac("sha256", b"", b"", IN_C // 3)
        assert asked.requested
        said.clear()  # on a busy machine it may take longer than that
        wait(2.2)
    assert not said


def test_what_hangs_is_said_and_ended(said):
    with Stopping(said.append):
        later(0.05)
        later(0.4)
        hashlib.pbkdf2_hmac("sha256", b"", b"", IN_C)
    assert "once more" in said[0]
    assert said[1:] == ["it ends without saving, since nothing answered", 128 + signal.SIGTERM]


def test_an_event_loop_that_listens_goes_on_listening(said):
    heard = []

    async def train():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, heard.append, 1)
        signal.set_wakeup_fd(before := signal.set_wakeup_fd(-1))
        with Stopping(said.append) as asked:
            send()
            wait(0.1)
            assert asked.requested
        assert signal.set_wakeup_fd(before) == before != -1
        heard.clear()
        send()
        await asyncio.sleep(0.1)

    asyncio.run(train())
    assert heard


def test_an_event_loop_that_begins_meanwhile_keeps_its_descriptor(said):
    come, sent = socket.socketpair()
    with come, sent:
        sent.setblocking(False)
        with Stopping(said.append):
            signal.set_wakeup_fd(sent.fileno())
        assert signal.set_wakeup_fd(-1) == sent.fileno()


def test_where_no_descriptor_is_left_handlers_stay(said, monkeypatch):
    def full():
        raise OSError(24, "Too many open files")

    before = [signal.getsignal(number) for number in stopping_signals()]
    monkeypatch.setattr(stopping.os, "pipe", full)
    with pytest.raises(OSError, match="Too many"), Stopping(said.append):
        pass
    assert [signal.getsignal(number) for number in stopping_signals()] == before


def test_in_another_thread_signals_stay_as_they_are(said):
    found = []

    def train():
        with Stopping(said.append):
            found.append([signal.getsignal(number) for number in stopping_signals()])

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert found == [[signal.getsignal(number) for number in stopping_signals()]]


FORKS = """
import multiprocessing, threading, time
from hyperpose_infer import stopping

stopping.PATIENCE = 0.2
context = multiprocessing.get_context("fork")
children = [context.Process(target=time.sleep, args=(20,)) for _ in range(3)]
with stopping.Stopping(print) as asked:
    for child in children[:2]:
        child.start()
    thread = threading.Thread(target=children[2].start)
    thread.start()
    thread.join()
    for child in children:
        child.terminate()
    for child in children:
        child.join()
    end = time.monotonic() + 1
    while time.monotonic() < end:
        time.sleep(0.01)
    print([child.exitcode for child in children], asked.requested)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_signal_to_a_forked_process_is_none_to_the_training():
    """A pool of a dataset's, say, that is ended: its processes end, and the training does not."""
    command = [sys.executable, "-W", "ignore", "-c", FORKS]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (0, "[-15, -15, -15] False\n"), ended.stderr


OUTLIVED = """
import os
from hyperpose_infer.stopping import Stopping
come, sent = os.pipe()
with Stopping(print):
    if not (child := os.fork()):
        os.close(sent)
        os.read(come, 1)  # until the parent is out of the context
        os._exit(0)
os.close(sent)
print(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_it_does_not_wait_for_a_forked_process_that_lives_on():
    command = [sys.executable, "-W", "ignore", "-c", OUTLIVED]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (0, "0\n"), ended.stderr
