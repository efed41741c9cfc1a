"""Ids that are longer than an index holds: the tables hold a digest instead, and `long_ids` the id that it stands for.

A btree, which keeps equal wishes one, holds no more than 2.7 kB.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence

from .database import Connection, sql

MAX_INDEXED_BYTES = 1_000
"""Of an id in UTF-8; two of them fit into one entry of an index."""

PREFIX = "sha256:"


def shortened(id_: str) -> str:
    """What stands for an id in the tables; the id itself unless it is too long. Pure."""
    if len(id_) <= MAX_INDEXED_BYTES // 4 or len(encoded := id_.encode()) <= MAX_INDEXED_BYTES:
        return id_
    return PREFIX + hashlib.sha256(encoded).hexdigest()


async def keep_long_ids(connection: Connection, grant_id: str, ids: Iterable[str]) -> None:
    """Note what digests stand for, before they are stored. Under the grant's lock."""
    long = {digest: id_ for id_ in ids if (digest := shortened(id_)) != id_}
    if long:
        await connection.execute(sql("keep_long_ids"), grant_id, list(long), list(long.values()))


async def read_long_ids(connection: Connection, stored: Collection[str | None]) -> dict[str, str]:
    """The ids that digests stand for; what is not among the keys stands for itself."""
    digests = [id_ for id_ in stored if id_ is not None and id_.startswith(PREFIX)]
    if not digests:
        return {}
    return {row["digest"]: row["id"] for row in await connection.fetch(sql("read_long_ids"), digests)}


def all_shortened(ids: Sequence[str]) -> list[str]:
    """`shortened` of each. Pure."""
    return [shortened(id_) for id_ in ids]
