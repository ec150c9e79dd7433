"""Commands that each break one promise, in a module that is light."""

import click


@click.command()
def command_help():
    pass


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1)
def command_refuses(words):
    """Take any word."""
