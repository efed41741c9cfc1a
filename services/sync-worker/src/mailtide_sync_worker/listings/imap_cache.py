"""Determines how far back Nylas' listings reach. Pure.

For the IMAP family, Nylas lists a rolling cache of 90 days (docs: IMAP accounts); an older message is not listed, but
may still exist.
"""

from mailtide_common.contracts.times import UnixSeconds

DAY_SECONDS = 86_400

CACHE_SECONDS = 89 * DAY_SECONDS
"""A day less than the cache's period, so that no message leaves it between a listing and a confirmation."""

WHOLE_MAILBOX_PROVIDERS = frozenset({"google", "microsoft", "ews", "nylas"})
"""Providers whose mailboxes are listed completely; `nylas` is an Agent Account, whose mailbox is at Nylas (docs: Agent
Accounts). All others, including unknown ones, are treated as the IMAP family, which is the safe choice."""


def oldest_seen(provider: str | None, now: UnixSeconds) -> UnixSeconds | None:
    """Return the date from which a listing is complete; None if the whole mailbox is listed.

    Args:
        provider: Nylas' name of the provider; None if unknown.
        now: the current time.
    """
    return None if provider in WHOLE_MAILBOX_PROVIDERS else UnixSeconds(now - CACHE_SECONDS)
