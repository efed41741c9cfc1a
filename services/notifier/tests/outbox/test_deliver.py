"""Deliveries arrive once, are retried under the same id, and are given up after the last attempt."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast
from uuid import uuid4

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from mailtide_common.runtime.errors import TransientError
from mailtide_harness.notifier import Harness, Mailroom, Receiver, raised
from mailtide_notifier import limits
from mailtide_notifier.channels.apprise_sender import HEADER, AppriseSender
from mailtide_notifier.channels.outgoing import LaterError, Outgoing
from mailtide_notifier.channels.store import Target, get_target
from mailtide_notifier.channels.webhook_sender import signed
from mailtide_notifier.outbox.deliver import Deliverer, retry_seconds
from mailtide_notifier.outbox.store import list_deliveries, requeue_delivery
from mailtide_notifier.tidy import tidy


async def states(harness: Harness) -> list[tuple[str, int, str | None]]:
    async with harness.pool.acquire() as connection:
        return [(d.state.value, d.attempts, d.error) for d in await list_deliveries(connection, 100, None)]


async def test_a_webhook_is_signed_as_the_standard_says(harness: Harness, receiver: Receiver) -> None:
    channel = await harness.channel(receiver.url)
    await harness.alerts(raised())
    await harness.delivered()
    ((headers, body),) = receiver.requests
    assert channel.signing_secret is not None
    event = Webhook(channel.signing_secret).verify(body, headers)
    assert event["type"] == "mailtide.alert.opened"
    assert event["data"]["notices"][0]["reason"] == "why"
    with pytest.raises(WebhookVerificationError):
        Webhook(channel.signing_secret).verify(body + b" ", headers)


async def test_while_a_secret_is_replaced_the_previous_one_signs_too(
    harness: Harness, receiver: Receiver
) -> None:
    secrets = [(await harness.channel(receiver.url)).signing_secret]
    (channel,) = await harness.channels.list()

    async def verified() -> list[bool]:
        """Which of all secrets so far a receiver can verify a delivery with."""
        assert (await harness.channels.test(channel.id, Outgoing(uuid4(), "", "", {"type": "a"}))).delivered
        headers, body = receiver.requests[-1]
        found = []
        for secret in secrets:
            try:
                Webhook(secret or "").verify(body, headers)
            except WebhookVerificationError:
                found.append(False)
            else:
                found.append(True)
        return found

    assert await verified() == [True]
    secrets.append((await harness.channels.rotate_secret(channel.id, 3_600)).signing_secret)
    assert await verified() == [True, True]
    secrets.append((await harness.channels.rotate_secret(channel.id, 3_600)).signing_secret)
    assert await verified() == [False, True, True], "two sign, no more"
    secrets.append((await harness.channels.rotate_secret(channel.id, 0)).signing_secret)
    assert await verified() == [False, False, False, True]
    (shown,) = await harness.channels.list()
    assert shown.previous_secret_until is None
    async with harness.pool.acquire() as connection:
        await tidy(connection, max_age_seconds=60)
    kept = await harness.pool.fetchval("SELECT previous_secret_ciphertext FROM notice_channels")
    assert kept is None


def test_a_signature_covers_id_time_and_body() -> None:
    """The example in the specification of Standard Webhooks, with our form of ids."""
    secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    outgoing = Outgoing(uuid4(), "", "", {})
    at = datetime.fromtimestamp(1_674_087_231, UTC)
    headers = signed(outgoing, [secret], b'{"type":"a"}', at)
    assert headers["webhook-timestamp"] == "1674087231"
    elsewhere = at.astimezone(timezone(timedelta(hours=2)))
    assert headers == signed(outgoing, [secret], b'{"type":"a"}', elsewhere)
    assert (
        headers["webhook-signature"] != signed(outgoing, [secret], b'{"type":"b"}', at)["webhook-signature"]
    )


async def test_a_receiver_that_hangs_delays_no_other_channel(harness: Harness, receiver: Receiver) -> None:
    hanging = await harness.channel("http://127.0.0.1:1/", "hanging")
    await harness.alerts(*(raised(f"g{number}") for number in range(2 * limits.SENDERS)))
    assert await harness.assembled() == 2 * limits.SENDERS
    healthy = await harness.channel(receiver.url, "healthy")
    await harness.alerts(raised("g"))
    await harness.assembled()

    async with harness.pool.acquire() as connection:
        hanging_target = await get_target(connection, hanging.id)

    class Post:
        async def send(self, target: Target, _message: Outgoing) -> None:
            if target == hanging_target:
                await asyncio.Event().wait()

    deliverer = Deliverer(harness.pool, cast("Any", Post()), attempts=1)
    channels = [hanging.id, healthy.id]
    senders = [
        asyncio.create_task(deliverer.deliver_one(channels)) for _ in range(limits.CHANNEL_SENDERS + 1)
    ]
    done, pending = await asyncio.wait(senders, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    assert [task.result() for task in done] == [True]
    sent = await harness.pool.fetch("SELECT channel_id FROM notice_deliveries WHERE state = 'sent'")
    assert [row["channel_id"] for row in sent] == [healthy.id]


async def test_a_failed_delivery_is_tried_again_with_its_id_and_then_given_up(
    harness: Harness, receiver: Receiver
) -> None:
    await harness.channel(receiver.url)
    await harness.alerts(raised())
    receiver.status = 503
    for tried in (1, 2, 3):
        await harness.delivered()
        assert len(receiver.requests) == tried
        await harness.hurry()
    await harness.delivered()
    assert len(set(receiver.ids)) == 1
    assert await states(harness) == [("dead", 3, "the receiver answered 503")]
    receiver.status = 204
    async with harness.pool.acquire() as connection:
        id_ = (await list_deliveries(connection, 1, None))[0].id
        assert await requeue_delivery(connection, id_)
        assert not await requeue_delivery(connection, uuid4())
    await harness.delivered()
    assert len(set(receiver.ids)) == 1
    assert await states(harness) == [("sent", 0, None)]
    assert await harness.pool.fetchval("SELECT count(*) FROM notices WHERE detail <> '{}'") == 0


@pytest.mark.parametrize("status", [302, 400, 500])
async def test_only_success_means_that_it_arrived(harness: Harness, receiver: Receiver, status: int) -> None:
    await harness.channel(receiver.url)
    await harness.alerts(raised())
    receiver.status, receiver.answer_headers = status, {"location": receiver.url}
    await harness.delivered()
    ((state, attempts, error),) = await states(harness)
    assert (state, attempts) == ("pending", 1)
    assert error is not None
    assert error.startswith(f"the receiver answered {status}")
    assert ("redirects are not followed" in error) == (status == 302)


async def test_a_failed_request_names_its_cause_and_not_the_url(harness: Harness) -> None:
    channel = await harness.channel("http://127.0.0.1:1/s3cret")
    tested = await harness.channels.test(channel.id, Outgoing(uuid4(), "", "", {"type": "a"}))
    assert tested.error == "the request to the receiver failed: ConnectError, ConnectionRefusedError"


async def test_a_receiver_that_is_gone_disables_its_channel(harness: Harness, receiver: Receiver) -> None:
    channel = await harness.channel(receiver.url)
    await harness.alerts(raised())
    receiver.status = 410
    await harness.delivered()
    assert [state for state, _, _ in await states(harness)] == ["dead"]
    now = await harness.channels.get(channel.id)
    assert (now.enabled, now.disabled_reason) == (
        False,
        "the receiver answered 410 (gone): correct the channel's URL, and enable the channel if it is disabled",
    )


async def test_a_receiver_says_when_to_come_again(harness: Harness, receiver: Receiver) -> None:
    await harness.channel(receiver.url)
    await harness.alerts(raised())
    receiver.status, receiver.answer_headers = 429, {"retry-after": "600"}
    await harness.delivered()
    wait = await harness.pool.fetchval(
        "SELECT extract(EPOCH FROM due_at - now())::float FROM notice_deliveries"
    )
    assert 590 < wait <= 600


def test_back_off_doubles_up_to_a_cap_and_obeys_the_receiver() -> None:
    waits = [retry_seconds(failed, TransientError("x"), 0.999) for failed in range(14)]
    assert waits == sorted(waits)
    assert waits[0] <= limits.FAILED_BACKOFF.first_seconds
    assert waits[-1] <= limits.FAILED_BACKOFF.cap_seconds
    assert retry_seconds(0, LaterError("x", 900.0), 0.0) == 900.0


async def test_two_senders_at_once_send_nothing_twice(harness: Harness, receiver: Receiver) -> None:
    channel = await harness.channel(receiver.url)
    await harness.alerts(*(raised(f"g{number}") for number in range(20)))
    await harness.assembled()
    receiver.delay_seconds = 0.01

    async def send() -> None:
        while await harness.deliverer.deliver_one([channel.id]):
            pass

    await asyncio.gather(*(send() for _ in range(4)))
    assert len(receiver.ids) == len(set(receiver.ids)) == 20


async def test_mail_reaches_an_smtp_server_by_apprise(harness: Harness, mailroom: Mailroom) -> None:
    await harness.account()
    await harness.channel(mailroom.url)
    await harness.alerts(raised())
    await harness.delivered()
    (mail,) = mailroom.mails
    assert mail["subject"] == "A mailbox must be connected again: g@example.com"
    id_ = str(await harness.pool.fetchval("SELECT id FROM notice_deliveries"))
    assert mail[HEADER] == id_
    body = mail.get_body(("plain", "html"))
    assert body is not None
    assert id_ in body.get_content()


@pytest.mark.parametrize("further", [",gone@example.com", "&cc=gone@example.com"])
async def test_one_refused_recipient_fails_the_attempt_and_the_others_get_each_of_its_repetitions(
    harness: Harness, mailroom: Mailroom, further: str
) -> None:
    mailroom.unknown = {"gone@example.com"}
    await harness.channel(mailroom.url + further)
    await harness.alerts(raised())
    for _ in range(2):
        await harness.hurry()
        await harness.delivered()
    assert [state for state, _, _ in await states(harness)] == ["pending"]
    assert len(mailroom.mails) == 2


async def test_apprise_fails_on_refusal_redirect_and_silence_and_leaks_no_secret(
    harness: Harness, receiver: Receiver, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SEND_SECONDS", 0.5)
    caplog.set_level(logging.DEBUG)
    url = receiver.url.replace("http://", "json://user:s3cret@") + "?%2BAuthorization=Bearer%20t0ken"
    channel = await harness.channel(url, "json")
    await harness.alerts(raised())
    answers = []
    for status, delay in ((500, 0.0), (302, 0.0), (204, 1.5), (204, 0.0)):
        receiver.status, receiver.delay_seconds = status, delay
        receiver.answer_headers = {"location": receiver.url}
        await harness.pool.execute("UPDATE notice_deliveries SET attempts = 0")
        await harness.hurry()
        await harness.delivered()
        answers.append((await states(harness))[0][::2])
    refused = (
        "the service refused the notice, redirected the request or could not be reached "
        "(apprise does not tell which)"
    )
    assert answers == [
        ("pending", refused),
        ("pending", refused),
        ("pending", "no result within 0.5 s, including the wait for a free thread of apprise"),
        ("sent", None),
    ]
    assert channel.url == "json://…"
    rows = str(await harness.pool.fetch("SELECT * FROM notice_channels"))
    assert "s3cret" not in rows + caplog.text
    assert "t0ken" not in rows + caplog.text


async def test_a_channel_sealed_with_another_key_is_dead_at_once(
    harness: Harness, receiver: Receiver
) -> None:
    await harness.channel(receiver.url)
    await harness.pool.execute("UPDATE notice_channels SET url_ciphertext = 'x'")
    await harness.alerts(raised())
    await harness.delivered()
    assert [state for state, _, _ in await states(harness)] == ["dead"]


async def test_an_attempt_for_which_no_thread_becomes_free_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "APPRISE_THREADS", 0)
    monkeypatch.setattr(limits, "SEND_SECONDS", 0.01)
    reason = "all 0 threads of apprise were occupied for 0.01 s, because services do not answer"
    with pytest.raises(TransientError, match=f"^{reason}$"):
        await AppriseSender().send("json://localhost", (), Outgoing(uuid4(), "", "", {}))


async def test_a_service_that_does_not_answer_leaves_threads_for_others(
    receiver: Receiver, mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.delay_seconds = 4
    hanging = receiver.url.replace("http://", "json://")
    sender, outgoing = AppriseSender(), Outgoing(uuid4(), "a", "b", {})
    with monkeypatch.context() as patched:
        patched.setattr(limits, "SEND_SECONDS", 0.2)
        for _ in range(limits.APPRISE_CHANNEL_THREADS):
            with pytest.raises(TransientError, match="no result within"):
                await sender.send(hanging, (), outgoing)
    with pytest.raises(TransientError, match="3 earlier attempts have not ended"):
        await sender.send(hanging, (), outgoing)
    await sender.send(mailroom.url, (), outgoing)
    receiver.delay_seconds = 0
    async with asyncio.timeout(30):
        while True:
            try:
                await sender.send(hanging, (), outgoing)
            except TransientError:
                await asyncio.sleep(0.1)
            else:
                return
