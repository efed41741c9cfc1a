"""What stops the devkit with one clear line instead of a stack trace."""


class SetupError(Exception):
    """Something that has to be on the machine is not; the message says how to get it."""
