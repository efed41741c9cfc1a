"""Keys of records, and ids of rows, derived from Nylas' ids."""

from urllib.parse import quote
from uuid import UUID, uuid5

NAMESPACE = UUID("5b2f7a52-6f0e-4f0c-9d5e-6d61696c7469")
"""Namespace of rows' ids. It must never change: a replay must give every row the same id as before."""


def part(nylas_id: str) -> str:
    """Percent-encode an id for use in a key, whose parts are separated by `/`."""
    return quote(nylas_id, safe="")


ROLL = "-roll-"
"""Key prefix of records without data, which make Kafka close a log segment. No grant id begins with this."""


def is_roll(key: str) -> bool:
    """Return whether a key belongs to a record without data (see `ROLL`)."""
    return key.startswith(ROLL)


def partition_part(key: bytes) -> bytes:
    """Return the first part of a key, usually the grant. It determines the partition (INV-14)."""
    return key.split(b"/", 1)[0]


PURGED_PARTS = ("state", "content")
"""The last parts of a message's keys, in the order in which a purge writes their tombstones.

The tombstone of the last part deletes the message's row. A purge that was interrupted before therefore finds
the row again, and repeats the tombstones.
"""


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
