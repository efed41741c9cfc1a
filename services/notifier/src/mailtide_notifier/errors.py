"""Errors of the notifier's API."""

from mailtide_common.runtime.errors import MailtideError


class NotFoundError(MailtideError):
    """There is no such channel, rule or delivery."""


class RefusedError(MailtideError):
    """What was asked for contradicts what there is."""


class InvalidError(MailtideError):
    """What was sent is not usable."""
