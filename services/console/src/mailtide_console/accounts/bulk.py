"""Applies one action to several accounts."""

import asyncio
from collections import Counter
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from mailtide_common.contracts.api.accounts import AccountState
from mailtide_common.contracts.api.runs import StartedRun, SyncAccount
from mailtide_common.runtime.errors import MailtideError
from mailtide_console import limits
from mailtide_console.layout.words import plural
from mailtide_console.scheduler_api.client import Api


class BulkAction(StrEnum):
    """An action on several accounts."""

    SYNC = "sync"
    PAUSE = "pause"
    RESUME = "resume"


DONE = {BulkAction.SYNC: "being synced", BulkAction.PAUSE: "paused", BulkAction.RESUME: "resumed"}


class Bulk(BaseModel):
    """The form of a bulk action."""

    action: BulkAction
    account: list[UUID] = Field(default_factory=list, max_length=limits.BULK_MOST)
    next: str = "/accounts"


async def act_on_all(scheduler: Api, operator: str, form: Bulk) -> str:
    """Apply the action to each account, `BULK_AT_ONCE` at a time, and return the result in words.

    The result has the number of successes, and the numbers of failures for the three most frequent reasons
    and for all other reasons.
    """
    if not form.account:
        return "No account was chosen."
    gate = asyncio.Semaphore(limits.BULK_AT_ONCE)

    async def act(account_id: UUID) -> str | None:
        async with gate:
            try:
                await _act(scheduler, operator, form.action, account_id)
            except MailtideError as error:
                return str(error)
        return None

    errors = Counter(error for error in await asyncio.gather(*map(act, form.account)) if error)
    done = len(form.account) - errors.total()
    parts = [f"{plural(done, 'account is', 'accounts are')} {DONE[form.action]}."] if done else []
    frequent = errors.most_common(3)
    parts += [f"{plural(count, 'account')} failed: {error}." for error, count in frequent]
    if others := errors.total() - sum(count for _, count in frequent):
        parts.append(f"{plural(others, 'account')} failed for other reasons.")
    return " ".join(parts)


async def _act(scheduler: Api, operator: str, action: BulkAction, account_id: UUID) -> None:
    path = f"/api/accounts/{account_id}/{action}"
    if action is BulkAction.SYNC:
        await scheduler.call(StartedRun, "POST", path, operator=operator, body=SyncAccount())
    else:
        await scheduler.call(AccountState, "POST", path, operator=operator)
