"""Translates events into rows. Pure: no clock, no I/O, and every event gives a row that Postgres can hold."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from mailtide_common.contracts import keys
from mailtide_common.contracts.events import (
    Account,
    Address,
    Folder,
    MessageContent,
    MessageState,
    merged_users,
)
from mailtide_common.contracts.versions import Source, Version, VersionKey

from .body_text import plain_text
from .text import array_literal, clean, clean_or_none

Row = tuple[Any, ...]

account_uuid = lru_cache(maxsize=4_096)(keys.account_uuid)
message_uuid = lru_cache(maxsize=4_096)(keys.message_uuid)
"""Cached: it is needed several times per record, and hashing costs more than the row's other columns."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_SECOND = int((datetime(1, 1, 1, tzinfo=UTC) - EPOCH).total_seconds())
_LAST_SECOND = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - EPOCH).total_seconds())
"""Postgres holds more, but most of its clients cannot read a year before 1 or after 9999."""

_MAX_BIGINT = 2**63 - 1

NO_CONTENT: Row = (None, None, None, None, *["[]"] * 5, None, None, None, False, False, *[None] * 5)
NO_STATE: Row = (True, False, "{}", None, None, None, None)


def moment(seconds: int) -> datetime:
    """Return unix seconds as a date; values out of range become the nearest date in range."""
    return EPOCH + timedelta(seconds=max(_FIRST_SECOND, min(seconds, _LAST_SECOND)))


def moment_us(microseconds: int) -> datetime:
    """Return unix microseconds as a date, bounded like `moment`."""
    seconds, rest = divmod(microseconds, 1_000_000)
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        return moment(seconds)
    return EPOCH + timedelta(seconds=seconds, microseconds=rest)


def version_key(version: Version) -> VersionKey:
    """Return the version as it is stored, so that Python and Postgres compare alike."""
    observed_at, rank, event_id = version.key
    return VersionKey(observed_at, rank, clean(event_id))


def message_row(content: MessageContent | None, state: MessageState | None) -> Row:
    """Return a row for `upsert_messages`: the given parts of one message, in the order of its columns."""
    event = content or state
    if event is None:
        raise ValueError("a row needs content or state")
    return (
        message_uuid(event.grant_id, event.message_id),
        account_uuid(event.grant_id),
        clean(event.message_id),
        *(NO_CONTENT if content is None else _content_columns(content)),
        *(NO_STATE if state is None else _state_columns(state)),
    )


def withheld_row(state: MessageState) -> Row:
    """Return a row for `upsert_withheld_states`."""
    email_id = message_uuid(state.grant_id, state.message_id)
    return (email_id, account_uuid(state.grant_id), clean(state.message_id), *_state_columns(state))


def refused_row(content: MessageContent) -> Row:
    """Return a row for `upsert_refused_contents`."""
    return (
        message_uuid(content.grant_id, content.message_id),
        account_uuid(content.grant_id),
        clean(content.message_id),
        clean(content.content_hash),
        clean(content.core_hash),
    )


def _content_columns(event: MessageContent) -> Row:
    body = clean_or_none(event.body)
    return (
        None if event.thread_id is None else keys.thread_uuid(event.grant_id, event.thread_id),
        clean_or_none(event.thread_id),
        clean_or_none(event.subject),
        clean_or_none(event.snippet),
        *(_people(people) for people in (event.from_, event.to, event.cc, event.bcc, event.reply_to)),
        body,
        None if body is None else plain_text(body),
        moment(event.received_at),
        any(not attachment.is_inline for attachment in event.attachments),
        event.sanitised or _altered(event),
        clean(event.content_hash),
        clean(event.core_hash),
        *version_key(event.version),
    )


def _state_columns(event: MessageState) -> Row:
    if event.deleted:
        deleted_at = moment_us(event.version.observed_at)
        return (True, False, "{}", deleted_at, *version_key(event.version))
    return (
        not event.unread,
        event.starred,
        array_literal(event.folders),
        None,
        *version_key(event.version),
    )


def attachment_rows(event: MessageContent) -> list[Row]:
    """Return rows for `insert_attachments`."""
    email_id = message_uuid(event.grant_id, event.message_id)
    return [
        (
            email_id,
            position,
            clean(attachment.id),
            clean_or_none(attachment.filename),
            clean_or_none(attachment.content_type),
            None if attachment.size is None else max(0, min(attachment.size, _MAX_BIGINT)),
            clean_or_none(attachment.content_id),
            attachment.is_inline,
        )
        for position, attachment in enumerate(event.attachments)
    ]


def _people(people: Sequence[Address]) -> str:
    """Return a JSON array of {name, email}."""
    if not people:
        return "[]"
    try:
        text = orjson.dumps([{"name": p.name, "email": p.email} for p in people])
    except TypeError:  # a lone surrogate
        text = b"\\u0000"
    if b"\\u0000" in text:
        text = orjson.dumps(
            [{"name": clean_or_none(p.name), "email": clean_or_none(p.email)} for p in people]
        )
    return text.decode()


def _altered(event: MessageContent) -> bool:
    """Return whether a part of a text or a date had to be left out."""
    texts = [event.subject, event.snippet, event.body, event.thread_id, event.message_id]
    for people in (event.from_, event.to, event.cc, event.bcc, event.reply_to):
        texts += [text for person in people for text in (person.name, person.email)]
    for attachment in event.attachments:
        texts += [attachment.id, attachment.filename, attachment.content_type, attachment.content_id]
    if not _FIRST_SECOND <= event.received_at <= _LAST_SECOND:
        return True
    return any(text is not None and clean(text) != text for text in texts)


def folder_row(event: Folder) -> Row:
    """Return a row for `upsert_folders`."""
    return (
        keys.folder_uuid(event.grant_id, event.folder_id),
        account_uuid(event.grant_id),
        clean(event.folder_id),
        clean_or_none(event.name),
        array_literal(event.attributes),
        moment_us(event.version.observed_at) if event.deleted else None,
        *version_key(event.version),
    )


def account_row(event: Account) -> Row:
    """Return the parameters of `upsert_account`."""
    return (
        account_uuid(event.grant_id),
        clean(event.grant_id),
        event.status.value,
        clean_or_none(event.user_id),
        clean_or_none(event.email_address),
        clean_or_none(event.display_name),
        clean_or_none(event.provider),
        _moment_or_none(_connected_at(event)),
        clean_or_none(event.webhook_subscription_id),
        *version_key(event.version),
        _moment_or_none(connected(event)),
    )


def user_rows(event: Account) -> list[Row]:
    """Return rows for `upsert_account_users`, no user twice."""
    users = [user.model_copy(update={"user_id": clean(user.user_id)}) for user in event.all_users]
    return [(user.user_id, user.connected_at, user.changed_at, user.removed) for user in merged_users(users)]


def proof_row(grant_id: str, proven_at: int | None, unproven_at: int | None) -> Row:
    """Return a row for `record_proofs`; times in microseconds since 1970."""
    return (
        account_uuid(grant_id),
        None if proven_at is None else moment_us(proven_at),
        None if unproven_at is None else moment_us(unproven_at),
    )


def connected(event: Account) -> int | None:
    """Return when the account was last connected (microseconds since 1970), if the event contains it.

    Every snapshot after a connect contains it, because compaction keeps only the newest.
    """
    by_source = event.version.observed_at if event.version.source is Source.CONNECT else None
    return max((at for at in (by_source, event.connected_at) if at is not None), default=None)


def _connected_at(event: Account) -> int | None:
    return connected(event) if event.connected_at is None else event.connected_at


def _moment_or_none(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else moment_us(microseconds)


def outcome_row(
    grant_id: str, first_at: int | None, clean_at: int | None, ended_at: int, error: str | None
) -> Row:
    """Return a row for `record_outcomes`; times in microseconds since 1970."""
    return (
        account_uuid(grant_id),
        None if first_at is None else moment_us(first_at),
        None if clean_at is None else moment_us(clean_at),
        moment_us(ended_at),
        clean_or_none(error),
    )
