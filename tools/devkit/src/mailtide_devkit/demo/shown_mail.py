"""Describes a mailbox in a few lines, from its rows: newest mail, largest folders, longest thread."""

import unicodedata

import asyncpg

NEWEST = """
SELECT received_at, coalesce(subject, '') AS subject FROM emails
WHERE account_id = $1 AND deleted_at IS NULL ORDER BY received_at DESC LIMIT 3
"""

FOLDERS = """
SELECT f.name, count(e.id) AS messages FROM email_folders f
JOIN emails e ON e.account_id = f.account_id AND f.nylas_folder_id = ANY (e.folders) AND e.deleted_at IS NULL
WHERE f.account_id = $1 AND f.deleted_at IS NULL GROUP BY f.id ORDER BY messages DESC, f.name LIMIT 4
"""

THREAD = """
SELECT max(subject) AS subject, count(*) AS messages FROM emails
WHERE account_id = $1 AND deleted_at IS NULL AND nylas_thread_id IS NOT NULL
GROUP BY nylas_thread_id ORDER BY messages DESC, max(received_at) DESC LIMIT 1
"""

WIDTH = 56
"""Maximum number of characters of a subject and of the list of folders. A line then fits a terminal of 80
columns."""


async def lines_of(connection: asyncpg.Connection, account_id: object) -> list[str]:
    """Return the lines about an account, or no lines if it has no mail."""
    newest = await connection.fetch(NEWEST, account_id)
    lines = [f"{row['received_at']:%Y-%m-%d} {clean(row['subject'])}" for row in newest]
    folders = await connection.fetch(FOLDERS, account_id)
    if folders:
        lines.append("folders: " + clean(", ".join(f"{row['name']} {row['messages']}" for row in folders)))
    thread = await connection.fetchrow(THREAD, account_id)
    if thread:
        number = f"{thread['messages']} message{'' if thread['messages'] == 1 else 's'}"
        lines.append(f"longest thread, {number}: {clean(thread['subject'] or '')}"[:72])
    return lines


def clean(text: str) -> str:
    """Return text from a mail on one line of at most `WIDTH` characters, without control characters."""
    printable = "".join(" " if unicodedata.category(c).startswith(("C", "Z")) else c for c in text)
    return printable if len(printable) <= WIDTH else f"{printable[: WIDTH - 1]}…"
