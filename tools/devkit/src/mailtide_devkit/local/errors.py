"""The error for a server or a stack that cannot be started on this machine."""

OWN_SERVER = "most tests and `mailtide-devkit up --from-env` then use it"
"""Who follows the variables that name a server. The demo always starts its own."""


class SetupError(Exception):
    """Something that a server or a stack needs is missing, too old, invalid, unreachable, or in use."""
