"""When notices become deliveries: digests, quiet hours, silences, and order."""

from datetime import UTC, datetime, time, timedelta

import orjson
import pytest

from mailtide_common.contracts.api.channels import QuietHours
from mailtide_common.contracts.events import AlertKind
from mailtide_common.runtime.clock import now_us
from mailtide_harness.notifier import Harness, Mailroom, Receiver, content, end_of, raised, state
from mailtide_notifier import limits
from mailtide_notifier.channels.quiet import is_quiet


async def test_many_of_one_kind_become_one_digest_once_its_window_ends(
    harness: Harness, receiver: Receiver, mailroom: Mailroom
) -> None:
    await harness.account("g0")
    await harness.channel(receiver.url, "hook", digest_seconds=60)
    await harness.channel(mailroom.url, "mail", digest_seconds=60)
    alerts = [raised(f"g{number}") for number in range(37)]
    await harness.alerts(*alerts, raised("consumer", AlertKind.CONSUMER_HALTED))
    await harness.delivered()
    assert receiver.requests == []
    await harness.pool.execute(
        "UPDATE notices SET due_at = now() WHERE detail ->> 'subject' IN ('g0', 'consumer')"
    )
    await harness.delivered()
    titles = sorted(orjson.loads(body)["data"]["title"] for _, body in receiver.requests)
    assert titles == [
        "37 mailboxes must be connected again, first g0@example.com",
        "A consumer is halted: consumer",
    ]
    assert sorted(str(mail["subject"]) for mail in mailroom.mails) == titles
    single, digest = (
        text.get_content()
        for word in ("halted", "37")
        for mail in mailroom.mails
        if word in mail["subject"] and (text := mail.get_body(("plain",))) is not None
    )
    assert "What to do: Deploy a version that can process the records" in single
    assert "mailtide dead-letters list" in single
    assert f"and {37 - limits.DIGEST_NAMED} more" in digest
    assert "What to do: Let the owner connect the mailbox again" in digest
    assert "mailtide status" in digest
    items = [item for _, body in receiver.requests for item in orjson.loads(body)["data"]["notices"]]
    assert "mailtide connect-link g0@example.com --valid 259200" in {item["command"] for item in items}


async def test_a_digest_of_different_dead_letters_gives_no_advice_that_fits_only_some(
    harness: Harness, mailroom: Mailroom
) -> None:
    await harness.channel(mailroom.url, digest_seconds=60)
    classes = ("unreadable", "unstorable")
    await harness.alerts(*(raised(f"mail.messages.v1/{each}", AlertKind.DEAD_LETTERS) for each in classes))
    await harness.hurry()
    await harness.delivered()
    (mail,) = mailroom.mails
    assert str(mail["subject"]).startswith("2 kinds of records were parked, first mail.messages.v1/")
    text = mail.get_body(("plain",))
    assert text is not None
    assert "What to do: Remove the cause, then send the records again" in text.get_content()


async def test_a_mailbox_with_several_alerts_counts_once(harness: Harness, mailroom: Mailroom) -> None:
    """Quiet hours may collect the alerts of several hours."""
    await harness.account()
    await harness.channel(mailroom.url, digest_seconds=60)
    now = now_us()
    await harness.alerts(
        *(raised("g", AlertKind.DELETIONS_HELD, now + after, f"{after} deletions") for after in (1, 2))
    )
    await harness.hurry()
    await harness.delivered()
    (mail,) = mailroom.mails
    assert str(mail["subject"]) == "Deletions wait for a decision: g@example.com"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "mailtide accounts held g@example.com" in text.get_content()
    assert "2 deletions" in text.get_content()


async def test_a_command_for_a_mailbox_can_be_copied(harness: Harness, mailroom: Mailroom) -> None:
    """Although mentions of everyone are disabled in all other texts."""
    await harness.account()
    await harness.pool.execute("UPDATE email_accounts SET email_address = 'a@here.example'")
    await harness.channel(mailroom.url)
    await harness.alerts(raised())
    await harness.delivered()
    text = mailroom.mails[0].get_body(("plain",))
    assert text is not None
    assert "mailtide connect-link a@here.example --valid 259200" in text.get_content()


async def test_a_very_large_digest_is_several(harness: Harness, receiver: Receiver) -> None:
    await harness.channel(receiver.url, digest_seconds=1)
    await harness.alerts(*(raised(f"g{number}") for number in range(limits.DIGEST_MOST + 1)))
    await harness.hurry()
    await harness.delivered()
    counts = sorted(orjson.loads(body)["data"]["count"] for _, body in receiver.requests)
    assert counts == [1, limits.DIGEST_MOST]


async def test_an_incident_that_ends_within_the_digests_window_is_not_told(
    harness: Harness, receiver: Receiver, mailroom: Mailroom
) -> None:
    """Unless its opening was told already, or the channel collects nothing."""
    await harness.channel(receiver.url, "at once")
    await harness.channel(mailroom.url, "mail", digest_seconds=60)
    brief, late = raised("brief"), raised("late")
    await harness.alerts(brief, end_of(brief), late)
    await harness.hurry()
    await harness.delivered()
    await harness.alerts(end_of(late))
    await harness.hurry()
    await harness.delivered()
    assert [str(mail["subject"]).partition(":")[0] for mail in mailroom.mails] == [
        "A mailbox must be connected again",
        "Over",
    ]
    assert len(receiver.requests) == 4


async def test_an_end_is_not_told_before_its_beginning(harness: Harness, receiver: Receiver) -> None:
    channel = await harness.channel(receiver.url)
    alert = raised()
    await harness.alerts(alert)
    receiver.status = 500
    await harness.delivered()
    await harness.alerts(end_of(alert))
    await harness.delivered()
    assert len(receiver.requests) == 1
    receiver.status = 204
    await harness.hurry()
    await harness.delivered()
    await harness.delivered()
    kinds = [orjson.loads(body)["type"] for _, body in receiver.requests]
    assert kinds == ["mailtide.alert.opened", "mailtide.alert.opened", "mailtide.alert.ended"]
    assert channel.enabled


async def test_quiet_hours_put_everything_off(harness: Harness, receiver: Receiver) -> None:
    now = datetime.now(UTC)
    quiet = QuietHours(from_=(now - timedelta(hours=1)).time(), until=(now + timedelta(hours=1)).time())
    channel = await harness.channel(receiver.url, quiet=quiet)
    alert = raised()
    await harness.alerts(alert, end_of(alert))
    await harness.delivered()
    assert receiver.requests == []
    await harness.pool.execute("UPDATE notice_channels SET quiet_from = NULL WHERE id = $1", channel.id)
    await harness.delivered()
    await harness.delivered()
    assert len(receiver.requests) == 2


async def test_a_silence_drops_what_is_over_when_it_ends(harness: Harness, receiver: Receiver) -> None:
    channel = await harness.channel(receiver.url)
    await harness.account()
    await harness.rule(channel)
    before, gone, lasts = raised("before"), raised("gone"), raised("lasts")
    await harness.alerts(before)
    await harness.delivered()
    await harness.channels.silence(channel.id, datetime.now(UTC) + timedelta(hours=1))
    await harness.alerts(gone, lasts, end_of(gone), end_of(before))
    await harness.mail(content(), state())
    await harness.delivered()
    assert len(receiver.requests) == 1
    await harness.channels.silence(channel.id, None)
    await harness.delivered()
    told = [
        (event["type"].rpartition(".")[2], event["data"]["notices"][0]["subject"])
        for event in (orjson.loads(body) for _, body in receiver.requests)
    ]
    assert sorted(told) == [("ended", "before"), ("opened", "before"), ("opened", "lasts")]


@pytest.mark.parametrize(
    ("from_", "until", "hour", "quiet"),
    [
        (22, 7, 23, True),
        (22, 7, 6, True),
        (22, 7, 7, False),
        (22, 7, 12, False),
        (9, 17, 9, True),
        (9, 17, 17, False),
    ],
)
def test_quiet_hours_may_span_midnight_and_follow_their_time_zone(
    from_: int, until: int, hour: int, quiet: bool
) -> None:
    hours = QuietHours(from_=time(from_), until=time(until), time_zone="Asia/Tokyo")
    moment = datetime(2026, 6, 1, hour, tzinfo=UTC) - timedelta(hours=9)
    assert is_quiet(hours, moment) is quiet
    assert not is_quiet(None, moment)
