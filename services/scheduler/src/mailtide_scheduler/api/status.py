"""The state of the whole system: whether all mailboxes are current, and what needs a person."""

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from mailtide_common.contracts.api.dead_letters import DeadLetterCause
from mailtide_common.contracts.api.model import PAGE_MAX
from mailtide_common.contracts.api.status import ConditionCount, OpenIncident, Status
from mailtide_common.contracts.api.webhooks import DestinationState
from mailtide_common.contracts.health.conditions import MEANINGS, Condition, Level, label
from mailtide_common.contracts.health.stages import BehindStage, behind
from mailtide_scheduler import limits
from mailtide_scheduler.database import transaction
from mailtide_scheduler.pipeline.store import list_pipeline_stages

from .dead_letter_queries import list_dead_letter_causes
from .status_queries import count_conditions, get_oldest_task, list_open_incidents, list_troubled_accounts

TROUBLES = tuple(
    condition
    for level in (Level.PERSON, Level.WAITING)
    for condition in Condition
    if MEANINGS[condition].level is level
)
"""Conditions of accounts that the status lists. Those that need a person come first."""


async def get_status(pool: asyncpg.Pool, webhook: DestinationState) -> Status:
    """Return the state of the whole system.

    It lists at most `STATUS_ROWS` accounts, incidents and causes of dead letters each.

    Args:
        pool: connections to Postgres.
        webhook: the result of the last check of the destination.

    Raises:
        TransientError: Postgres is unavailable or busy.
    """
    async with transaction(pool) as connection:
        conditions = await count_conditions(connection)
        troubled = await list_troubled_accounts(connection, TROUBLES, limits.STATUS_ROWS)
        incidents = await list_open_incidents(connection, PAGE_MAX)
        causes = await list_dead_letter_causes(connection, PAGE_MAX)
        oldest = await get_oldest_task(connection)
        stages = behind(await list_pipeline_stages(connection))
    count = {level: sum(each.accounts for each in conditions if each.level is level) for level in Level}
    total = count[Level.FINE] + count[Level.WAITING] + count[Level.PERSON]
    needs = needs_of(count[Level.PERSON], incidents, causes, webhook, stages)
    return Status(
        fine=not needs,
        verdict=verdict(total, count[Level.FINE], conditions, stages, needs),
        at=datetime.now(UTC),
        total=total,
        current=count[Level.FINE],
        waiting=count[Level.WAITING],
        person=count[Level.PERSON],
        conditions=tuple(conditions),
        troubled=tuple(troubled),
        incidents=tuple(incidents[: limits.STATUS_ROWS]),
        stages=tuple(stages),
        dead_letters=tuple(causes[: limits.STATUS_ROWS]),
        webhook=webhook,
        oldest_task=oldest,
    )


def needs_of(
    person: int,
    incidents: Sequence[OpenIncident],
    causes: Sequence[DeadLetterCause],
    webhook: DestinationState,
    stages: Sequence[BehindStage],
) -> list[str]:
    """Return what needs a person, in a few words each. Pure.

    Open incidents are counted only if they are about neither an account nor a group in `stages`.
    """
    needs = []
    if person:
        needs.append(f"{person} {'needs' if person == 1 else 'need'} a person")
    needs += [each.what for each in stages if each.level is Level.PERSON]
    if webhook.managed and webhook.person_needed:
        needs.append("the webhook destination has a fault")
    if parked := sum(each.waiting for each in causes):
        needs.append(f"{_count(parked, 'record')} parked")
    shown = {each.group for each in stages}
    others = [each for each in incidents if each.account_id is None and each.name not in shown]
    if others:
        needs.append(f"{_count(len(others), 'open incident')} about no account")
    return needs


def verdict(
    total: int,
    current: int,
    conditions: Sequence[ConditionCount],
    stages: Sequence[BehindStage],
    needs: Sequence[str],
) -> str:
    """Return the state in one sentence. Pure."""
    connected = f"{current} of {_count(total, 'mailbox', 'mailboxes')} current"
    head = connected if total else "no mailbox is connected"
    waiting = [
        f"{each.accounts} {label(each.condition)}" for each in conditions if each.level is Level.WAITING
    ]
    waiting += [each.what for each in stages if each.level is Level.WAITING]
    return "; ".join([head, *waiting, *needs])


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
