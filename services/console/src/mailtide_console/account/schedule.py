"""The reason for the time of an account's next sync. Pure."""

from datetime import datetime

from mailtide_common.contracts.health.conditions import Condition
from mailtide_console.layout.words import plural

from .store import Account

FIXED = {
    Condition.PAUSED: "none: the account is paused",
    Condition.REMOVED: "none: the account is removed",
    Condition.PURGING: "none: the account is being purged",
    Condition.GRANT_INVALID: "a check of the grant; a sync follows as soon as it is valid again",
    Condition.SYNCING: "a sync is running",
    Condition.BEHIND: "the sync is due, but has not ended",
}
"""Reasons that depend on the condition only."""

NO_TIMER = "no timer: SYNC_INTERVAL is 0, so a cron call or an operator starts it"
UNPLANNED = "unknown: no scheduler has planned a sync of this account yet"


def reason_of(account: Account, now: datetime) -> str:
    """Return in words why an account is next synced at `health.next_at`, or why there is no such time.

    Without a timer, `next_sync_at` is a year or more ahead, and `health.next_at` is None if no task waits.
    """
    if account.health.condition in FIXED:
        return FIXED[account.health.condition]
    if account.not_before is not None and account.not_before > now:
        return "calls for this account are suspended until then"
    if account.health.next_at is None:
        return UNPLANNED if account.next_sync_at is None else NO_TIMER
    return _planned(account, account.health.next_at)


def _planned(account: Account, next_at: datetime) -> str:
    if account.failures:
        return f"back-off after {plural(account.failures, 'failed sync')} in a row"
    if account.backfill is not None and (account.next_sync_at is None or next_at < account.next_sync_at):
        return "the next part of the download; syncs of new mail continue in between"
    finished = account.last_finished_at
    if account.wanted_at is not None and (finished is None or account.wanted_at > finished):
        return "due at once: it was connected or resumed, its grant is valid again, or notifications may have been lost"
    return "SYNC_INTERVAL after the last sync; webhooks bring mail in between"
