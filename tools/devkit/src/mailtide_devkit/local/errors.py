"""The error for a machine or a configuration on which nothing can be started."""


class SetupError(Exception):
    """A program or account is missing, a download failed, a setting is invalid, or the folder is in use."""
