"""Whether the database holds the content that a mailbox shows, by turn: whole messages are large. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from mailtide_common.contracts.events import Lane
from mailtide_common.contracts.versions import Version

from .message import Message, content_event
from .plan import Entry


@dataclass(frozen=True, slots=True)
class Contents:
    """What is compared of a content, beside its digest: the digest alone is what was meant to be stored."""

    observed_at: int
    """Microseconds since 1970: since when it is known to be so, or later."""
    content_hash: str | None
    subject: str
    snippet: str
    body_bytes: int
    attachments: int
    sanitised: bool
    """What is stored was altered or cut, so that sizes say nothing."""


def differs(message: Message, stored: Contents, version: Version) -> bool:
    """Whether the database holds another content than a listed message has; a newer observation is no difference."""
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


def turn(entries: Sequence[Entry], most: int, seed: str) -> list[Entry]:
    """The messages whose turn it is: some that lie side by side, so that few listings show them.

    Args:
        entries: of a slice, in any order; those without a certain date are left to a later content.
        most: so many at most.
        seed: the same seed gives the same turn, so that a pass that proves looks where the repairs were.
    """
    dated = sorted(
        (entry for entry in entries if entry.date is not None), key=lambda e: (-(e.date or 0), e.message_id)
    )
    first = random.Random(seed).randrange(max(1, len(dated) - most + 1))  # noqa: S311 - a turn, no secret
    return dated[first : first + most]
