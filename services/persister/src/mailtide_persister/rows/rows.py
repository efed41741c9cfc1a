"""Converts events into rows. Texts, dates and numbers are made storable. Pure."""

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
from mailtide_common.contracts.times import EPOCH, MICROSECONDS, UnixMicros, UnixSeconds
from mailtide_common.contracts.versions import Source, Version, VersionKey

from .body_text import plain_text
from .columns import (
    AccountRow,
    AttachmentRow,
    ContentColumns,
    FolderRow,
    MessageColumns,
    OutcomeRow,
    ProofRow,
    RefusedColumns,
    StateColumns,
    UserRow,
)
from .text import array_literal, clean, clean_or_none

Row = tuple[Any, ...]

account_uuid = lru_cache(maxsize=4_096)(keys.account_uuid)
message_uuid = lru_cache(maxsize=4_096)(keys.message_uuid)
thread_uuid = lru_cache(maxsize=4_096)(keys.thread_uuid)
"""Cached, because ids recur within a batch. Hashing an id takes more time than the other columns of its
row."""

_FIRST_SECOND = int((datetime(1, 1, 1, tzinfo=UTC) - EPOCH).total_seconds())
_LAST_SECOND = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - EPOCH).total_seconds())
"""Postgres has later dates, but most of its clients cannot read a year before 1 or after 9999."""

_MAX_BIGINT = 2**63 - 1

NO_CONTENT = ContentColumns()
NO_STATE = StateColumns()


def moment(seconds: UnixSeconds) -> datetime:
    """Return the date of a time in Unix seconds.

    A time outside the years 1 to 9999 becomes the nearest time inside.
    """
    return EPOCH + timedelta(seconds=max(_FIRST_SECOND, min(seconds, _LAST_SECOND)))


def moment_us(at: UnixMicros) -> datetime:
    """Return the date of a time in Unix microseconds, limited like `moment`."""
    seconds, rest = divmod(at, MICROSECONDS)
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        return moment(UnixSeconds(seconds))
    return EPOCH + timedelta(seconds=seconds, microseconds=rest)


def version_key(version: Version) -> VersionKey:
    """Return a version as it is stored, so that Python and Postgres compare the same values."""
    observed_at, rank, event_id = version.key
    return VersionKey(observed_at, rank, clean(event_id))


def message_row(content: MessageContent | None, state: MessageState | None) -> Row:
    """Return a row for `upsert_messages` with one part or both parts of a message.

    Raises:
        ValueError: both parts are None.
    """
    event = content or state
    if event is None:
        raise ValueError("a message's row needs a content or a state")
    return (
        *_message_columns(event),
        *(NO_CONTENT if content is None else _content_columns(content)),
        *(NO_STATE if state is None else _state_columns(state)),
    )


def withheld_row(state: MessageState) -> Row:
    """Return a row for `upsert_withheld_states`."""
    return (*_message_columns(state), *_state_columns(state))


def refused_row(content: MessageContent) -> Row:
    """Return a row for `upsert_refused_contents`."""
    refused = RefusedColumns(clean(content.content_hash), clean(content.core_hash))
    return (*_message_columns(content), *refused)


def _message_columns(event: MessageContent | MessageState) -> MessageColumns:
    return MessageColumns(
        message_uuid(event.grant_id, event.message_id),
        account_uuid(event.grant_id),
        clean(event.message_id),
    )


def _content_columns(event: MessageContent) -> ContentColumns:
    body = clean_or_none(event.body)
    version = version_key(event.version)
    return ContentColumns(
        thread_id=None if event.thread_id is None else thread_uuid(event.grant_id, event.thread_id),
        nylas_thread_id=clean_or_none(event.thread_id),
        subject=clean_or_none(event.subject),
        snippet=clean_or_none(event.snippet),
        from_address=_people(event.from_),
        to_addresses=_people(event.to),
        cc_addresses=_people(event.cc),
        bcc_addresses=_people(event.bcc),
        reply_to_addresses=_people(event.reply_to),
        body_html=body,
        body_text=None if body is None else plain_text(body),
        received_at=moment(event.received_at),
        has_attachments=any(not attachment.is_inline for attachment in event.attachments),
        sanitised=event.sanitised or _altered(event),
        content_hash=clean(event.content_hash),
        core_hash=clean(event.core_hash),
        content_observed_at=version.observed_at,
        content_rank=version.rank,
        content_event_id=version.event_id,
    )


def _state_columns(event: MessageState) -> StateColumns:
    version = version_key(event.version)
    deleted = event.deleted
    return StateColumns(
        is_read=deleted or not event.unread,
        is_starred=event.starred and not deleted,
        folders="{}" if deleted else array_literal(event.folders),
        deleted_at=moment_us(event.version.observed_at) if deleted else None,
        state_observed_at=version.observed_at,
        state_rank=version.rank,
        state_event_id=version.event_id,
    )


def attachment_rows(event: MessageContent) -> list[AttachmentRow]:
    """Return the rows of a content's attachments for `upsert_messages`."""
    email_id = message_uuid(event.grant_id, event.message_id)
    return [
        AttachmentRow(
            email_id=email_id,
            position=position,
            nylas_attachment_id=clean(attachment.id),
            filename=clean_or_none(attachment.filename),
            content_type=clean_or_none(attachment.content_type),
            size=None if attachment.size is None else max(0, min(attachment.size, _MAX_BIGINT)),
            content_id=clean_or_none(attachment.content_id),
            is_inline=attachment.is_inline,
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
    """Return whether a text or the date must be changed to be storable."""
    texts = [event.subject, event.snippet, event.body, event.thread_id, event.message_id]
    for people in (event.from_, event.to, event.cc, event.bcc, event.reply_to):
        texts += [text for person in people for text in (person.name, person.email)]
    for attachment in event.attachments:
        texts += [attachment.id, attachment.filename, attachment.content_type, attachment.content_id]
    if not _FIRST_SECOND <= event.received_at <= _LAST_SECOND:
        return True
    whole = "".join(filter(None, texts))
    return clean(whole) != whole


def folder_row(event: Folder) -> FolderRow:
    """Return a row for `upsert_folders`."""
    version = version_key(event.version)
    return FolderRow(
        id=keys.folder_uuid(event.grant_id, event.folder_id),
        account_id=account_uuid(event.grant_id),
        nylas_folder_id=clean(event.folder_id),
        name=clean_or_none(event.name),
        attributes=array_literal(event.attributes),
        deleted_at=moment_us(version.observed_at) if event.deleted else None,
        observed_at=version.observed_at,
        source_rank=version.rank,
        event_id=version.event_id,
    )


def account_row(event: Account) -> AccountRow:
    """Return a row for `upsert_account`."""
    version = version_key(event.version)
    return AccountRow(
        id=account_uuid(event.grant_id),
        nylas_grant_id=clean(event.grant_id),
        status=event.status.value,
        user_id=clean_or_none(event.user_id),
        email_address=clean_or_none(event.email_address),
        display_name=clean_or_none(event.display_name),
        provider=clean_or_none(event.provider),
        connected_at=_moment_or_none(_connected_at(event)),
        webhook_subscription_id=clean_or_none(event.webhook_subscription_id),
        observed_at=version.observed_at,
        source_rank=version.rank,
        event_id=version.event_id,
        last_connected_at=_moment_or_none(connected(event)),
    )


def user_rows(event: Account) -> list[UserRow]:
    """Return rows for `upsert_account_users`, one for each user."""
    users = [user.model_copy(update={"user_id": clean(user.user_id)}) for user in event.all_users]
    return [
        UserRow(user.user_id, user.connected_at, user.changed_at, user.removed)
        for user in merged_users(users)
    ]


def proof_row(grant_id: str, proven_at: UnixMicros | None, unproven_at: UnixMicros | None) -> ProofRow:
    """Return a row for `record_proofs`."""
    return ProofRow(account_uuid(grant_id), _moment_or_none(proven_at), _moment_or_none(unproven_at))


def connected(event: Account) -> UnixMicros | None:
    """Return when the account was last connected, or None if the event does not contain that time.

    Snapshots repeat the time, because compaction keeps only the newest snapshot.
    """
    by_source = event.version.observed_at if event.version.source is Source.CONNECT else None
    return max((at for at in (by_source, event.connected_at) if at is not None), default=None)


def _connected_at(event: Account) -> UnixMicros | None:
    return connected(event) if event.connected_at is None else event.connected_at


def _moment_or_none(at: UnixMicros | None) -> datetime | None:
    return None if at is None else moment_us(at)


def outcome_row(
    grant_id: str,
    first_at: UnixMicros | None,
    clean_at: UnixMicros | None,
    ended_at: UnixMicros,
    error: str | None,
) -> OutcomeRow:
    """Return a row for `record_outcomes`."""
    return OutcomeRow(
        id=account_uuid(grant_id),
        first_at=_moment_or_none(first_at),
        clean_at=_moment_or_none(clean_at),
        ended_at=moment_us(ended_at),
        error=clean_or_none(error),
    )
