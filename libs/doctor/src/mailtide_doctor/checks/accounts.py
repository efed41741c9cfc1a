"""Checks of accounts and consumer groups, by their state in the database."""

from mailtide_common.contracts.api.doctor import Finding
from mailtide_common.contracts.health.conditions import MEANINGS, Condition, Level, label
from mailtide_common.runtime.postgres_errors import Connection
from mailtide_common.runtime.sql import load_sql

from .finding import error, warning

SLOW_SECONDS = 300.0
"""Age of the oldest unprocessed record from which a consumer group is reported."""

CONSEQUENCES = {
    Level.PERSON: "they need a person",
    Level.WAITING: "they are behind; Mailtide syncs them by itself, unless another finding prevents it",
}


async def check_accounts(connection: Connection) -> list[Finding]:
    """Return a finding for each condition in which accounts need a person or are behind, except backfilling."""
    rows = await connection.fetch(load_sql(__package__, "count_conditions"))
    found = {Condition(row["condition"]): row["accounts"] for row in rows}
    return [
        warning(
            "accounts",
            f"{found[condition]} of {sum(found.values())} accounts: {label(condition)}",
            CONSEQUENCES[MEANINGS[condition].level],
            "`mailtide status` names them, with cause and cure",
        )
        for condition in Condition
        if condition in found and MEANINGS[condition].level in CONSEQUENCES
        if condition is not Condition.BACKFILLING
    ]


async def check_lag(connection: Connection) -> list[Finding]:
    """Return a finding for each consumer group that is `SLOW_SECONDS` behind, or has waiting records but no member.

    The scheduler measures the groups once a minute.
    """
    rows = await connection.fetch(load_sql(__package__, "list_slow_stages"), SLOW_SECONDS)
    findings = []
    for row in rows:
        group, waiting = row["consumer_group"], row["waiting"]
        if row["members"] == 0:
            findings.append(
                error(
                    "lag",
                    f"no process consumes {row['topic']} as {group}, and {waiting} records wait",
                    "mail is not synced or not stored",
                    f"start the service of the group {group}; its log shows why it ended",
                )
            )
        else:
            findings.append(
                warning(
                    "lag",
                    f"{group} is {row['lag_seconds']:.0f} s behind on {row['topic']} ({waiting} records)",
                    "mail arrives that much later",
                    f"start more processes of the service of {group}, or see what slows it (docs/scale.md)",
                )
            )
    return findings
