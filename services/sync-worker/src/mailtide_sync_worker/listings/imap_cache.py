"""Determines how far back Nylas' listings reach. Pure.

For the IMAP family Nylas serves a rolling cache of 90 days (docs: IMAP accounts): what leaves it is not deleted.
"""

from mailtide_common.contracts.times import UnixSeconds

DAY_SECONDS = 86_400

CACHE_SECONDS = 89 * DAY_SECONDS
"""A day less than the cache holds: a message must not roll out between the listing and the confirmation."""

WHOLE_MAILBOX_PROVIDERS = frozenset({"google", "microsoft", "ews", "nylas"})
"""Providers that are listed completely; `nylas` is an Agent Account, whose mailbox Nylas keeps (docs: Agent
Accounts). Any other provider, an unknown one too, counts as the IMAP family, which loses nothing."""


def oldest_seen(provider: str | None, now: UnixSeconds) -> UnixSeconds | None:
    """Return the date from which on a listing is complete; None if all of the mailbox is listed.

    Args:
        provider: as Nylas names it, or None while it is unknown.
        now: the time now.
    """
    return None if provider in WHOLE_MAILBOX_PROVIDERS else UnixSeconds(now - CACHE_SECONDS)
