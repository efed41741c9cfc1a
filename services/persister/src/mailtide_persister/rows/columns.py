"""Rows for statements on the mail tables. Their fields have the order of the statements' parameters.

Most fields are named like their columns. From `AccountRow.last_connected_at` and the times of `OutcomeRow`,
statements compute columns.

The statements in `COLUMNS` take one array for each field. `upsert_account` takes a single row. A test
compares the fields with the statements and with a migrated database.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class ContentColumns(NamedTuple):
    """The content of a message in `emails`.

    Addresses are JSON texts. The defaults are for a row without content.
    """

    thread_id: UUID | None = None
    nylas_thread_id: str | None = None
    subject: str | None = None
    snippet: str | None = None
    from_address: str = "[]"
    to_addresses: str = "[]"
    cc_addresses: str = "[]"
    bcc_addresses: str = "[]"
    reply_to_addresses: str = "[]"
    body_html: str | None = None
    body_text: str | None = None
    received_at: datetime | None = None
    has_attachments: bool = False
    sanitised: bool = False
    content_hash: str | None = None
    core_hash: str | None = None
    content_observed_at: int | None = None
    content_rank: int | None = None
    content_event_id: str | None = None


class StateColumns(NamedTuple):
    """The state of a message in `emails` or `withheld_messages`.

    `folders` is an array literal. The defaults are for a row without state.
    """

    is_read: bool = True
    is_starred: bool = False
    folders: str = "{}"
    deleted_at: datetime | None = None
    state_observed_at: int | None = None
    state_rank: int | None = None
    state_event_id: str | None = None


class MessageColumns(NamedTuple):
    """The columns that identify a message."""

    id: UUID
    account_id: UUID
    nylas_message_id: str


class RefusedColumns(NamedTuple):
    """The digests of a content that Postgres refused, in `withheld_messages`."""

    refused_hash: str
    refused_core_hash: str


class AttachmentRow(NamedTuple):
    """A row of `email_attachments`, for `upsert_messages`."""

    email_id: UUID
    position: int
    nylas_attachment_id: str
    filename: str | None
    content_type: str | None
    size: int | None
    content_id: str | None
    is_inline: bool


class FolderRow(NamedTuple):
    """A row of `email_folders`; `attributes` is an array literal."""

    id: UUID
    account_id: UUID
    nylas_folder_id: str
    name: str | None
    attributes: str
    deleted_at: datetime | None
    observed_at: int
    source_rank: int
    event_id: str


class AccountRow(NamedTuple):
    """A row of `email_accounts`, and the time of the last connect, which ends an earlier purge."""

    id: UUID
    nylas_grant_id: str
    status: str
    user_id: str | None
    email_address: str | None
    display_name: str | None
    provider: str | None
    connected_at: datetime | None
    webhook_subscription_id: str | None
    observed_at: int
    source_rank: int
    event_id: str
    last_connected_at: datetime | None


class UserRow(NamedTuple):
    """A row of `account_users`. Times are in microseconds since 1970, as in the table."""

    user_id: str
    connected_at: int
    changed_at: int
    removed: bool


class ProofRow(NamedTuple):
    """The time of an account's newest proof, and the time before which proofs are void; None if unchanged."""

    id: UUID
    proven_at: datetime | None
    unproven_at: datetime | None


class OutcomeRow(NamedTuple):
    """How deltas and backfills of an account ended.

    Attributes:
        id: the account.
        first_at: end of the first successful backfill of the batch; None if it has none.
        clean_at: end of the newest successful sync of the batch; None if it has none.
        ended_at: end of the newest sync.
        error: error of the newest sync; None if it was successful.
    """

    id: UUID
    first_at: datetime | None
    clean_at: datetime | None
    ended_at: datetime
    error: str | None


class DeadLetterRow(NamedTuple):
    """A row of `dead_letters`. `headers` is a JSON text."""

    id: UUID
    origin_topic: str
    origin_partition: int
    origin_offset: int
    origin_group: str
    error_class: str
    error_message: str
    attempts: int
    key: bytes | None
    value: bytes | None
    headers: str
    parked_at: datetime


MESSAGE_COLUMNS = MessageColumns._fields + ContentColumns._fields + StateColumns._fields
ATTACHMENT_COLUMNS = AttachmentRow._fields

COLUMNS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("upsert_messages", "emails"): MESSAGE_COLUMNS,
    ("upsert_messages", "email_attachments"): ATTACHMENT_COLUMNS,
    ("upsert_withheld_states", "withheld_messages"): MessageColumns._fields + StateColumns._fields,
    ("upsert_refused_contents", "withheld_messages"): MessageColumns._fields + RefusedColumns._fields,
    ("upsert_folders", "email_folders"): FolderRow._fields,
    ("upsert_account_users", "account_users"): UserRow._fields,
    ("record_proofs", "email_accounts"): ProofRow._fields,
    ("record_outcomes", "email_accounts"): OutcomeRow._fields,
    ("insert_dead_letters", "dead_letters"): DeadLetterRow._fields,
}
"""The fields that a statement takes, by statement and table."""
