"""Assembles due notices into deliveries."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID, uuid4

import asyncpg

from mailtide_common.contracts.api.channels import Channel
from mailtide_notifier import limits
from mailtide_notifier.channels.quiet import is_silenced, speaking
from mailtide_notifier.database import transaction

from .render import delivery
from .store import (
    WaitingNotice,
    claim_notices,
    insert_deliveries,
    list_mailboxes,
    update_assembled_notices,
    update_silenced_notices,
)


async def assemble(
    pool: asyncpg.Pool, channels: Sequence[Channel], now: datetime, *, console_url: str | None
) -> int:
    """Assemble due notices into deliveries, and suppress the notices that a silence covers.

    `channels` are all channels. Without a `console_url`, alerts have no links to the console.

    Returns:
        The number of assembled notices, at most `limits.ASSEMBLE_BATCH`. It is 0 while another process is
        assembling.

    Raises:
        TransientError: Postgres is unavailable or busy.
    """
    may_speak = speaking(channels, now)
    silenced = [channel.id for channel in channels if is_silenced(channel, now)]
    content = {channel.id for channel in channels if channel.allow_content}
    async with transaction(pool) as connection:
        if silenced:
            await update_silenced_notices(connection, silenced)
        notices = await claim_notices(connection, may_speak) if may_speak else []
        if notices:
            mailboxes = await list_mailboxes(connection, list({notice.account_id for notice in notices}))
            deliveries = [
                delivery(
                    uuid4(),
                    group,
                    mailboxes,
                    allow_content=group[0].channel_id in content,
                    console_url=console_url,
                    now=now,
                )
                for group in grouped(notices)
            ]
            await insert_deliveries(connection, deliveries)
            await update_assembled_notices(connection, deliveries)
    return len(notices)


def grouped(notices: Sequence[WaitingNotice]) -> Iterator[list[WaitingNotice]]:
    """Yield the notices of each delivery: first notices that are sent alone, then digests. Pure.

    A digest has one channel, event and topic. It has at most `limits.DIGEST_MOST` notices, oldest first.
    """
    yield from ([notice] for notice in notices if not notice.digest)
    together = sorted((notice for notice in notices if notice.digest), key=_place_and_moment)
    for _, group in groupby(together, _place):
        members = list(group)
        for start in range(0, len(members), limits.DIGEST_MOST):
            yield members[start : start + limits.DIGEST_MOST]


def _place(notice: WaitingNotice) -> tuple[UUID, str, str]:
    return notice.channel_id, notice.event.value, notice.topic


def _place_and_moment(notice: WaitingNotice) -> tuple[tuple[UUID, str, str], int]:
    detail = notice.detail
    return _place(notice), detail["received_at"] if "received_at" in detail else detail["opened_at"]
