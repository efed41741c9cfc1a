"""Which rows a pass deletes because they are old, on a real Postgres."""

from uuid import uuid4

from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.operators.store import KEPT_DAYS
from mailtide_harness.scheduler import Harness
from mailtide_scheduler import limits
from mailtide_scheduler.incidents.incidents import prune_incidents
from mailtide_scheduler.sync_intervals import DAY_SECONDS

DAY_US = int(DAY_SECONDS) * 1_000_000
AGES = ((-1, "recent"), (1, "old"))
"""Days beyond the time for which a row is kept, and the name of such a row."""


async def test_only_old_runs_that_have_ended_are_deleted(harness: Harness) -> None:
    names = {}
    for days, age in AGES:
        for status in ("running", "finished"):
            id_ = uuid4()
            names[id_] = f"{age} {status}"
            await harness.pool.execute(
                "INSERT INTO sync_runs (id, kind, status, started_at)"
                " VALUES ($1, 'manual', $2, now() - make_interval(days => $3))",
                id_,
                status,
                limits.RUN_DAYS + days,
            )
            await harness.pool.execute(
                "INSERT INTO sync_run_accounts (run_id, account_id, grant_id, status) VALUES ($1, $2, 'g', 'success')",
                id_,
                uuid4(),
            )
    await harness.tick()
    rows = await harness.pool.fetch("SELECT id FROM sync_runs")
    assert {names[row["id"]] for row in rows} == {"recent running", "recent finished", "old running"}


async def test_only_tasks_that_ended_long_ago_are_deleted(harness: Harness) -> None:
    for days, age in AGES:
        for state in ("pending", "leased", "done"):
            await harness.pool.execute(
                "INSERT INTO sync_tasks (task_id, grant_id, kind, state, due_at, created_at, finished_at, reason)"
                " VALUES ($1, $2, 'message', $3, now() + interval '1 day', now(),"
                " CASE WHEN $3 = 'done' THEN now() - make_interval(days => $4) END, $5)",
                uuid4(),
                f"g-{age}-{state}",
                state,
                limits.TASK_DAYS + days,
                f"{age} {state}",
            )
    await harness.tick()
    left = {row["reason"] for row in await harness.pool.fetch("SELECT reason FROM sync_tasks")}
    assert left == {f"{age} {state}" for _, age in AGES for state in ("pending", "leased", "done")} - {
        "old done"
    }


async def test_an_account_keeps_its_newest_audit_however_old_it_is(harness: Harness) -> None:
    """With all its passes, and if the audit after it has not ended."""
    left = {}
    for grant, begun in {"one": (1,), "two": (3, 1), "open": (3, 1), "recent": (3, 1, -1)}.items():
        for number, days in enumerate(begun):
            audit, newest = uuid4(), number == len(begun) - 1
            unended = grant == "open" and newest
            for seconds in (0, 60):
                task = uuid4()
                await harness.pool.execute(
                    "INSERT INTO audit_reports (task_id, audit_id, grant_id, pass, started_at, finished_at)"
                    " VALUES ($1, $2, $3, 1, now() - make_interval(days => $4) + make_interval(secs => $5),"
                    " CASE WHEN $6 THEN NULL ELSE"
                    " now() - make_interval(days => $4) + make_interval(secs => $5 + 30) END)",
                    task,
                    audit,
                    grant,
                    limits.RUN_DAYS + days,
                    float(seconds),
                    unended,
                )
                if newest or grant == "open":
                    left[task] = (grant, number)
    await harness.tick()
    found = {row["task_id"] for row in await harness.pool.fetch("SELECT task_id FROM audit_reports")}
    assert found == left.keys()


async def test_only_old_incidents_that_have_ended_and_were_alerted_are_deleted(harness: Harness) -> None:
    states = {"open": (False, False), "ended": (True, False), "alerted": (True, True)}
    for days, age in AGES:
        opened_at = now_us() - (limits.RUN_DAYS + days) * DAY_US
        for state, (ended, alerted) in states.items():
            await harness.pool.execute(
                "INSERT INTO incidents (id, kind, subject, reason, opened_at, ended_at, alerted_at, end_alerted_at)"
                " VALUES ($1, 'k', $2, 'r', $3, $4, now(), CASE WHEN $5 THEN now() END)",
                uuid4(),
                f"{age} {state}",
                opened_at,
                opened_at if ended else None,
                alerted,
            )
    async with harness.pool.acquire() as connection:
        await prune_incidents(connection)
    left = {row["subject"] for row in await harness.pool.fetch("SELECT subject FROM incidents")}
    assert left == {f"{age} {state}" for _, age in AGES for state in states} - {"old alerted"}


async def test_the_log_of_operators_is_kept_for_its_days(harness: Harness) -> None:
    for days, age in AGES:
        await harness.pool.execute(
            "INSERT INTO operator_actions (id, at, action, detail)"
            " VALUES ($1, now() - make_interval(days => $2), $3, '{}')",
            uuid4(),
            KEPT_DAYS + days,
            age,
        )
    await harness.tick()
    assert [row["action"] for row in await harness.pool.fetch("SELECT action FROM operator_actions")] == [
        "recent"
    ]
