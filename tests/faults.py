"""Tries faults on trainings, real processes all, and prints what was tried, how often, and lost.

Each training is gone on with to the end, and compared with one that nothing disturbed: every bit of
its weights, the lines of its log, files that nobody needs. Some need Linux, root (which may mount
file systems), or the command `faketime`: what cannot be tried here is said.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from faulty_means import answering_after, drop_privileges, limit_files, quota_of
from faulty_runs import World, differing, reach
from parallel_runs import worker
from tiny_runs import usual_signals

PHASES = {"start": 2, "trace": 1, "step": 0.02, "checkpoint": 0.002, "validation": 0.5, "end": 0}
"""What a training does, and up to how many seconds after it was seen doing so it is disturbed."""
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Tried:
    """A fault, and what came of it.

    Args:
        ended: how the process ended.
        again: steps that were made once more, because no checkpoint had them.
        lost: what is other at the end; empty: nothing.
        said: the last warning or error.
    """

    fault: str
    ended: str
    again: int = 0
    lost: str = ""
    said: str = ""


Disturb = Callable[[World, str], int | None]
"""Goes on with a run, disturbs it, and returns the exit code; None where it ended before."""


def in_turn(world: World, name: str, faults: dict[str, Disturb]) -> Iterator[Tried]:
    """One training that is disturbed again and again, and then goes on to the end."""
    tried = []
    for fault, disturb in faults.items():
        code = disturb(world, name)
        if code is None:
            print(f"{fault}: not tried, it ended before", file=sys.stderr)
            continue
        again = max([0, *world.logged(name)]) - world.saved(name)
        tried.append(Tried(fault, how(code), again, said=last_words(world, name)))
    lost = world.finish(name)
    for one in tried:
        one.lost = lost
        yield one


def how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def last_words(world: World, name: str) -> str:
    lines = [line for line in world.said(name).splitlines() if "Error" in line or "WARN" in line]
    return lines[-1] if lines else ""


def signalled(number: signal.Signals) -> Callable[[World], Iterator[Tried]]:
    """A training that is sent a signal in every phase in turn."""

    def sent(phase: str, longest: float) -> Disturb:
        def disturb(world: World, name: str) -> int | None:
            process = world.start(name)
            if not reach(world, name, process, phase, random.uniform(0, longest)):
                return None
            os.kill(process.pid or 0, number)
            return world.ended(process)

        return disturb

    faults = {f"{number.name}, {phase}": sent(phase, longest) for phase, longest in PHASES.items()}
    return lambda world: in_turn(world, number.name.lower(), faults)


def disk(world: World) -> Iterator[Tried]:
    """The folder of the run: full, with a limit on files, not to be written."""
    run = world.run("disk")
    run.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(run)]
    subprocess.run(mount, check=True)
    try:
        yield from in_turn(
            world,
            "disk",
            {
                "the disk is full": full,
                "no file may have more than 20 kB (ulimit -f)": limited,
                "the run's folder becomes read-only": read_only,
            },
        )
    finally:
        subprocess.run(["umount", str(run)], check=True)


def quota(world: World) -> Iterator[Tried]:
    """The run is on a file system that gives no more than 6 MB to it, of the 200 that it has."""
    if shutil.which("mkfs.btrfs") is None:
        print("the quota: not tried, there is no command mkfs.btrfs here", file=sys.stderr)
        return
    run = world.run("quota")
    with quota_of(run, megabytes=6):
        yield from in_turn(world, "quota", {"the quota is used up (btrfs)": full})


def full(world: World, name: str) -> int:
    process, ballast = world.start(name), world.run(name) / "ballast"
    reach(world, name, process, "step")
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as out:
        while True:
            out.write(bytes(4096))
    try:
        return world.ended(process)
    finally:
        ballast.unlink()


def limited(world: World, name: str) -> int:
    return world.ended(world.start(name, prepare=limit_files))


def read_only(world: World, name: str) -> int:
    process, run = world.start(name, prepare=drop_privileges), world.run(name)
    reach(world, name, process, "step")
    folders = [run, *(path for path in run.iterdir() if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        return world.ended(process)
    finally:
        for folder in folders:
            folder.chmod(0o755)


def data(world: World) -> Iterator[Tried]:
    """The folder of the images: renamed, without permissions, slow, hanging."""
    return in_turn(
        world,
        "data",
        {
            "images renamed away": renamed,
            "images' permissions taken": forbidden,
            "images' folder hangs, then SIGTERM twice": hanging,
            "images' folder is slow (0.05 s an image)": slow,
        },
    )


def renamed(world: World, name: str) -> int:
    process, away = world.start(name), world.folder / "away"
    reach(world, name, process, "trace")
    world.pictures.rename(away)
    try:
        return world.ended(process)
    finally:
        away.rename(world.pictures)


def forbidden(world: World, name: str) -> int:
    process = world.start(name, prepare=drop_privileges)
    reach(world, name, process, "trace")
    world.pictures.chmod(0)
    try:
        return world.ended(process)
    finally:
        world.pictures.chmod(0o755)


def hanging(world: World, name: str) -> int:
    process = world.start(name)
    reach(world, name, process, "trace")
    with answering_after(world.pictures, 3600):
        process.join(3)
        for _ in range(2):
            os.kill(process.pid or 0, signal.SIGTERM)
            process.join(8)
        return world.ended(process)


def slow(world: World, name: str) -> int:
    with answering_after(world.pictures, 0.05):
        return world.ended(world.start(name))


def clock(world: World) -> Iterator[Tried]:
    """The clock is set back by a year while it trains, and goes on from there."""
    if shutil.which("faketime") is None:
        print("the clock: not tried, there is no command faketime here", file=sys.stderr)
        return iter(())
    return in_turn(world, "clock", {"clock set back by a year": set_back})


def set_back(world: World, name: str) -> int:
    said = world.folder / "clock"
    said.write_text("+0")
    faked = {"FAKETIME_TIMESTAMP_FILE": str(said), "FAKETIME_NO_CACHE": "1"}
    before = ["env", *(f"{key}={value}" for key, value in faked.items())]
    process = world.fresh(name, *before, "faketime", "-m", "--exclude-monotonic", "-f", "+0")
    while process.poll() is None and len(world.logged(name)) < 3:
        time.sleep(0.005)
    said.write_text("-365d")
    return process.wait(300)


def workers(world: World) -> Iterator[Tried]:
    """Two workers: one dies, one hangs, both are cut off from what started them."""
    disturbing: dict[str, Callable[[int], None]] = {
        "two workers: one dies": lambda launcher: os.kill(worker(launcher, 1), signal.SIGKILL),
        "two workers: one hangs": lambda launcher: os.kill(worker(launcher, 1), signal.SIGSTOP),
        "two workers: cut off": lambda launcher: os.kill(launcher, signal.SIGKILL),
    }
    tried = []
    for fault, disturb in disturbing.items():
        before, process = world.saved("workers"), world.launch("workers", 100_000)
        while world.saved("workers") == before and process.poll() is None:
            time.sleep(0.05)
        disturb(process.pid)
        since = time.monotonic()
        code = process.wait(400)
        print(f"{fault}: over after {time.monotonic() - since:.0f} s", file=sys.stderr)
        if code == -signal.SIGKILL:
            time.sleep(15)  # workers that are cut off have 10 s
        again = max(world.logged("workers")) - world.saved("workers")
        tried.append(Tried(fault, how(code), again, said=last_words(world, "workers")))
    steps = world.saved("workers") + 20
    for name in ("workers", "workers-undisturbed"):
        world.launch(name, steps).wait(400)
    lost = differing(world.weights("workers"), world.weights("workers-undisturbed"))
    for one in tried:
        one.lost = lost
        yield one


FAULTS: dict[str, Callable[[World], Iterator[Tried]]] = {
    **{number.name.lower(): signalled(number) for number in SIGNALS},
    "disk": disk,
    "quota": quota,
    "data": data,
    "clock": clock,
    "workers": workers,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", help=f"{', '.join(FAULTS)}; all, if left out")
    parser.add_argument("--times", type=int, default=1, help="how often all of it")
    given = parser.parse_args()
    usual_signals()
    found: list[Tried] = []
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for name in given.faults * given.times or list(FAULTS) * given.times:
            for tried in FAULTS[name](world):
                found.append(tried)
                print(tried, file=sys.stderr, flush=True)
    print(table(found))


def table(found: list[Tried]) -> str:
    rows = [
        "| fault | tried | how it ended | steps made again, at most | lost |",
        "|---|---|---|---|---|",
    ]
    for fault in dict.fromkeys(one.fault for one in found):
        of = [one for one in found if one.fault == fault]
        ends = ", ".join(sorted({one.ended for one in of}))
        lost = "; ".join(sorted({one.lost for one in of} - {""})) or "nothing"
        rows.append(f"| {fault} | {len(of)} | {ends} | {max(one.again for one in of)} | {lost} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
