"""Compares stored content with that of listed messages, and selects the messages to compare. Pure."""

import random
from collections.abc import Sequence

from mailtide_common.contracts.events import Lane
from mailtide_common.contracts.versions import Version
from mailtide_sync_worker.messages.compared_state import Contents, Entry
from mailtide_sync_worker.messages.message import Message, content_event


def differs(message: Message, stored: Contents, version: Version) -> bool:
    """Return whether stored content differs from a listed message's; False if the stored one is newer.

    `version` is that of the listing. If the stored content was altered or cut, only the digest and the
    presence of a body are compared.
    """
    if stored.observed_at > version.observed_at:
        return False
    shown = content_event(message, version, Lane.BACKFILL)
    if stored.content_hash != shown.content_hash:
        return True
    if stored.sanitised:
        return bool(shown.body) != bool(stored.body_bytes)
    texts, sizes = (
        (shown.subject or "", shown.snippet or ""),
        (len((shown.body or "").encode()), len(shown.attachments)),
    )
    return texts != (stored.subject, stored.snippet) or sizes != (stored.body_bytes, stored.attachments)


def rotating_sample(entries: Sequence[Entry], most: int, seed: str) -> list[Entry]:
    """Return at most `most` of the entries of a slice, selected by `seed`.

    The result is adjacent by date, so that few pages contain it. Entries without a plausible date are
    skipped. Equal entries and an equal seed give an equal result, so that the second pass of an audit checks
    what the first one repaired.
    """
    dated = sorted(
        (entry for entry in entries if entry.date is not None), key=lambda e: (-(e.date or 0), e.message_id)
    )
    first = random.Random(seed).randrange(max(1, len(dated) - most + 1))  # noqa: S311 - a sample, no secret
    return dated[first : first + most]
