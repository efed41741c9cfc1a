"""The error that ends the devkit with one line instead of a stack trace."""


class SetupError(Exception):
    """A program is missing, a setting is invalid, or the folder is in use; the message has the remedy."""
