"""The entry point of the command line: the group of commands, and what becomes of errors."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence

import click

from hyperpose_core.cli.options import DEBUG, debug_option
from hyperpose_core.cli.plugin_group import CALLED, PluginGroup
from hyperpose_core.errors import HyperposeError
from hyperpose_core.support.standard_error import standard_streams
from hyperpose_core.support.version import __version__

ASKING = "_HYPERPOSE_COMPLETE"
"""The variable by which a shell asks what may come next; the command `completion` answers."""


@click.group(cls=PluginGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hyperpose")
@debug_option
def cli() -> None:
    """Train, evaluate and run 2D human pose estimators."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 1 the run failed, 2 wrong input.

    Args:
        arguments: None: those of the process.

    A command may return its exit code; what it returns otherwise is ignored.
    """
    # What OpenCV writes of a damaged file is no sentence of ours, and one of ours follows.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    asked = os.environ.get(ASKING, "") if arguments is None else ""
    words = ["completion"] if asked else sys.argv[1:] if arguments is None else arguments
    with standard_streams(), _ending_like_ctrl_c(), contextlib.ExitStack() as stack:
        if asked.endswith("_complete"):
            from hyperpose_core.cli.quiet import silent_standard_error

            # What is said would stand in the middle of the line that is being typed.
            stack.enter_context(silent_standard_error())
        return _run(list(words))


def _run(words: list[str]) -> int:
    meta: dict[str, object] = {}
    try:
        with cli.make_context("hyperpose", words) as context:
            meta = context.meta
            return _code(cli.invoke(context))
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as stop:
        click.echo("Interrupted.", err=True)
        return 128 + (_code(next(iter(stop.args), None)) or signal.SIGINT)
    except BrokenPipeError:
        # The reader has gone. Nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - a user gets one line, not a traceback
        return _report(error, meta)


@contextlib.contextmanager
def _ending_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt, so that what was begun is cleared away."""

    def end(number: int, frame: object) -> None:
        # A terminal that is closed sends several. A second SIGTERM kills.
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    killing = {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}
    here = threading.current_thread() is threading.main_thread()
    usual = [n for n in killing if here and signal.getsignal(n) is signal.SIG_DFL]
    try:
        for number in usual:
            signal.signal(number, end)
        yield
    finally:
        for number in usual:
            signal.signal(number, signal.SIG_DFL)


def _code(result: object) -> int:
    return result if isinstance(result, int) and not isinstance(result, bool) else 0


def _report(error: Exception, meta: Mapping[str, object]) -> int:
    from hyperpose_core.support.files import FULL
    from hyperpose_core.support.messages import printable

    debug = bool(meta.get(DEBUG))
    if debug:
        import traceback

        traceback.print_exception(error)
    if isinstance(error, HyperposeError):
        click.echo(f"Error: {printable(str(error))}{_missing_library(error)}", err=True)
        return error.exit_code
    if isinstance(error, OSError) and error.errno in FULL:
        where = printable(str(error.filename or "standard output"))
        click.echo(f"Error: cannot write {where}: {error.strerror}; make room", err=True)
        return 1
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        click.echo(f"Error: {printable(f'{error.filename!s:.60}')}... is too long a name", err=True)
        return 2
    text = printable(" ".join(f"{type(error).__name__}: {error}".split()))
    where = f"in {meta.get(CALLED, 'hyperpose')}" + ("" if debug else "; --debug shows where")
    click.echo(f"Error: unexpected {text} ({where}){_missing_library(error)}", err=True)
    return 1


def _missing_library(error: Exception) -> str:
    """Say what to install for TensorFlow, and for all that OpenCV loads, without a screen too."""
    from hyperpose_core.support.missing_tensorflow import advice

    if not any(f"{name}.so" in str(error) for name in ("libGL", "libgthread-2.0")):
        return advice(error)
    return (
        ". OpenCV needs a library of the system: apt install libgl1 libglib2.0-0 (Debian, Ubuntu); "
        "or pip uninstall opencv-python, then pip install opencv-python-headless"
    )
