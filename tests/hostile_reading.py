"""Reads every file of `hostile_files` with little memory, and writes as JSON what came of each.

    python tests/hostile_reading.py

A process of its own: one of the files might end it. Each line is the target, what the file is, a
part of the sentence that is due, the sentence (null where it was read), and the MB that it took.
"""

from __future__ import annotations

import json
import resource
import sys

import fuzzing
import hostile_files

from hyperpose_core.errors import HyperposeError

MEMORY = 2**30
"""Bytes beyond what the process has when everything is imported and every sample is made."""


def main() -> None:
    """Read them all."""
    samples = list(hostile_files.samples())
    for name in {sample[0] for sample in samples}:
        target = fuzzing.load(name)
        fuzzing.try_one(target.target, target.seeds()[0])
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))
    for name, what, data, words in samples:
        print(f"{name}: {what}", file=sys.stderr, flush=True)  # the last one, where it crashes
        before, said = peak(reset=True), None
        try:
            fuzzing.load(name).target(data)
        except HyperposeError as error:
            said = str(error)
        print(json.dumps([name, what, words, said, peak() - before]), flush=True)


def peak(reset: bool = False) -> int:
    """Return the most memory that this process had since the last reset, in MB."""
    if reset:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    with open("/proc/self/status") as file:
        return int(next(line for line in file if line.startswith("VmHWM")).split()[1]) >> 10


if __name__ == "__main__":
    main()
