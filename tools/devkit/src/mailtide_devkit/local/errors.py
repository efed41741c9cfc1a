"""The error for a server or a stack that cannot be started on this machine."""

OWN_SERVER = "most tests and `mailtide-devkit up --from-env` then use it"
"""Who follows the variables that name a server. The demo always starts its own."""


class SetupError(Exception):
    """A program or account is missing, a download failed, a setting is invalid, or the folder is in use."""
