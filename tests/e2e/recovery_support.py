"""Shared by the tests of recovery: passing time, and the state of accounts, runs, events and rows."""

import time
from typing import Any

import asyncpg
import httpx

from mailtide_common.contracts.codec import decode
from mailtide_common.contracts.events import AlertKind, AlertRaised, Event
from mailtide_common.contracts.topics import SYNC_EVENTS
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import partition_for
from mailtide_common.runtime.kafka.reader import read_to_end
from mailtide_devkit.demo import user_actions
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

SCHEDULERS = ("scheduler", "scheduler-2")
WORKERS = ("sync-worker", "sync-worker-2")
PERSISTERS = ("persister", "persister-2")
PARTITIONS = 12

PAGE = 20
"""Messages per page. Small pages make small slices, so that a few thousand messages have as many slices as a mailbox of
fifty thousand."""

ACCOUNTS = 60
CALLS = 2
"""Calls of a delta that finds nothing to fetch: one listing, one comparison."""

OWN_FAILURES = 9
"""Failures of a worker before its circuit opens, which count for the accounts (decision 0007)."""

IN_PLACE_SECONDS = 2
"""A call that is under way when the circuit opens is tried again in place for a second (`mailtide_nylas`)."""

OUTAGE_SECONDS = 5
STRAY_CALLS = 4
"""Calls in that time by all workers and schedulers: a probe each, if one is due, and checks of the webhook destination.
"""

FAIR_SECONDS = 8
"""Most seconds between the first and the last account that is current after an outage; their waits are spread over 1.5
s."""

HOUR = 3_600
DAY = 86_400


async def old_account(stack: Stack, admin: SimulatorAdmin, email: str, provider: str, *, before: int) -> str:
    """Connect a mailbox whose newest message is older than `before` seconds, and fill it; return its grant."""
    newest = int(time.time()) - before - HOUR
    await admin.create_mailbox(email, provider=provider, count=60, days=14, newest=newest)
    assert (await user_actions.connect(stack, provider, user_id=email)).status_code == 303
    (grant,) = [str(grant["id"]) for grant in await admin.grants() if grant["email"] == email]
    await user_actions.equal(stack.database_url, admin, [grant])
    await no_task_is_open(stack)
    return grant


async def pass_time(stack: Stack, admin: SimulatorAdmin, grant: str, seconds: int) -> None:
    """Move the last good sync of an account so many seconds into the past."""
    await admin.advance_clock(seconds)
    connection = await asyncpg.connect(stack.database_url)
    try:
        await connection.execute(
            "UPDATE account_schedules SET watermark = watermark - $2, last_finished_at = last_finished_at - "
            "make_interval(secs => $2) WHERE grant_id = $1",
            grant,
            seconds,
        )
        await connection.execute(
            "UPDATE email_accounts SET last_sync_at = last_sync_at - make_interval(secs => $2) "
            "WHERE nylas_grant_id = $1",
            grant,
            seconds,
        )
    finally:
        await connection.close()


async def live_on(admin: SimulatorAdmin, email: str, grant: str | None, gap: int) -> None:
    """Deliver, change, move and delete mail during the gap."""
    now = int(time.time())
    dates = [now - gap * share // 26 for share in range(1, 26)]
    new = await admin.deliver_messages(email, [{"date": date} for date in dates])
    await admin.mutate(email, "delete", ids=new[:1])
    old = (
        [m["id"] for m in (await admin.truth(grant, "none"))["messages"] if m["id"] not in new]
        if grant
        else []
    )
    for number, action in enumerate(("star", "read", "unread", "move", "trash", "delete")):
        ids = old[number::10][:3] if grant else None
        await admin.mutate(email, action, **({"ids": ids} if ids else {"count": 2}))


async def has_status(stack: Stack, grant: str, status: str) -> bool:
    return status in {a["status"] for a in await accounts(stack) if a["grant_id"] == grant}


async def accounts(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await user_actions.api(stack, "GET", "/api/accounts"))["accounts"]
    return found


async def notices(stack: Stack, grant: str) -> int:
    """Return how often an alert said that the grant is invalid, once the alerts of all incidents are published."""

    async def published() -> bool:
        return not await fetched(stack, "SELECT count(*) FROM incidents WHERE alerted_at IS NULL")

    await until(published, what="every incident has its alert")
    return sum(
        isinstance(event, AlertRaised) and (event.kind, event.subject) == (AlertKind.GRANT_INVALID, grant)
        for event in await sync_events(stack)
    )


async def sync_events(stack: Stack) -> list[Event]:
    found: list[Event] = []
    async for chunk in read_to_end(Brokers.plain(stack.kafka.bootstrap_servers), SYNC_EVENTS):
        events = [decode(record) for record in chunk.records]
        found += [event for event in events if isinstance(event, Event)]
    return found


async def no_task_is_open(stack: Stack) -> None:
    """Wait until no task waits or runs."""

    async def quiet() -> bool:
        return not await open_tasks(stack)

    await until(quiet, what="no task is open")


async def open_tasks(stack: Stack) -> int:
    return await fetched(stack, "SELECT count(*) FROM sync_tasks WHERE state <> 'done'")


async def fetched(stack: Stack, query: str) -> int:
    connection = await asyncpg.connect(stack.database_url)
    try:
        found: int = await connection.fetchval(query)
    finally:
        await connection.close()
    return found


async def rows_of(stack: Stack, query: str, *arguments: object) -> list[Any]:
    connection = await asyncpg.connect(stack.database_url)
    try:
        return list(await connection.fetch(query, *arguments))
    finally:
        await connection.close()


async def circuits_opened(stack: Stack) -> int:
    """Return how often the workers' circuits have opened."""
    found = 0
    async with httpx.AsyncClient(trust_env=False) as client:
        for worker in WORKERS:
            lines = (await client.get(f"{stack.url(worker)}/metrics")).text.splitlines()
            (line,) = [
                each for each in lines if each.startswith("mailtide_sync_worker_circuit_openings_total ")
            ]
            found += round(float(line.split()[1]))
    return found


def partition(grant: str) -> int:
    return partition_for(grant.encode(), range(PARTITIONS), ())


async def running_cron(stack: Stack) -> str:
    found: list[str] = []

    async def running() -> bool:
        runs = (await user_actions.api(stack, "GET", "/api/runs", scheduler="scheduler-2"))["runs"]
        found[:] = [run["run_id"] for run in runs if (run["kind"], run["status"]) == ("cron", "running")]
        return bool(found)

    await until(running, what="a cron run is running")
    return found[0]


async def run_report(stack: Stack, run_id: str) -> dict[str, Any]:
    return await user_actions.api(stack, "GET", f"/api/runs/{run_id}", scheduler="scheduler-2")


async def run_end(stack: Stack, run_id: str) -> dict[str, Any]:
    async def over() -> bool:
        return bool((await run_report(stack, run_id))["status"] == "finished")

    await until(over, what="the run is finished", every=0.2)
    return await run_report(stack, run_id)
