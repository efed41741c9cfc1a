"""When an account is synced next, and why then. Pure."""

from datetime import datetime

from mailtide_common.contracts.health.conditions import Condition
from mailtide_console.layout.words import plural

from .store import Account

FAR_DAYS = 365
"""A sync that is further away than this is not planned."""


def next_sync(account: Account, now: datetime) -> tuple[datetime | None, str]:
    """Return the moment, None if there is none, and the reason."""
    condition = account.health.condition
    if condition in {Condition.PAUSED, Condition.REMOVED, Condition.PURGING}:
        return None, f"none: the account is {condition.value}"
    if condition is Condition.GRANT_INVALID:
        return account.recheck_at, "the status of the grant is checked again; a new connection comes sooner"
    if account.not_before is not None and account.not_before > now:
        return account.not_before, "the provider limits calls until then"
    if condition is Condition.SYNCING:
        return now, "a worker has it"
    return _timer(account, now)


def _timer(account: Account, now: datetime) -> tuple[datetime | None, str]:
    if account.next_sync_at is None or (account.next_sync_at - now).days > FAR_DAYS:
        return None, "no timer: SYNC_INTERVAL is 0, so a cron call or an operator starts it"
    if account.failures:
        return account.next_sync_at, f"back-off after {plural(account.failures, 'failed sync')} in a row"
    finished = account.last_finished_at
    if account.wanted_at is not None and (finished is None or account.wanted_at > finished):
        return account.next_sync_at, "something was reported that a sync has to look at"
    return account.next_sync_at, "SYNC_INTERVAL after the last one; webhooks bring mail in between"
