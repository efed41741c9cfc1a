"""Ids that are too long for an index. Tables hold a digest instead, and `long_ids` maps the digest to the id.

Equal tasks are merged by a unique index. It is a btree, whose entries have at most 2.7 kB.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence

from mailtide_scheduler.database import Connection, sql

MAX_INDEXED_BYTES = 1_000
"""Maximum number of bytes of an id in UTF-8 that is stored unchanged. Two such ids fit into one index
entry."""

PREFIX = "sha256:"


def shortened(id_: str) -> str:
    """Return the form of an id in the tables: the id itself, or its digest if the id is too long. Pure."""
    if len(id_) <= MAX_INDEXED_BYTES // 4 or len(encoded := id_.encode()) <= MAX_INDEXED_BYTES:
        return id_
    return PREFIX + hashlib.sha256(encoded).hexdigest()


async def insert_long_ids(connection: Connection, grant_id: str, ids: Iterable[str]) -> None:
    """Store the ids that are too long, with their digests.

    Call it before rows with the digests are written. The caller holds the grant's lock.
    """
    long = {digest: id_ for id_ in ids if (digest := shortened(id_)) != id_}
    if long:
        await connection.execute(
            sql(__package__, "insert_long_ids"), grant_id, list(long), list(long.values())
        )


async def list_long_ids(connection: Connection, stored: Collection[str | None]) -> dict[str, str]:
    """Return the long ids for the digests in `stored`, by digest. Other values are ignored."""
    digests = [id_ for id_ in stored if id_ is not None and id_.startswith(PREFIX)]
    if not digests:
        return {}
    return {
        row["digest"]: row["id"] for row in await connection.fetch(sql(__package__, "list_long_ids"), digests)
    }


def all_shortened(ids: Sequence[str]) -> list[str]:
    return [shortened(id_) for id_ in ids]
