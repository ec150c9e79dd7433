"""The errors of HyperPose: each says what was received, what is allowed and what to do."""


class HyperposeError(Exception):
    """Base of every error that HyperPose raises on purpose.

    The command line prints its text as one sentence, without a traceback, and exits with
    `exit_code`.
    """

    exit_code = 1


class InputError(HyperposeError):
    """What the user gave is wrong: a name, a file, a setting. Exit code 2."""

    exit_code = 2


class ConfigError(InputError):
    """A setting has an unknown name or a value of the wrong type."""


class DataError(InputError):
    """A dataset's files are missing, unreadable or inconsistent."""


class CheckpointError(InputError):
    """Saved weights are missing, damaged, or belong to another architecture."""


class DiskFullError(HyperposeError):
    """No room is left for a file. Exit code 1: the input may be right."""


class DownloadError(HyperposeError):
    """A server cannot be reached, or refuses. Exit code 1: the input may be right."""


class PluginError(InputError):
    """A plugin cannot be used: it failed to load, conflicts, or was built for another core."""


class UnknownComponentError(InputError):
    """No installed plugin offers a component of that name."""


class SpecError(HyperposeError):
    """A plugin describes a component wrongly: a bad name or a bad target."""
