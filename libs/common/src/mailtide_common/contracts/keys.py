"""Record keys, and the ids of rows that are derived from Nylas ids."""

from urllib.parse import quote
from uuid import UUID, uuid5

NAMESPACE = UUID("5b2f7a52-6f0e-4f0c-9d5e-6d61696c7469")
"""Fixed for ever: a database rebuilt from Kafka must give every row the id it had before."""


def part(nylas_id: str) -> str:
    """Percent-encode an id so that a key always splits into the same number of parts at `/`."""
    return quote(nylas_id, safe="")


ROLL = "-roll-"
"""Prefix of keys whose records only make Kafka close a log segment; no grant id of Nylas begins with it."""


def is_roll(key: str) -> bool:
    """Return whether a record carries no data and was appended only so that older records can be compacted."""
    return key.startswith(ROLL)


def partition_part(key: bytes) -> bytes:
    """Return the part of a key that decides the partition: all up to the first `/`, the grant (INV-14)."""
    return key.split(b"/", 1)[0]


def account_uuid(grant_id: str) -> UUID:
    """Return the primary key of a grant's account."""
    return uuid5(NAMESPACE, part(grant_id))


def message_uuid(grant_id: str, message_id: str) -> UUID:
    """Return the primary key of a message's row in `emails`."""
    return uuid5(NAMESPACE, f"{part(grant_id)}/message/{part(message_id)}")


def thread_uuid(grant_id: str, thread_id: str) -> UUID:
    """Return the primary key of a thread's row in `email_threads`."""
    return uuid5(NAMESPACE, f"{part(grant_id)}/thread/{part(thread_id)}")


def folder_uuid(grant_id: str, folder_id: str) -> UUID:
    """Return the primary key of a folder's row in `email_folders`."""
    return uuid5(NAMESPACE, f"{part(grant_id)}/folder/{part(folder_id)}")
