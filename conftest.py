"""Fixtures for the tests of every distribution."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, so that a failure is the change's. To look for new ones:
# pytest --hypothesis-profile=default
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")

InstallPlugin = Callable[..., Path]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data, beside the repository or in HYPERPOSE_TEST_DATA; skips without."""
    default = Path(__file__).resolve().parent.parent / "shared" / "data"
    folder = Path(os.environ.get("HYPERPOSE_TEST_DATA") or default)
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set HYPERPOSE_TEST_DATA to the folder that has it")
    return folder


@pytest.fixture(scope="session")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A command that is ssh to a real sshd on this machine, whatever the host; skips without.

    Each connection has an sshd of its own, which ends with it and listens nowhere.
    """
    server = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if server is None or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        pytest.skip("needs OpenSSH's ssh, ssh-keygen and sshd (openssh-client, openssh-server)")
    folder = tmp_path_factory.mktemp("ssh")
    for key in ("host", "user"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)]
        subprocess.run(words, check=True)
    (folder / "server").write_text(
        f"HostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\nStrictModes no\n"
        "UsePAM no\nPidFile none\nPermitRootLogin yes\nPasswordAuthentication no\n"
    )
    serve = shlex.join([server, "-i", "-f", f"{folder}/server", "-E", f"{folder}/log"])
    (folder / "client").write_text(
        f"IdentityFile {folder}/user\nIdentitiesOnly yes\nUserKnownHostsFile {folder}/known\n"
        f"StrictHostKeyChecking no\nLogLevel ERROR\nUser {getpass.getuser()}\n"
        f"ProxyCommand {serve}\n"
    )
    command = ["ssh", "-F", str(folder / "client")]
    words = [*command, "-o", "BatchMode=yes", "127.0.0.2", "true"]
    trial = subprocess.run(words, capture_output=True, text=True, timeout=60)
    if trial.returncode:
        log = (folder / "log").read_text() if (folder / "log").exists() else ""
        reason = " ".join(f"{trial.stderr} {log}".split())
        pytest.skip(f"sshd does not let this user in here: {reason}")
    return shlex.join(command)


@pytest.fixture
def install_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InstallPlugin]:
    """Install a distribution with one plugin, for this test and the processes that it starts.

    `install_plugin(name, code, distribution=..., version=..., requires=..., module=...)` writes
    what pip would write and puts it on the path; `code` is the plugin's module.
    """
    sites: list[Path] = []

    def install(
        name: str,
        code: str,
        *,
        distribution: str = "",
        version: str = "1.0",
        requires: tuple[str, ...] = (),
        module: str = "",
    ) -> Path:
        distribution = distribution or f"hyperpose-{name}"
        module = module or f"{distribution.replace('-', '_')}_plugin"
        site = tmp_path / f"site-{len(sites)}"
        info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        head = ["Metadata-Version: 2.1", f"Name: {distribution}", f"Version: {version}"]
        lines = [*head, *(f"Requires-Dist: {requirement}" for requirement in requires)]
        (info / "METADATA").write_text("\n".join(lines) + "\n")
        (info / "entry_points.txt").write_text(f"[hyperpose]\n{name} = {module}\n")
        (site / f"{module}.py").write_text(textwrap.dedent(code))
        sites.append(site)
        monkeypatch.syspath_prepend(site)
        monkeypatch.setenv("PYTHONPATH", str(site), prepend=os.pathsep)
        return site

    yield install
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]
