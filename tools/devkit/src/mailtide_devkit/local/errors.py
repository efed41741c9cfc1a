"""The error for a server or a stack that cannot be started on this machine."""


class SetupError(Exception):
    """A program or account is missing, a download failed, a setting is invalid, or the folder is in use."""
