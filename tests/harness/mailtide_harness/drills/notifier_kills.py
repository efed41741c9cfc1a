"""Incidents and important messages while the notifier is killed repeatedly: what arrives, and how often."""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson

from mailtide_common.contracts.events import Event
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.postgres import create_pool
from mailtide_devkit.local.waiting import until
from mailtide_harness.notifier import (
    Harness,
    Mailroom,
    Receiver,
    a_mailroom,
    a_receiver,
    content,
    end_of,
    notifier_process,
    raised,
    state,
)
from mailtide_notifier.channels.apprise_sender import HEADER

WAIT_SECONDS = 120.0
PUBLISH_AT_ONCE = 200


@dataclass(frozen=True)
class Figures:
    """The results of a drill."""

    wanted: int
    """Transitions and messages, each to be noticed once on each channel."""
    webhook_notices: int
    """Distinct ones that the webhook received."""
    webhook_twice: int
    """Those received under more than one id; must be 0."""
    webhook_requests: int
    """All requests; more than one for an id is a repetition after a kill."""
    webhook_ids: int
    mail_ids: int
    mails: int
    seconds: float


async def drill(
    kafka: str, database_url: str, log: Path, *, incidents: int, messages: int, kills: int, shares: int
) -> Figures:
    """Publish events, kill and restart the notifier, and wait until both channels have received everything.

    Args:
        kafka: bootstrap servers; the topics exist.
        database_url: of a migrated database.
        log: file for the notifier's output.
        incidents: how many open; one in ten ends.
        messages: how many are important.
        kills: how often the notifier is killed with SIGKILL, spread over the deliveries.
        shares: the events are published in so many parts, one before each kill. A part that is published while the
            notifier is down stays in Kafka until the dead member's session has expired.
    """
    pool = await create_pool(database_url, max_size=4, application_name="drill")
    async with (
        pool,
        httpx.AsyncClient() as client,
        Publisher(Brokers.plain(kafka), source="drill") as publisher,
    ):
        with a_receiver() as receiver, a_mailroom() as mailroom:
            harness = Harness(pool, client)
            channels = [await harness.channel(url, url[:4]) for url in (receiver.url, mailroom.url)]
            await harness.rule(*channels)
            await harness.account("drill")
            opened = [raised(f"drill-{number}") for number in range(incidents)]
            ends = [end_of(alert) for alert in opened[::10]]
            mail = [
                event
                for n in range(messages)
                for event in (content(f"m{n}", "drill"), state(f"m{n}", "drill"))
            ]
            events: list[Event] = [*opened, *ends, *mail]
            wanted = len(opened) + len(ends) + messages
            notifier = notifier_process(
                kafka, database_url, log, MAILTIDE_SESSION_TIMEOUT_MS="6000", MAILTIDE_NOTICE_MAX_AGE="600"
            )
            began = time.monotonic()
            await notifier.start()
            for number in range(max(kills + 1, shares)):
                await _publish(publisher, _share(events, number, shares))
                if number < kills:
                    await _until_told(receiver, mailroom, (number + 1) * wanted // (2 * (kills + 1)))
                    await notifier.kill()
                    await notifier.process.start()
            await _until_told(receiver, mailroom, wanted)
            seconds = time.monotonic() - began
            await notifier.kill()
            return _figures(receiver, mailroom, wanted, seconds)


def _share(events: Sequence[Event], number: int, shares: int) -> Sequence[Event]:
    size = -(-len(events) // shares)
    return events[number * size : (number + 1) * size]


async def _publish(publisher: Publisher, events: Sequence[Event]) -> None:
    for start in range(0, len(events), PUBLISH_AT_ONCE):
        await publisher.publish_all(events[start : start + PUBLISH_AT_ONCE])


async def _until_told(receiver: Receiver, mailroom: Mailroom, number: int) -> None:
    async def told() -> bool:
        return len(_told(receiver)) >= number and len({mail[HEADER] for mail in mailroom.mails}) >= number

    await until(told, seconds=WAIT_SECONDS, what=f"{number} notices on both channels")


def _told(receiver: Receiver) -> dict[str, set[str]]:
    """Return the ids of deliveries by their subject: the transition of an incident, or the message."""
    told: dict[str, set[str]] = defaultdict(set)
    for headers, body in list(receiver.requests):
        event = orjson.loads(body)
        for notice in event["data"]["notices"]:
            about = notice.get("message_id") or notice["subject"]
            if about.startswith(("drill-", "m")):
                told[f"{event['type']} {about}"].add(headers["webhook-id"])
    return told


def _figures(receiver: Receiver, mailroom: Mailroom, wanted: int, seconds: float) -> Figures:
    told = _told(receiver)
    mails = Counter(mail[HEADER] for mail in mailroom.mails)
    return Figures(
        wanted=wanted,
        webhook_notices=len(told),
        webhook_twice=sum(len(ids) > 1 for ids in told.values()),
        webhook_requests=len(receiver.requests),
        webhook_ids=len(set(receiver.ids)),
        mail_ids=len(mails),
        mails=len(mailroom.mails),
        seconds=seconds,
    )
