"""The error that ends the devkit with one line instead of a stack trace."""


class SetupError(Exception):
    """A required program is missing on this machine; the message says how to install it."""
