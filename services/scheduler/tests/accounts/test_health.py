"""Each condition of the view `account_health` for rows that the use cases themselves wrote, and its meaning."""

from collections.abc import Mapping
from uuid import UUID

import asyncpg
import pytest

from mailtide_common.contracts.events import AccountStatus, DeletionsHeld, SyncKind, SyncOutcome
from mailtide_common.contracts.health.conditions import (
    HEALTH_COLUMNS,
    MEANINGS,
    AccountHealth,
    Condition,
    account_health,
)
from mailtide_harness.scheduler import Harness, account
from mailtide_nylas.errors import NylasTransientError, NylasUnauthorizedError
from mailtide_scheduler.accounts.state import AccountTrigger

OUTAGES = (
    str(NylasTransientError("server error", endpoint="GET /v3/grants", status=503)),
    str(NylasTransientError("ConnectError", endpoint="GET /v3/grants")),
    str(NylasTransientError("the answer took too long", endpoint="GET /v3/grants")),
)
REFUSED = str(NylasUnauthorizedError("unauthorized", endpoint="GET /v3/grants", status=401))


async def healths(pool: asyncpg.Pool) -> Mapping[str, AccountHealth]:
    rows = await pool.fetch(
        "SELECT grant_id, condition, since, next_at, failed_at, detail FROM account_health"
    )
    return {row["grant_id"]: account_health(row, account=row["grant_id"]) for row in rows}


async def finish(harness: Harness, grant: str, outcome: SyncOutcome, **more: object) -> None:
    """Let the account's delta end so."""
    await harness.quiet(grant)
    await harness.pool.execute("UPDATE account_schedules SET next_sync_at = now() WHERE grant_id = $1", grant)
    (request,) = [each for each in await harness.tick() if each.grant_id == grant]
    await harness.take(harness.finished(request, outcome, **more))


async def test_every_condition_of_an_account(harness: Harness, pool: asyncpg.Pool) -> None:
    for number, error in enumerate(OUTAGES):
        await finish(harness, f"outage-{number}", SyncOutcome.FAILED, error=error)
    await finish(
        harness, "circuit", SyncOutcome.THROTTLED, error="Nylas does not answer", retry_after_seconds=60.0
    )
    await finish(harness, "key", SyncOutcome.FAILED, error=REFUSED)
    await finish(
        harness, "failing", SyncOutcome.FAILED, error="GET /v3/grants refused status=400 request_id=r-1"
    )
    await finish(harness, "throttled", SyncOutcome.THROTTLED, error="GET /x 429", retry_after_seconds=600.0)
    await finish(harness, "consent", SyncOutcome.FAILED, error="consent is missing", forbidden=True)
    await finish(harness, "unproven", SyncOutcome.OK)
    await finish(harness, "current", SyncOutcome.OK)
    await pool.execute("UPDATE email_accounts SET proven_at = now() WHERE nylas_grant_id = 'current'")
    ids: dict[str, UUID] = {}
    for grant in ("paused", "removed", "purging", "held"):
        ids[grant] = await harness.quiet(grant)
    await harness.control.decide(ids["paused"], AccountTrigger.PAUSE)
    await harness.control.decide(ids["removed"], AccountTrigger.REMOVE)
    await harness.control.decide(ids["purging"], AccountTrigger.REMOVE, purge=True)
    await harness.take(
        DeletionsHeld(grant_id="held", task_id=UUID(int=1), message_ids=("a", "b"), folder_ids=("f",), at=1)
    )
    await harness.add_account("dead", "invalid")
    await harness.handle(account("dead", status=AccountStatus.INVALID))
    await harness.add_account("late")
    await pool.execute(
        "UPDATE account_schedules SET next_sync_at = now() - interval '1 hour' WHERE grant_id = 'late'"
    )
    await harness.add_account("fresh", fresh=True)

    found = await healths(pool)
    expected = {
        **{f"outage-{number}": Condition.UPSTREAM_OUTAGE for number in range(len(OUTAGES))},
        "circuit": Condition.UPSTREAM_OUTAGE,
        "key": Condition.KEY_REFUSED,
        "failing": Condition.FAILING,
        "throttled": Condition.THROTTLED,
        "consent": Condition.CONSENT_MISSING,
        "unproven": Condition.UNPROVEN,
        "current": Condition.CURRENT,
        "paused": Condition.PAUSED,
        "removed": Condition.REMOVED,
        "purging": Condition.PURGING,
        "held": Condition.HELD_DELETIONS,
        "dead": Condition.GRANT_INVALID,
        "late": Condition.BEHIND,
        "fresh": Condition.BACKFILLING,
    }
    assert {grant: each.condition for grant, each in found.items()} == expected
    assert found["outage-0"].cause.startswith("Nylas answered 503 at 20")
    assert found["circuit"].cause.startswith("Nylas does not answer; Mailtide tries again at 20")
    assert found["throttled"].next_at is not None
    assert found["outage-0"].command == "mailtide sync outage-0"
    assert found["unproven"].cause.endswith("equal: none is planned yet.")
    assert found["unproven"].next_at is not None
    assert found["held"].cause.startswith("2 messages and 1 folder wait for your decision")
    assert found["dead"].command == "mailtide connect-link dead --valid 259200"
    assert "request_id=r-1" in found["failing"].cause

    sent = [request for request in await harness.tick() if request.kind is SyncKind.DELTA]
    assert "late" in {request.grant_id for request in sent}
    await pool.execute(
        "UPDATE account_schedules SET next_audit_at = '2040-01-01' WHERE grant_id = 'unproven'"
    )
    found = await healths(pool)
    assert found["unproven"].cause.endswith("equal: the next one is due at 2040-01-01 00:00:00 UTC.")
    assert found["late"].condition is Condition.SYNCING
    await pool.execute("UPDATE sync_tasks SET due_at = now() - interval '3 minutes' WHERE grant_id = 'late'")
    late = (await healths(pool))["late"]
    assert (late.condition, "sent to the workers at" in late.cause) == (Condition.BEHIND, True)


@pytest.mark.parametrize("condition", Condition)
def test_every_condition_has_a_meaning_whatever_is_not_known(condition: Condition) -> None:
    row = dict.fromkeys(HEALTH_COLUMNS) | {"condition": condition}
    health = account_health(row, account="a@example.com")
    assert set(MEANINGS) == set(Condition)
    assert "{" not in health.cause + (health.command or "")
    assert health.cure
