"""Statements on rules, candidates, roles of folders and notices of mail."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from mailtide_common.contracts.api.rules import Conditions, Rule, RuleSettings
from mailtide_notifier import limits
from mailtide_notifier.database import Connection, sql

from .decide import Candidate
from .match import Content, State, role_of


async def list_rules(connection: Connection, only: UUID | None = None) -> list[Rule]:
    """Return all rules ordered by name, or only the rule with the id `only`, if it exists."""
    return [_rule(row) for row in await connection.fetch(sql(__package__, "list_rules"), only)]


async def insert_rule(connection: Connection, rule_id: UUID, settings: RuleSettings) -> bool:
    """Insert a rule without its channels; return False if another rule has its name."""
    row = await connection.fetchval(sql(__package__, "insert_rule"), rule_id, *_columns(settings))
    return row is not None


async def update_rule(connection: Connection, rule_id: UUID, settings: RuleSettings) -> bool:
    """Replace a rule's settings except its channels; return False if there is no such rule.

    Raises:
        asyncpg.UniqueViolationError: another rule has the name.
    """
    row = await connection.fetchval(sql(__package__, "update_rule"), rule_id, *_columns(settings))
    return row is not None


async def update_rule_channels(connection: Connection, rule_id: UUID, channels: Sequence[UUID]) -> int:
    """Replace a rule's channels by the existing channels among `channels`; return the number of these."""
    number: int = await connection.fetchval(sql(__package__, "update_rule_channels"), rule_id, list(channels))
    return number


async def delete_rule(connection: Connection, rule_id: UUID) -> bool:
    """Delete a rule; return False if there is no such rule."""
    return await connection.fetchval(sql(__package__, "delete_rule"), rule_id) is not None


async def list_candidates(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Candidate]:
    """Return the stored candidates among the messages `ids`, by id."""
    rows = await connection.fetch(sql(__package__, "list_candidates"), ids)
    return {row["id"]: _candidate(row) for row in rows}


async def upsert_candidates(connection: Connection, candidates: Sequence[Candidate]) -> None:
    await connection.execute(
        sql(__package__, "upsert_candidates"),
        [c.id for c in candidates],
        [c.account_id for c in candidates],
        [c.message_id for c in candidates],
        [c.received_at for c in candidates],
        [asdict(c.content) for c in candidates],
        [None if c.state is None else asdict(c.state) for c in candidates],
    )


async def delete_candidates(connection: Connection, ids: Sequence[UUID]) -> None:
    await connection.execute(sql(__package__, "delete_candidates"), ids)


async def delete_purged_candidates(connection: Connection, accounts: Sequence[UUID]) -> None:
    await connection.execute(sql(__package__, "delete_purged_candidates"), accounts)


async def prune_candidates(connection: Connection, oldest: int) -> None:
    """Delete up to `limits.PRUNE_BATCH` candidates that were received before `oldest` (unix seconds)."""
    await connection.execute(sql(__package__, "prune_candidates"), oldest, limits.PRUNE_BATCH)


async def list_folder_roles(
    connection: Connection, accounts: Sequence[UUID], folders: Sequence[str]
) -> dict[tuple[UUID, str], set[str]]:
    """Return the roles of folders, by account id and Nylas' folder id.

    Folders that are not stored are absent.
    """
    rows = await connection.fetch(sql(__package__, "list_folder_roles"), accounts, folders)
    return {
        (row["account_id"], row["nylas_folder_id"]): {role_of(attribute) for attribute in row["attributes"]}
        for row in rows
    }


async def list_hourly_counts(connection: Connection, rules: Sequence[UUID]) -> dict[tuple[UUID, UUID], int]:
    """Return the number of notices within the last hour, by rule id and channel id.

    Pairs without a notice are absent. Notices beyond a rule's limit, which are sent in a digest, do not
    count.
    """
    rows = await connection.fetch(
        sql(__package__, "list_hourly_counts"), [str(rule) for rule in rules], limits.MAIL_WINDOW_SECONDS
    )
    return {(UUID(row["topic"]), row["channel_id"]): row["number"] for row in rows}


async def list_told(connection: Connection, messages: Sequence[UUID]) -> set[UUID]:
    """Return the ids of all stored notices about messages, in any state."""
    return {row["id"] for row in await connection.fetch(sql(__package__, "list_told"), messages)}


def _columns(settings: RuleSettings) -> tuple[Any, ...]:
    return (
        settings.name,
        settings.enabled,
        settings.conditions.model_dump(mode="json"),
        settings.template,
        settings.max_per_hour,
    )


def _rule(row: Any) -> Rule:
    return Rule(
        id=row["id"],
        name=row["name"],
        enabled=row["enabled"],
        conditions=Conditions.model_validate(row["conditions"]),
        channels=tuple(row["channels"]),
        template=row["template"],
        max_per_hour=row["max_per_hour"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _candidate(row: Any) -> Candidate:
    content, state = row["content"], row["state"]
    return Candidate(
        id=row["id"],
        account_id=row["account_id"],
        message_id=row["message_id"],
        received_at=row["received_at"],
        content=Content(
            senders=tuple(content["senders"]),
            recipients=tuple(content["recipients"]),
            sender=content["sender"],
            subject=content["subject"],
            has_attachment=content["has_attachment"],
        ),
        state=state and State(state["observed_at"], state["starred"], tuple(state["folders"])),
    )
