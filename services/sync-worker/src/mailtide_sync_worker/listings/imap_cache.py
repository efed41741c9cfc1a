"""Determines how far back Nylas' listings reach. Pure.

For the IMAP family, Nylas lists a rolling cache of 90 days (docs: IMAP accounts). An older message is not
listed, but may still exist.
"""

from mailtide_common.contracts.times import UnixSeconds

DAY_SECONDS = 86_400

CACHE_SECONDS = 89 * DAY_SECONDS
"""A day less than the cache's period, so that no message leaves the cache between a listing and a
confirmation."""

WHOLE_MAILBOX_PROVIDERS = frozenset({"google", "microsoft", "ews", "nylas"})
"""Providers whose mailboxes are listed completely. `nylas` is an Agent Account, whose mailbox is at Nylas
(docs: Agent Accounts). All other providers, also unknown ones, are treated as the IMAP family, which is the
safe choice."""


def oldest_seen(provider: str | None, now: UnixSeconds) -> UnixSeconds | None:
    """Return the date from which a listing is complete, or None if the whole mailbox is listed.

    `provider` is Nylas' name of the mailbox's provider, or None if unknown.
    """
    return None if provider in WHOLE_MAILBOX_PROVIDERS else UnixSeconds(now - CACHE_SECONDS)
