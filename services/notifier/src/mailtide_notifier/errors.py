"""Errors of the notifier's API."""

from mailtide_common.runtime.errors import MailtideError


class NotFoundError(MailtideError):
    """The requested channel or rule does not exist, or the requested delivery cannot be sent again."""


class RefusedError(MailtideError):
    """The request conflicts with stored data, such as a name that is taken."""


class InvalidError(MailtideError):
    """The request cannot be used. Examples: a URL that no sender supports, a new secret for apprise."""
