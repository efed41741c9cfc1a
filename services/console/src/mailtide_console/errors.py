"""Errors that a page shows."""

from mailtide_common.runtime.errors import PermanentError


class NotFoundError(PermanentError):
    """There is no such thing."""


class RefusedError(PermanentError):
    """A service refuses an action, and says why."""
