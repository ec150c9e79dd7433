"""What may be wrong with an installation: findings, each with what to do."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import Distribution, distributions
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from hyperpose_core.plugins import PluginRecord, Switches, discover
from hyperpose_core.plugins.entries import entries
from hyperpose_core.plugins.switches import DISABLED, ONLY
from hyperpose_core.support.names import did_you_mean, normalize
from hyperpose_core.support.version import __version__

PYTHONS = ((3, 10), (3, 13))
TENSORFLOWS = (
    *("tensorflow", "tensorflow-cpu", "tensorflow-intel", "tensorflow-macos", "tf-nightly"),
    *("tf-nightly-cpu", "intel-tensorflow", "tensorflow-rocm", "tensorflow-gpu"),
)
"""Distributions that bring the module `tensorflow`."""
_DEVICES = """
import json, sys, tensorflow as tf
print(json.dumps([tf.__version__, [d.device_type for d in tf.config.list_physical_devices()]]))
"""


@dataclass(frozen=True)
class Finding:
    """What is wrong, and what to do."""

    what: str
    advice: str


@dataclass(frozen=True)
class Diagnosis:
    """What there is, by name, and what is wrong with it."""

    facts: dict[str, str]
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def diagnose() -> Diagnosis:
    """Look at Python, TensorFlow, the requirements of ours and of plugins, and the plugins."""
    installed = _installed()
    records = discover()
    facts = {
        "Python": f"{platform.python_version()} ({sys.executable})",
        "hyperpose-core": __version__,
        "plugins": ", ".join(record.name for record in records),
    }
    tensorflow, trouble = _tensorflow()
    findings = (
        *_python(sys.version_info[:2]),
        *trouble,
        *two_tensorflows(installed),
        *unrelated_kungfu(installed),
        *unmet(installed, {canonicalize_name(record.distribution) for record in records}),
        *unusable(records),
        *idle_switches(Switches.from_environment()),
    )
    return Diagnosis({**facts, **tensorflow}, findings)


def _installed() -> dict[str, Distribution]:
    """Return what is installed by name: of two of one name the first on the path is used."""
    found: dict[str, Distribution] = {}
    for one in distributions():
        found.setdefault(canonicalize_name(one.metadata["Name"] or "unnamed"), one)
    return found


def _python(version: tuple[int, ...]) -> Iterator[Finding]:
    if not PYTHONS[0] <= version <= PYTHONS[1]:
        low, high = (".".join(map(str, bound)) for bound in PYTHONS)
        yield Finding(
            f"this is Python {'.'.join(map(str, version))}",
            f"make the environment with one of {low} to {high}",
        )


def _tensorflow() -> tuple[dict[str, str], list[Finding]]:
    """Import it in a process of its own, because a broken one may end the process."""
    words = [sys.executable, "-c", _DEVICES]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        advice = "pip install --force-reinstall tensorflow, in this environment"
        return {}, [Finding(f"TensorFlow cannot be imported: {said}", advice)]
    import json

    version, devices = json.loads(done.stdout.strip().rpartition("\n")[2])
    counts = [f"{devices.count(kind)} {kind}" for kind in sorted(set(devices))]
    return {"TensorFlow": version, "devices": ", ".join(counts)}, []


def two_tensorflows(installed: Iterable[str]) -> Iterator[Finding]:
    """Find distributions that write the same files, of which the last one to be installed won.

    A distribution `tensorflow` without files of its own only requires another: it is none.
    """
    there = [name for name in TENSORFLOWS if name in set(installed)]
    real = [name for name in there if _has_tensorflow(name)]
    if len(real) > 1:
        yield Finding(
            f"{' and '.join(real)} are installed over each other",
            f"pip uninstall {' '.join(real)}, then pip install the one that you want",
        )


def _has_tensorflow(name: str) -> bool:
    files = Distribution.from_name(name).files or ()
    return any(file.parts[:1] == ("tensorflow",) for file in files)


def unrelated_kungfu(installed: Iterable[str]) -> Iterator[Finding]:
    """Find the `kungfu` of PyPI, which has nothing to do with the trainer of that name."""
    if "kungfu" in set(installed) and not _is_trainer():
        yield Finding(
            "the installed `kungfu` is not KungFu, the trainer: it has no kungfu.tensorflow",
            "pip uninstall kungfu; docs/parallel.md says how to install the trainer",
        )


def _is_trainer() -> bool:
    files = Distribution.from_name("kungfu").files or ()
    return any(file.parts[:2] == ("kungfu", "tensorflow") for file in files)


def unmet(installed: dict[str, Distribution], asking: Iterable[str]) -> Iterator[Finding]:
    """Find what the plugins' distributions and the core require and is missing, or does not fit."""
    for name in sorted({*asking, "hyperpose-core"} & set(installed)):
        for line in installed[name].requires or ():
            try:
                requirement = Requirement(line)
            except InvalidRequirement as error:
                yield Finding(f"{name} requires {line!r}: {error}", f"tell the authors of {name}")
                continue
            if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
                continue
            problem = _problem(requirement, installed)
            if problem:
                wanted = f"{requirement.name}{requirement.specifier}"
                yield Finding(f"{name} requires {wanted}: {problem}", f'pip install "{wanted}"')


def _problem(requirement: Requirement, installed: dict[str, Distribution]) -> str:
    name = canonicalize_name(requirement.name)
    if name not in installed:
        others = [other for other in TENSORFLOWS if other in installed]
        # A build of TensorFlow of another name serves: nothing in it is missing.
        return "" if name in TENSORFLOWS and others else "it is not installed"
    version = installed[name].version
    if requirement.specifier.contains(version, prereleases=True):
        return ""
    return f"{version} is installed"


def unusable(records: Iterable[PluginRecord]) -> Iterator[Finding]:
    """Find plugins that cannot be used, or not by the plain names of their components."""
    advice = {
        "slow": "tell its author; HYPERPOSE_DISABLED_PLUGINS leaves it out",
        "incomplete": "tell its author; the rest of it can be used",
        "failed": "mend or uninstall it; HYPERPOSE_DISABLED_PLUGINS leaves it out",
        "incompatible": "install the version of it that fits this core",
        "duplicate": "uninstall one of the two",
        "conflict": "nothing, where you write plugin/name",
    }
    for record in records:
        if record.status != "ok":
            what = f"the plugin {record.name} ({record.source}) is {record.status}: {record.error}"
            yield Finding(what, advice[record.status])


def idle_switches(switches: Switches) -> Iterator[Finding]:
    """Find names in the environment's switches that no installed plugin has."""
    there = [name for entry in entries() for name in (entry.name, entry.distribution)]
    for variable, names in ((ONLY, switches.only), (DISABLED, switches.disabled)):
        for name in sorted(names.difference(map(normalize, there))):
            near = did_you_mean(name, there)
            yield Finding(
                f"{variable} names {name!r}, and no installed plugin is called so{near}",
                "write a name of hyperpose list-plugins, or that of its distribution",
            )


def text(found: Diagnosis) -> str:
    """Return a diagnosis to read."""
    lines = [f"{name:16}{fact}" for name, fact in found.facts.items()]
    for finding in found.findings:
        lines += ["", f"! {finding.what}", f"  {finding.advice}"]
    return "\n".join([*lines, "", "nothing looks wrong"] if not found.findings else lines)
