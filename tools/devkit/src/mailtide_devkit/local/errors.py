"""What stops the devkit with one clear line instead of a stack trace."""


class SetupError(Exception):
    """A required program is missing on this machine; the message says how to install it."""
