"""A process, grant or server fails in the middle of a sync, which continues where it was and does nothing twice."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from mailtide_common.contracts.events import SyncFinished, SyncOutcome
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.runtime.clock import now_us
from mailtide_devkit.demo import user_actions
from mailtide_devkit.demo.followed_backfill import FollowedBackfill
from mailtide_devkit.demo.many_accounts import connect_many, create_many
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_nylas_simulator.testing.client import SimulatorAdmin
from mailtide_sync_worker.limits import SLICE_PAGES

from .recovery_support import (
    ACCOUNTS,
    CALLS,
    DAY,
    FAIR_SECONDS,
    HOUR,
    IN_PLACE_SECONDS,
    OUTAGE_SECONDS,
    OWN_FAILURES,
    PAGE,
    PARTITIONS,
    PERSISTERS,
    SCHEDULERS,
    STRAY_CALLS,
    WORKERS,
    accounts,
    circuits_opened,
    fetched,
    has_status,
    live_on,
    no_task_is_open,
    notices,
    old_account,
    open_tasks,
    partition,
    pass_time,
    rows_of,
    run_end,
    run_report,
    running_cron,
    sync_events,
)

pytestmark = [pytest.mark.e2e, pytest.mark.fault]


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    """Two of every service that shares work; killed processes are restarted. The timer starts no syncs."""
    services = {"ingress": 1, "scheduler": 2, "sync-worker": 2, "persister": 2}
    env = {"MAILTIDE_SESSION_TIMEOUT_MS": "6000", "SYNC_INTERVAL": str(DAY)}
    options = StackOptions(services=services, env=env, auto_restart=True, simulator_arguments=("--empty",))
    async with Stack(options) as running:
        yield running


@pytest.fixture(scope="module")
async def crowd(stack: Stack, admin: SimulatorAdmin) -> dict[str, str]:
    """The grants, by address, of many small mailboxes, connected, filled and quiet."""
    emails = await create_many(admin, ACCOUNTS, messages=2)
    grants = await connect_many(stack, admin, emails)

    async def quiet() -> bool:
        counts = await user_actions.counts(stack.database_url)
        return all(counts.get(grant) == 2 for grant in grants) and not await open_tasks(stack)

    await until(quiet, what="every account is filled", every=0.2)
    return dict(zip(emails, grants, strict=True))


@pytest.mark.parametrize(
    ("provider", "gap", "told"),
    [("microsoft", HOUR, True), ("yahoo", 5 * DAY, False)],
    ids=["an hour, told by the notification", "five days, found by a call"],
)
async def test_a_grant_that_comes_back_brings_its_gap(
    stack: Stack, admin: SimulatorAdmin, provider: str, gap: int, told: bool
) -> None:
    """Time passes by moving the last good sync into the past, and the clock that judges the 72 h of Nylas."""
    email = f"{provider}@example.com"
    grant = await old_account(stack, admin, email, provider, before=gap)
    silent = [await admin.fault("drop", trigger=trigger) for trigger in ("message.*", "folder.*")]
    if told:
        silent.append(await admin.fault("duplicate", trigger="grant.expired", times=3))
    else:
        silent.append(await admin.fault("drop", trigger="grant.*"))
    await admin.expire(grant)
    if not told:
        report = await user_actions.cron(stack)
        assert email in {d["email"] for d in report["details"] if d["status"] == "failed"}
    await until(lambda: has_status(stack, grant, "invalid"), what="the account is invalid")
    await pass_time(stack, admin, grant, gap)
    await admin.reset_calls()
    await live_on(admin, email, grant, gap)
    report = await user_actions.cron(stack)
    assert email not in {detail["email"] for detail in report["details"]}
    assert grant not in (await admin.calls())["grants"]
    assert (await user_actions.connect(stack, provider, user_id=email)).status_code == 303
    await user_actions.equal(stack.database_url, admin, [grant])
    assert await admin.wait_idle()
    for fault in silent:
        await admin.clear_faults(fault)
    await until(lambda: has_status(stack, grant, "active"), what="the account is active")
    assert await notices(stack, grant) == 1


async def test_a_new_grant_of_an_address_brings_its_gap_and_ends_the_old_one(
    stack: Stack, admin: SimulatorAdmin
) -> None:
    email = "ews@example.com"
    old = await old_account(stack, admin, email, "ews", before=DAY)
    await admin.revoke(old)
    await until(lambda: has_status(stack, old, "invalid"), what="the account is invalid")
    await pass_time(stack, admin, old, DAY)
    await admin.reset_calls()
    await live_on(admin, email, None, DAY)
    assert (await user_actions.connect(stack, "ews", user_id=email)).status_code == 303
    (new,) = [str(grant["id"]) for grant in await admin.grants() if grant["email"] == email]
    assert new != old
    await user_actions.equal(stack.database_url, admin, [new])
    await until(lambda: has_status(stack, old, "removed"), what="the old account is removed")
    assert await has_status(stack, new, "active")
    assert old not in (await admin.calls())["grants"]
    assert (await notices(stack, old), await notices(stack, new)) == (1, 0)


async def test_a_first_sync_that_shows_too_little_is_completed_and_proven(
    stack: Stack, admin: SimulatorAdmin
) -> None:
    """Nylas lists nothing of an IMAP mailbox, then one of 40 mails; its first sync ends afterwards.

    INV-21.
    """
    email = "slow@example.org"
    await admin.create_mailbox(email, provider="icloud", count=40, days=30, first_listed=0)
    assert (await user_actions.connect(stack, "icloud", user_id=email)).status_code == 303
    (grant,) = [str(grant["id"]) for grant in await admin.grants() if grant["email"] == email]
    account = f"/api/accounts/{account_uuid(grant)}"

    async def listed() -> bool:
        return bool((await user_actions.api(stack, "GET", account))["last_sync_at"])

    await until(listed, what="the first pass has ended")
    await admin.deliver(email, 1)
    await admin.end_first_sync(grant)
    await user_actions.equal(stack.database_url, admin, [grant])

    async def proven() -> bool:
        return bool((await user_actions.api(stack, "GET", account))["proven_at"])

    await until(proven, what="a second listing agrees")
    report = await user_actions.api(stack, "GET", f"{account}/report")
    assert (report["proven"], report["proves"][:2], report["totals"]["synced"]) == (
        True,
        ["ids", "state"],
        41,
    )
    assert report["proven_at"] is not None


async def test_folders_are_right_though_no_webhook_tells_of_them(stack: Stack, admin: SimulatorAdmin) -> None:
    """A message that names an unknown folder has the folders listed; an audit finds the others (INV-8)."""
    email = "folders@example.com"
    await admin.create_mailbox(email, provider="microsoft", count=5, days=5)
    assert (await user_actions.connect(stack, "microsoft", user_id=email)).status_code == 303
    (grant,) = [str(grant["id"]) for grant in await admin.grants() if grant["email"] == email]

    async def right() -> bool:
        rows = await rows_of(
            stack,
            "SELECT nylas_folder_id, name FROM email_folders WHERE account_id = $1 AND deleted_at IS NULL",
            account_uuid(grant),
        )
        return {tuple(row) for row in rows} == {
            (folder["id"], folder["name"]) for folder in (await admin.truth(grant, "none"))["folders"]
        }

    await until(right, what="the folders of the first sync are stored")
    lost = await admin.fault("drop", trigger="folder.*")
    made = await admin.create_folder(email, "Made")
    assert not await right()
    await admin.deliver_messages(email, [{"folders": [made]}])
    await until(right, what="the folder that a message names is stored")
    await no_task_is_open(stack)  # another listing would find the next folder
    await admin.create_folder(email, "Unnamed by any message")
    report = await user_actions.audit(stack, str(account_uuid(grant)))
    await admin.clear_faults(lost)
    assert await right()
    assert report["proven"]
    assert report["proves"][:3] == ["ids", "state", "folders"]
    assert report["passes"][0]["folder_list"]["missing"] == 1


async def test_two_of_everything_do_nothing_twice(
    stack: Stack, admin: SimulatorAdmin, crowd: dict[str, str]
) -> None:
    """Both schedulers are called at once, twice: there is one run, and each account is synced once."""
    await admin.reset_calls()
    reports = await asyncio.gather(*(user_actions.api_cron(stack, scheduler=name) for name in SCHEDULERS * 2))
    assert len({report["run_id"] for report in reports}) == 1
    assert {report["success"] for report in reports} == {True}
    calls = (await admin.calls())["grants"]
    assert {sum(calls[grant].values()) for grant in crowd.values()} == {CALLS}


async def test_a_backfill_says_how_far_it_is_and_how_long_it_will_take(
    stack: Stack, admin: SimulatorAdmin, crowd: dict[str, str]
) -> None:
    """The estimate after the first of ten slices is compared with the time of the other nine in the same run.

    The workers have run before: a cold process would be slow in the first slice only.
    """
    assert crowd
    slow = await admin.fault("latency", seconds=0.04, path="*/messages*")
    small = await admin.fault("small_pages", most=5)
    backfill = await FollowedBackfill.begin(stack, admin, "steady@example.com", count=1_250, size=300)
    first = await backfill.follow(lambda sample: sample.fraction > 0)
    last = await backfill.follow(lambda sample: sample.ended)
    for fault in (slow, small):
        await admin.clear_faults(fault)
    assert first.fraction == pytest.approx(0.1, abs=0.03)
    # How accurate it is: benchmarks/backfill.py.
    assert first.seconds_left == pytest.approx(last.at - first.at, rel=0.7)
    fractions = [sample.fraction for sample in backfill.samples]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) >= 10
    assert fractions[-1] == 1
    await user_actions.equal(stack.database_url, admin, [backfill.grant])


async def test_a_killed_backfill_goes_on_at_its_slice(stack: Stack, admin: SimulatorAdmin) -> None:
    """First all workers and persisters are killed, then all schedulers; no finished slice is listed again."""
    slow = await admin.fault("latency", seconds=0.02, path="*/messages*")
    small = await admin.fault("small_pages", most=PAGE)
    backfill = await FollowedBackfill.begin(
        stack, admin, "killed@example.com", schedulers=SCHEDULERS, count=3_500, size=300
    )
    await backfill.follow(lambda sample: sample.fraction > 0.25)
    await backfill.next_listing()
    await asyncio.gather(*(stack.kill(name) for name in WORKERS + PERSISTERS))
    listed, cut = await backfill.listings(), await backfill.follow(lambda _: True)
    await backfill.follow(lambda sample: sample.fraction > cut.fraction)
    await backfill.next_listing()
    await asyncio.gather(*(stack.kill(name) for name in SCHEDULERS))
    await backfill.follow(lambda sample: sample.ended)
    for fault in (slow, small):
        await admin.clear_faults(fault)
    fractions = [sample.fraction for sample in backfill.samples]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    dates = [message["date"] for message in (await admin.truth(backfill.grant, "none"))["messages"]]
    left = sum(date < (cut.listed_down_to or 0) for date in dates)
    slices = left // (PAGE * SLICE_PAGES) + 1
    assert 2 <= slices <= 6
    at_borders = 2 * slices
    assert await backfill.listings() - listed <= left / PAGE + at_borders
    await user_actions.equal(stack.database_url, admin, [backfill.grant])


async def test_a_run_outlives_its_caller_a_scheduler_and_a_worker(
    stack: Stack, admin: SimulatorAdmin, crowd: dict[str, str]
) -> None:
    """Only accounts that the dead worker had are synced again; it had half of the partitions."""
    lost = await admin.fault("drop", trigger="message.*")
    await asyncio.gather(*(admin.deliver(email, 1) for email in crowd))
    # one account is not done when the processes are killed, however long this test takes from its look to the kill
    last = await admin.fault("latency", seconds=5, path="*/messages*", grant=next(iter(crowd.values())))
    slow = await admin.fault("latency", seconds=0.3, path="*/messages*")
    await admin.reset_calls()
    calling = asyncio.create_task(user_actions.api_cron(stack))
    run_id = await running_cron(stack)

    async def under_way() -> bool:
        return bool((await run_report(stack, run_id))["successful"] > 0)

    await until(under_way, what="the first accounts of the run are done")
    calling.cancel()
    await asyncio.gather(stack.kill("scheduler"), stack.kill("sync-worker"))
    await admin.clear_faults(last)
    assert (await run_report(stack, run_id))["pending"] > 0
    report = await run_end(stack, run_id)
    for name in ("scheduler", "sync-worker"):  # another one may end the run before they have started again
        await until(stack.service(name).is_ready, what=f"{name} is ready again")
    for fault in (lost, slow):
        await admin.clear_faults(fault)
    active = {a["email"] for a in await accounts(stack) if a["status"] == "active"}
    assert sorted(detail["email"] for detail in report["details"]) == sorted(active)
    assert (report["success"], report["successful"]) == (True, len(active))
    calls = (await admin.calls())["grants"]
    cost = {grant: sum(calls[grant].values()) for grant in crowd.values()}
    again = {grant for grant, count in cost.items() if count > CALLS}
    assert set(cost.values()) <= set(range(CALLS, 2 * CALLS + 1))
    assert len({partition(grant) for grant in again}) <= PARTITIONS // 2
    synced = {detail["email"]: detail["syncedCount"] for detail in report["details"]}
    assert {synced[email] for email, grant in crowd.items() if grant not in again} == {1}
    await user_actions.equal(stack.database_url, admin, crowd.values())


async def test_an_outage_of_nylas_is_nobodys_failure_and_ends_fairly(
    stack: Stack, admin: SimulatorAdmin, crowd: dict[str, str]
) -> None:
    """Seconds stand for the hour: once the circuits are open, an outage costs a probe every 15 s, however long.

    INV-32.
    """
    began, opened = now_us(), await circuits_opened(stack)
    await admin.reset_calls()
    outage = await admin.fault("server_error", status=503, path="/v3/*")
    short = await admin.fault("truncate")
    lost = await admin.fault("drop", trigger="message.*", probability=0.5)
    await asyncio.gather(*(admin.deliver(email, 1) for email in crowd))
    calling = asyncio.create_task(user_actions.api_cron(stack, wait_seconds=60))

    async def all_open() -> bool:
        return await circuits_opened(stack) == opened + len(WORKERS)

    await until(all_open, what="every worker knows of the outage")
    await asyncio.sleep(IN_PLACE_SECONDS)
    before = (await admin.calls())["total"]
    await asyncio.sleep(OUTAGE_SECONDS)
    during = await admin.calls()
    assert set(during["statuses"]) == {"503"}
    assert during["total"] - before <= STRAY_CALLS
    for fault in (outage, short, lost):
        await admin.clear_faults(fault)
    ended_at = time.time()
    report = await calling
    assert (report["success"], report["pending"]) == (True, 0)
    await user_actions.equal(stack.database_url, admin, crowd.values())
    finished = [event for event in await sync_events(stack) if isinstance(event, SyncFinished)]
    outcomes = Counter(event.outcome for event in finished if event.finished_at > began)
    assert outcomes[SyncOutcome.FAILED] <= OWN_FAILURES * len(WORKERS)
    assert outcomes[SyncOutcome.THROTTLED] > 0
    details = (await run_report(stack, report["run_id"]))["details"]
    ends = sorted(datetime.fromisoformat(detail["finished_at"]).timestamp() - ended_at for detail in details)
    assert ends[-1] - ends[0] < FAIR_SECONDS
    assert await fetched(stack, "SELECT count(*) FROM dead_letters") == 0
    assert await fetched(stack, "SELECT count(*) FROM account_schedules WHERE failures > 0") == 0
