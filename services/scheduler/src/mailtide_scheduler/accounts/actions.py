"""Changes accounts: operators' decisions, disconnected users, replaced grants and corrected snapshots."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID, uuid4

import asyncpg

from mailtide_common.contracts.api.accounts import AccountRemoval
from mailtide_common.contracts.events import (
    Account,
    AccountStatus,
    AccountUser,
    AlertKind,
    connected_users,
    merged_users,
)
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_scheduler.database import Connection, transaction
from mailtide_scheduler.errors import UnknownAccountError, UnknownUserError
from mailtide_scheduler.incidents.incidents import close_incidents
from mailtide_scheduler.tasks.schedule_store import delete_throttling
from mailtide_scheduler.tasks.store import lock_schedules
from mailtide_scheduler.wakeups import Signals

from .state import AccountTrigger, after, decision
from .store import (
    StoredAccount,
    cancel_tasks,
    enqueue_purge,
    get_account,
    list_overruled_accounts,
    list_superseded_accounts,
    list_unpublished_accounts,
    record_decision,
    record_observation,
    resume_tasks,
    schedule_now,
)

LastAccount = Callable[[str], Awaitable[Account | None]]
"""Returns the newest published snapshot of a grant's account, or None if there is none."""

log = get_logger(__name__)


class AccountControl:
    """Changes the status and the users of accounts.

    A decision takes effect at once, because the scheduler reads it from its own table. A snapshot (an
    `Account` event) in Kafka informs the other services. The snapshot is published before the transaction
    commits. If publishing fails, the decision is rolled back, and the caller should repeat the request.
    """

    def __init__(
        self, pool: asyncpg.Pool, publisher: Publisher, signals: Signals, last_account: LastAccount
    ) -> None:
        self._last_account = last_account
        self._pool = pool
        self._publisher = publisher
        self._signals = signals

    async def decide(
        self, account_id: UUID, happening: AccountTrigger, *, purge: bool = False
    ) -> AccountStatus:
        """Apply an operator's decision to an account, its tasks and its incidents; return the new status.

        Safe to repeat.

        Args:
            account_id: the account.
            happening: pause, resume or remove.
            purge: also enqueue a purge of the account; only with a removal.

        Raises:
            UnknownAccountError: there is no such account.
            RefusedError: the account's status does not permit the decision.
            TransientError: Kafka or Postgres is unavailable. The decision may have reached Kafka; repeat the
                call.
        """
        async with transaction(self._pool) as connection:
            account = await self._locked(connection, account_id)
            status = after(account.status, happening)
            if status != account.status or status != account.snapshot.status:
                await self._move(connection, account, status)
            if purge:
                await enqueue_purge(connection, account.snapshot.grant_id)
        self._signals.work()
        log.info("account_status_decided", account_id=str(account_id), happening=happening, status=status)
        return status

    async def disconnect(self, account_id: UUID, user_id: str, *, purge: bool = False) -> AccountRemoval:
        """End one user's connection to an account. Safe to repeat.

        Return the account's status, and whether a purge was enqueued. The account is removed when its last
        user disconnects. Users are read from the database and from the newest snapshot in Kafka, because a
        new connection may not be stored yet.

        Args:
            account_id: the account.
            user_id: the user whose connection ends.
            purge: also enqueue a purge of the account if no user is left.

        Raises:
            UnknownAccountError: there is no such account.
            UnknownUserError: the user never connected the account.
            TransientError: Kafka or Postgres is unavailable. The new snapshot may have reached Kafka; repeat
                the call.
        """
        async with transaction(self._pool) as connection:
            account = await self._locked(connection, account_id)
            last = await self._last_account(account.snapshot.grant_id)
            users = merged_users(account.snapshot.all_users, last.all_users if last else ())
            if user_id not in {user.user_id for user in users}:
                raise UnknownUserError
            left = _without(users, user_id, now_us())
            holders = connected_users(left)
            status = account.status if holders else after(account.status, AccountTrigger.REMOVE)
            moved = account.naming(left, holders[0] if holders else account.snapshot.user_id)
            if status is AccountStatus.REMOVED and account.status is not AccountStatus.REMOVED:
                await self._move(connection, moved, status)
            else:
                newest = last.version.observed_at if last else 0
                at = max(now_us(), account.snapshot.version.observed_at + 1, newest + 1)
                await self._publisher.publish(snapshot_at(moved, status, at))
            purge = purge and not holders
            if purge:
                await enqueue_purge(connection, account.snapshot.grant_id)
        self._signals.work()
        log.info("user_disconnected", account_id=str(account_id), holders=len(holders), status=status)
        return AccountRemoval(status=status, purge=purge)

    async def supersede(self, connected: Account) -> int:
        """Remove the accounts that a new connection replaces; return how many.

        `list_superseded_accounts` defines which accounts these are. Nothing is removed if the address or the
        time of the new connection is unknown.

        Raises:
            TransientError: Kafka or Postgres is unavailable.
        """
        if connected.email_address is None or connected.connected_at is None:
            return 0
        async with transaction(self._pool) as connection:
            replaced = await list_superseded_accounts(connection, connected)
        removed = 0
        for account_id in replaced:
            try:
                await self.decide(account_id, AccountTrigger.REMOVE)
            except UnknownAccountError:
                continue  # it has been purged meanwhile
            removed += 1
            log.info(
                "account_superseded", account_id=str(account_id), by=str(account_uuid(connected.grant_id))
            )
        return removed

    async def reassert(self) -> int:
        """Publish corrected snapshots of accounts whose newest snapshot is wrong; return how many.

        A snapshot is wrong for one of two reasons:

        - An observation has changed the account's row against an operator's decision.
        - It lacks a user, for example because two users connected at the same time.

        One call corrects at most `PLAN_BATCH` accounts for each reason.

        Raises:
            TransientError: Kafka or Postgres is unavailable.
        """
        async with transaction(self._pool) as connection:
            untrue = {
                account.id: account
                for account in (
                    *await list_overruled_accounts(connection),
                    *await list_unpublished_accounts(connection),
                )
            }
            await self._publisher.publish_all(
                [
                    snapshot_at(account, account.status, account.snapshot.version.observed_at + 1)
                    for account in untrue.values()
                ]
            )
        return len(untrue)

    async def _locked(self, connection: Connection, account_id: UUID) -> StoredAccount:
        account = await get_account(connection, account_id)
        if account is not None:
            await lock_schedules(connection, [account.snapshot.grant_id])
            account = await get_account(connection, account_id)
        if account is None:
            raise UnknownAccountError
        return account

    async def _move(self, connection: Connection, account: StoredAccount, status: AccountStatus) -> None:
        grant = account.snapshot.grant_id
        latest = max(account.snapshot.version.observed_at, account.decided_at)
        at = max(now_us(), UnixMicros(latest + 1))
        active = status is AccountStatus.ACTIVE
        await record_decision(connection, grant, decision(status), at)
        await record_observation(connection, grant, at, None, active=active)
        if active:
            await schedule_now(connection, [grant])
            await resume_tasks(connection, [grant])
        if status is AccountStatus.REMOVED:
            await cancel_tasks(connection, grant)
        await close_incidents(connection, AlertKind.GRANT_INVALID, grant, at)
        if not active:
            await delete_throttling(connection, grant)
            for kind in (AlertKind.CONSENT_MISSING, AlertKind.GRANT_THROTTLED):
                await close_incidents(connection, kind, grant, at)
        await self._publisher.publish(snapshot_at(account, status, at))


def snapshot_at(account: StoredAccount, status: AccountStatus, observed_at: int) -> Account:
    """Return the account's stored snapshot with a status, and with a new version of the given time."""
    version = Version(observed_at=observed_at, source=Source.CONTROL, event_id=uuid4().hex)
    return account.snapshot.model_copy(update={"status": status, "version": version})


def _without(users: Sequence[AccountUser], user_id: str, now: int) -> tuple[AccountUser, ...]:
    """Return the users, with `user_id` marked as removed at `now` (Unix microseconds)."""
    gone = [
        user.model_copy(update={"removed": True, "changed_at": max(now, user.changed_at + 1)})
        for user in users
        if user.user_id == user_id and not user.removed
    ]
    return merged_users(users, gone)
