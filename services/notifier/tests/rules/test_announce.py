"""New live mail is announced once per channel, and nothing else is."""

from typing import Any

import pytest
from pydantic import ValidationError

from mailtide_common.contracts.api.rules import RuleSettings
from mailtide_common.contracts.events import Lane, Purged
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.runtime.clock import now_us
from mailtide_harness.notifier import (
    MAX_AGE,
    Harness,
    Mailroom,
    Receiver,
    a_record,
    a_tombstone,
    content,
    state,
)

URL = "http://127.0.0.1:1/"


async def test_content_and_state_make_one_notice_however_they_come(harness: Harness) -> None:
    await harness.account()
    await harness.rule(await harness.channel(URL))
    await harness.mail(content("one"), state("one"))
    await harness.mail(content("two"))
    assert len(await harness.notices()) == 1
    await harness.mail(state("two"))
    await harness.mail(content("one"), state("one"), state("two", starred=True), content("two"))
    assert len(await harness.notices()) == 2


@pytest.mark.parametrize("lane", [Lane.SYNC, Lane.BACKFILL])
async def test_a_backfill_and_a_sync_announce_nothing(harness: Harness, lane: Lane) -> None:
    """INV-37."""
    await harness.account()
    await harness.rule(await harness.channel(URL))
    await harness.mail(content(lane=lane), state(lane=lane))
    await harness.mail(content("old", age=MAX_AGE + 5), state("old"))
    assert await harness.notices() == []


async def test_a_topic_read_again_announces_nothing(harness: Harness) -> None:
    await harness.account()
    events = [content(), state()]
    await harness.mail(*events)  # there was no rule yet
    await harness.rule(await harness.channel(URL))
    long_ago = (now_us() - (MAX_AGE + 5) * 1_000_000) // 1_000
    await harness.mail(*events, at_ms=long_ago)
    assert await harness.notices() == []


async def test_mail_becomes_important_when_it_is_starred(harness: Harness) -> None:
    await harness.account()
    await harness.rule(await harness.channel(URL), conditions={"starred": True})
    await harness.mail(content(), state())
    assert await harness.notices() == []
    await harness.mail(state(starred=True, lane=Lane.SYNC))
    assert len(await harness.notices()) == 1


async def test_deleted_and_purged_mail_is_forgotten(harness: Harness, receiver: Receiver) -> None:
    await harness.account()
    await harness.rule(await harness.channel(receiver.url))
    await harness.mail(content("deleted"))
    await harness.mail(state("deleted", deleted=True, folders=()))
    await harness.mail(state("deleted"))
    await harness.mail(content("purged"), state("purged"))
    assert (
        await harness.announcer.handle([a_tombstone("g/purged/content"), a_tombstone("g/purged/state")]) == []
    )
    await harness.delivered()
    assert receiver.requests == []
    assert await harness.pool.fetchval("SELECT count(*) FROM notice_messages") == 0


async def test_a_purge_takes_an_account_out_of_a_digest_that_waits(
    harness: Harness, receiver: Receiver
) -> None:
    for grant in ("g", "h"):
        await harness.account(grant)
    channel = await harness.channel(receiver.url, allow_content=True)
    await harness.rule(channel, max_per_hour=1)
    for number, grant in enumerate("ghgh"):
        await harness.mail(content(f"m{number}", grant), state(f"m{number}", grant))
    receiver.status = 500
    await harness.hurry()
    await harness.delivered()
    assert await harness.pool.fetch("SELECT FROM notice_deliveries") != []
    purged = Purged(account_id=account_uuid("g"), purged_at=now_us())
    assert await harness.forgetter.handle([a_record(purged)]) == []
    receiver.requests.clear()
    receiver.status = 204
    await harness.hurry()
    await harness.delivered()
    sent = b"".join(body for _, body in receiver.requests)
    assert b"h@example.com" in sent
    assert b"g@example.com" not in sent
    left = await harness.pool.fetch("SELECT FROM notices WHERE account_id = $1", account_uuid("g"))
    assert left == []


async def test_each_channel_is_told_once_by_the_first_rule_that_matches(harness: Harness) -> None:
    await harness.account()
    one, two = await harness.channel(URL, "one"), await harness.channel(URL, "two")
    await harness.rule(one, name="a")
    await harness.rule(one, two, name="b")
    await harness.mail(content(), state())
    told = {notice["channel_id"]: notice["detail"]["rule"] for notice in await harness.notices()}
    assert told == {one.id: "a", two.id: "b"}


async def test_beyond_its_limit_a_rule_makes_one_digest(harness: Harness, receiver: Receiver) -> None:
    await harness.account()
    await harness.rule(await harness.channel(receiver.url), max_per_hour=2)
    for number in range(4):
        await harness.mail(content(f"m{number}"), state(f"m{number}"))
        await harness.mail(content(f"m{number}"), state(f"m{number}"))
    await harness.delivered()
    assert len(receiver.requests) == 2
    await harness.mail(content("m4"), state("m4"))
    await harness.hurry()
    await harness.delivered()
    assert len(receiver.requests) == 3
    assert receiver.requests[-1][1].count(b'"message_id"') == 3


@pytest.mark.parametrize("allowed", [False, True])
async def test_sender_and_subject_are_named_only_where_content_is_allowed(
    harness: Harness, receiver: Receiver, mailroom: Mailroom, allowed: bool
) -> None:
    await harness.account()
    channels = [
        await harness.channel(url, name, allow_content=allowed)
        for name, url in (("hook", receiver.url), ("mail", mailroom.url))
    ]
    await harness.rule(*channels, template="$rule in $mailbox: $sender, $subject")
    await harness.mail(content(), state())
    await harness.delivered()
    (mail,) = mailroom.mails
    texts = [receiver.requests[0][1].decode(), mail.as_string(), str(mail["subject"])]
    rows = str([dict(row) for row in await harness.pool.fetch("SELECT * FROM notices")])
    assert all(("Ann" in text) is ("Invoice" in text) is allowed for text in texts)
    assert "VIP in g@example.com" in texts[1]
    assert "Invoice" not in rows


@pytest.mark.parametrize("odd", [{"template": "$nothing"}, {"template": "$ x"}, {"channels": ()}])
async def test_rules_that_cannot_work_are_refused(harness: Harness, odd: dict[str, Any]) -> None:
    channel = await harness.channel(URL)
    if "template" in odd:
        with pytest.raises(ValidationError):
            RuleSettings(name="r", channels=(channel.id,), **odd)
    else:
        assert (await harness.rules.create(RuleSettings(name="r", **odd))).channels == ()


async def test_what_postgres_cannot_hold_is_stored_without_it(harness: Harness) -> None:
    await harness.account()
    await harness.rule(await harness.channel(URL))
    await harness.mail(content("m\x00", subject="\x00"), state("m\x00", folders=("in", "a\x00b")))
    assert len(await harness.notices()) == 1
