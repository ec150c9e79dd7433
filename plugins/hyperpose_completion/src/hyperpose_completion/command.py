"""`hyperpose completion`."""

from __future__ import annotations

import contextlib
import os
import sys

import click
from click.shell_completion import get_completion_class

from hyperpose_completion.group import Completing
from hyperpose_core.cli.main import ASKING
from hyperpose_core.cli.options import debug_option
from hyperpose_core.cli.plugin_group import found
from hyperpose_core.errors import InputError

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@debug_option
@click.pass_context
def command(context: click.Context, shell: str | None) -> None:
    """Print what lets a shell complete the commands, options and names of hyperpose.

    \b
    eval "$(hyperpose completion bash)"       # a line of ~/.bashrc
    eval "$(hyperpose completion zsh)"        # a line of ~/.zshrc
    hyperpose completion fish | source        # a line of ~/.config/fish/config.fish
    """
    asked = f"{shell}_source" if shell else os.environ.get(ASKING, "")
    shell, _, what = asked.partition("_")
    kind = get_completion_class(shell)
    if kind is None or what not in ("source", "complete"):
        raise InputError(f"completion of which shell? {', '.join(SHELLS)}; got {asked!r}")
    group = Completing(found(context), context.find_root().command)
    answer = kind(group, {}, "hyperpose", ASKING)
    if what == "source":
        click.echo(answer.source())
        return
    with contextlib.redirect_stdout(sys.stderr):  # what plugins print is no answer
        text = answer.complete()
    click.echo(text)
