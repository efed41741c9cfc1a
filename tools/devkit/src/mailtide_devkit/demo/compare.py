"""Compares the database with the simulator's mailboxes, message by message and field by field.

Of attachments it compares the file names only. It does not compare `body_text`, the tables of folders and
threads, or `received_at` where the mailbox has no plausible date.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from mailtide_common.contracts.keys import account_uuid
from mailtide_nylas_simulator.mail.model import Json
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

EARLIEST_DATE = 0
LATEST_DATE = 7_258_118_400

QUERY = """
SELECT e.nylas_message_id, e.nylas_thread_id, e.subject, e.snippet, e.from_address, e.to_addresses, e.cc_addresses,
       e.bcc_addresses, e.reply_to_addresses, e.body_html, extract(epoch FROM e.received_at)::bigint AS date,
       e.is_read, e.is_starred, e.folders, e.deleted_at IS NOT NULL AS deleted, e.has_attachments,
       (SELECT coalesce(json_agg(a.filename ORDER BY a.position), '[]') FROM email_attachments a
        WHERE a.email_id = e.id) AS filenames
FROM emails e WHERE e.account_id = $1
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between a row and the mailbox, described without mail content.

    Attributes:
        message_id: Nylas' id of the message.
        what: the column that differs, or how the whole row does, such as `missing`.
    """

    message_id: str
    what: str


async def differences(database_url: str, admin: SimulatorAdmin, grant_ids: Iterable[str]) -> list[Difference]:
    found: list[Difference] = []
    connection = await asyncpg.connect(database_url)
    try:
        for grant_id in grant_ids:
            rows = await connection.fetch(QUERY, account_uuid(grant_id))
            found += compare(await admin.truth(grant_id), [dict(row) for row in rows])
    finally:
        await connection.close()
    return found


def compare(truth: Json, rows: Iterable[dict[str, Any]]) -> list[Difference]:
    """Return the differences between a grant's mailbox and its rows. Pure.

    Args:
        truth: the mailbox, as `SimulatorAdmin.truth` returns it.
        rows: the results of `QUERY`.
    """
    stored = {row["nylas_message_id"]: row for row in rows}
    expected = {_text(message["id"]) or "": message for message in truth["messages"]}
    found = [Difference(id_, "missing") for id_ in expected if id_ not in stored]
    for id_, row in stored.items():
        if id_ in expected:
            found += [Difference(id_, what) for what in _wrong(expected[id_], row)]
        elif not row["deleted"]:
            found.append(Difference(id_, "not in the mailbox"))
    return found


def _wrong(message: Json, row: dict[str, Any]) -> list[str]:
    if row["deleted"]:
        return ["deleted, but in the mailbox"]
    attachments = message.get("attachments") or []
    expected = {
        "nylas_thread_id": _text(message.get("thread_id")),
        "subject": _text(message.get("subject")),
        "snippet": _text(message.get("snippet")),
        "from_address": _people(message.get("from")),
        "to_addresses": _people(message.get("to")),
        "cc_addresses": _people(message.get("cc")),
        "bcc_addresses": _people(message.get("bcc")),
        "reply_to_addresses": _people(message.get("reply_to")),
        "body_html": _text(message.get("body")),
        "is_read": not message.get("unread", False),
        "is_starred": message.get("starred") or False,
        "folders": sorted(message.get("folders") or []),
        "has_attachments": any(not each.get("is_inline") for each in attachments),
        "filenames": [_text(each.get("filename")) for each in attachments],
    }
    date = message.get("date")
    if isinstance(date, int) and EARLIEST_DATE <= date < LATEST_DATE:
        expected["date"] = date
    actual = {**row, "folders": sorted(row["folders"])}
    for name in (
        "from_address",
        "to_addresses",
        "cc_addresses",
        "bcc_addresses",
        "reply_to_addresses",
        "filenames",
    ):
        value = actual[name]
        actual[name] = orjson.loads(value) if isinstance(value, str) else value
    return [name for name, value in expected.items() if actual[name] != value]


def _people(people: Any) -> list[Json]:
    if not isinstance(people, list):
        return []
    return [
        {"name": _text(p.get("name")), "email": _text(p.get("email"))} for p in people if isinstance(p, dict)
    ]


def _text(text: Any) -> str | None:
    """Return a text as Mailtide stores it (no NUL, U+FFFD for lone surrogates), or None for anything else."""
    if not isinstance(text, str):
        return None
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
