"""Errors of the notifier's API."""

from mailtide_common.runtime.errors import MailtideError


class NotFoundError(MailtideError):
    """The requested channel or rule does not exist, or the requested delivery cannot be sent again."""


class RefusedError(MailtideError):
    """The request conflicts with stored data, such as a name that is taken."""


class InvalidError(MailtideError):
    """The request has a value that cannot be used, or does not fit the kind of channel.

    Examples: an unsupported URL, a rule's channel that does not exist, a new secret for an apprise channel.
    """
