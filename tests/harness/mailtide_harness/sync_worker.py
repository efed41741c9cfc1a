"""A worker between the real simulator and a real Postgres; a list stands in for Kafka."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from mailtide_common.contracts.codec import decode, encode
from mailtide_common.contracts.events import (
    Account,
    AccountStatus,
    Event,
    SyncFinished,
    SyncKind,
    SyncProgressed,
    SyncRequested,
    SyncWanted,
)
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.topics import ACCOUNTS, FOLDERS, MESSAGES
from mailtide_common.contracts.versions import Source, Version
from mailtide_harness.publisher import RecordingPublisher, record_of
from mailtide_nylas import Circuit, NylasClient
from mailtide_nylas_simulator.app import create_app
from mailtide_nylas_simulator.grant_book import Grant
from mailtide_nylas_simulator.world import World
from mailtide_persister.apply.accounts import AccountApplier
from mailtide_persister.apply.folders import FolderApplier
from mailtide_persister.apply.messages import MessageApplier
from mailtide_sync_worker.app import build_pulls
from mailtide_sync_worker.comparison.reconcile_folders import FolderReconciler
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.known.stored_index import StoredIndex
from mailtide_sync_worker.priority import BulkThrottle
from mailtide_sync_worker.requests.account import AccountPuller
from mailtide_sync_worker.requests.handler import Worker

EMAIL = "ada@example.com"
SECOND = 1_000_000
DAY = 86_400


class Network(httpx.ASGITransport):
    """The transport to the simulator. A connection that breaks raises the same error as on a socket."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except ConnectionAbortedError as error:
            raise httpx.ReadError("the connection broke") from error


class Harness:
    """A mailbox of the simulator, its rows in the database, and the worker."""

    def __init__(self, pool: asyncpg.Pool, world: World, grant: Grant) -> None:
        self.pool = pool
        self.world = world
        self.grant = grant
        self.mailbox = grant.mailbox
        self.transport = Network(create_app(world))
        self.publisher = RecordingPublisher()
        self.stored = 0
        self.use_client()

    def use_client(self, **options: Any) -> None:
        """Use another client with these options from now on."""
        options = {"transport": self.transport, "circuit": Circuit(), **options}
        self.nylas = NylasClient("http://sim", self.world.api_key, "client", **options)
        known, index = KnownState(self.pool), StoredIndex(self.pool)
        folders = FolderReconciler(self.nylas, known, self.publisher)
        accounts = AccountPuller(self.nylas, known, self.publisher, folders)
        bulk_throttle = BulkThrottle()
        pulls = build_pulls(
            self.nylas, known, index, accounts, self.publisher, folders=folders, bulk_throttle=bulk_throttle
        )
        self.worker = Worker(pulls, accounts, self.publisher)

    def request(self, kind: SyncKind, task_id: UUID | None = None, **fields: Any) -> SyncRequested:
        return SyncRequested(task_id=task_id or uuid4(), grant_id=self.grant.id, kind=kind, **fields)

    async def slice(self, kind: SyncKind, **fields: Any) -> SyncFinished | SyncProgressed:
        """Work on one request; return its report."""
        request = self.request(kind, **fields)
        assert await self.worker.work(record_of(request.topic, encode(request, source="test"))) is None
        event = decode(self.publisher.records[-1])
        assert isinstance(event, SyncFinished | SyncProgressed)
        return event

    async def finish(self, kind: SyncKind, **fields: Any) -> SyncFinished:
        """Work on one request after which no slice follows."""
        event = await self.slice(kind, **fields)
        assert isinstance(event, SyncFinished)
        return event

    async def whole(self, kind: SyncKind, **fields: Any) -> tuple[SyncFinished, list[SyncProgressed]]:
        """Work on a request and all slices that follow, as the scheduler requests them."""
        task_id, slices = uuid4(), list[SyncProgressed]()
        while isinstance(event := await self.slice(kind, task_id=task_id, **fields), SyncProgressed):
            slices.append(event)
            fields |= {"until": event.until, "watermark": event.watermark}
            await self.store()
        await self.store()
        return event, slices

    async def store(self) -> None:
        """Have the persister write what was published since the last call."""
        fresh, self.stored = self.publisher.records[self.stored :], len(self.publisher.records)
        appliers = {
            ACCOUNTS: AccountApplier(self.pool).apply,
            FOLDERS: FolderApplier(self.pool).apply,
            MESSAGES: MessageApplier(self.pool, None, ambiguity_microseconds=5 * SECOND).apply,
        }
        for topic in (FOLDERS, MESSAGES, ACCOUNTS):
            records = [record for record in fresh if record.topic == topic.name]
            for first in range(0, len(records), 500):
                await appliers[topic](records[first : first + 500])

    def fetch_requests(self, reason: str | None = None) -> list[SyncWanted]:
        """Return the fetches that were requested since the last `forget`."""
        wanted = [event for event in self.publisher.events if isinstance(event, SyncWanted)]
        return [w for w in wanted if reason in (None, w.reason) and w.kind is SyncKind.MESSAGE]

    def of_type(self, *types: type[Event]) -> list[Any]:
        return [event for event in self.publisher.events if isinstance(event, types)]

    def forget(self) -> None:
        """Drop what was published so far."""
        self.publisher.records.clear()
        self.stored = 0

    async def grant_requests(self) -> int:
        """Work on the fetches that were requested, as the scheduler would; return how many."""
        wanted = self.fetch_requests()
        for request in wanted:
            await self.slice(
                SyncKind.MESSAGE,
                message_id=request.message_id,
                deletion_seen=request.deletion_seen,
                lane=request.lane,
            )
        await self.store()
        return len(wanted)

    def fault(self, kind: str, **options: Any) -> None:
        self.world.faults.add({"kind": kind, **options})

    def heal(self) -> None:
        self.world.faults.clear()

    def calls(self) -> dict[str, int]:
        """Return the calls by route since the last `calls`."""
        counts: dict[str, int] = self.world.calls.shape()["grants"].get(self.grant.id, {})
        self.world.calls.reset()
        return counts

    def remote(self) -> dict[str, tuple[Any, ...]]:
        """Return the messages of the mailbox."""
        return {m.id: (m.unread, m.starred, sorted(m.folders)) for m in self.mailbox.newest_first(None, None)}

    async def local(self) -> dict[str, tuple[Any, ...]]:
        """Return the messages of the mailbox as the database has them."""
        rows = await self.pool.fetch(
            "SELECT * FROM emails WHERE account_id = $1 AND deleted_at IS NULL", account_uuid(self.grant.id)
        )
        return {
            row["nylas_message_id"]: (not row["is_read"], row["is_starred"], sorted(row["folders"]))
            for row in rows
        }

    def newest(self, count: int) -> list[str]:
        return list(self.remote())[:count]

    async def fill(self) -> None:
        """Connect the account and download all of its mail."""
        account = Account(
            grant_id=self.grant.id,
            version=Version(observed_at=1, source=Source.CONNECT, event_id="c"),
            status=AccountStatus.ACTIVE,
            provider=self.grant.provider,
            email_address=self.grant.email,
        )
        await self.publisher.publish(account)
        await self.store()
        await self.whole(SyncKind.BACKFILL)
        self.forget()
        self.calls()


NewHarness = Callable[..., Awaitable[Harness]]
