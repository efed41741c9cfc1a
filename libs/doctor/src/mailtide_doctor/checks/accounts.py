"""Checks of accounts, consumer groups and the scheduler. They need only the database."""

from datetime import UTC, datetime

from mailtide_common.contracts.api.doctor import Finding
from mailtide_common.contracts.api.pipeline import PipelineStage
from mailtide_common.contracts.health.conditions import MEANINGS, Condition, Level, label
from mailtide_common.contracts.health.stages import StageState, missing_scheduler, state_of
from mailtide_common.runtime.postgres_errors import Connection
from mailtide_common.runtime.sql import load_sql

from .finding import error, warning

CONSEQUENCES = {
    Level.PERSON: "they need a person",
    Level.WAITING: "they are behind; Mailtide syncs them by itself, unless another finding prevents it",
}

LAG = ("mail is not synced or not stored", "mail arrives that much later")
LAGS = {"notifier": ("nobody is notified by the channels", "notices are sent that much later")}
"""Consequences by service, if nothing is consumed and if its group is late; `LAG` for other services."""


async def check_accounts(connection: Connection) -> list[Finding]:
    """Return a finding for each condition in which accounts need a person or wait.

    Backfills are no finding, and neither are conditions that only a newer release of the schema has.
    """
    rows = await connection.fetch(load_sql(__package__, "count_conditions"))
    found = {row["condition"]: row["accounts"] for row in rows}
    return [
        warning(
            "accounts",
            f"{found[condition]} of {sum(found.values())} accounts: {label(condition)}",
            CONSEQUENCES[MEANINGS[condition].level],
            "run `mailtide status`: it names the accounts, with cause and cure",
        )
        for condition in Condition
        if condition in found and MEANINGS[condition].level in CONSEQUENCES
        if condition is not Condition.BACKFILLING
    ]


async def check_lag(connection: Connection) -> list[Finding]:
    """Return a finding for each consumer group that is late, or that has records but no process.

    The group with the greatest lag comes first. Groups without a measurement in the last 15 minutes are left
    out.
    """
    stages = [PipelineStage(**row) for row in await connection.fetch(load_sql(__package__, "list_stages"))]
    stages.sort(key=lambda each: each.lag_seconds or 0.0, reverse=True)
    return [each for stage in stages if (each := _lag(stage)) is not None]


async def check_scheduler(connection: Connection) -> list[Finding]:
    """Return a finding if no scheduler seems to run (see `missing_scheduler`)."""
    measured_at = await connection.fetchval(load_sql(__package__, "get_last_measurement"))
    missing = missing_scheduler(measured_at, datetime.now(UTC))
    if missing is None:
        return []
    return [
        error(
            "scheduler",
            missing.what,
            "no sync is started, no incident opens, nobody is notified",
            missing.cure,
        )
    ]


def _lag(stage: PipelineStage) -> Finding | None:
    stopped, late = LAGS.get(stage.service, LAG)
    match state_of(stage):
        case StageState.UNCONSUMED:
            return (warning if stage.service in LAGS else error)(
                "lag",
                f"no process consumes {stage.topic} as {stage.group}, and {stage.waiting} records wait",
                stopped,
                f"start a {stage.service}, or restart one that hangs; its log may show why",
            )
        case StageState.LATE:
            return warning(
                "lag",
                f"{stage.group} is {stage.lag_seconds:.0f} s behind on {stage.topic} ({stage.waiting} records)",
                late,
                f"restart a {stage.service} that hangs, or start more of them (docs/scale.md)",
            )
        case StageState.CURRENT | StageState.ABSENT | StageState.SLOW:
            return None
