"""Cases 21 to 28 of the official Python SDK: refusals, faults and repeated deliveries."""

import gzip
import hashlib
import hmac

import nylas
import pytest
import requests
from nylas.models.errors import NylasApiError

from mailtide_nylas_simulator.testing.client import SimulatorAdmin
from mailtide_nylas_simulator.testing.process import SimulatorProcess
from mailtide_nylas_simulator.testing.receiver import WebhookReceiver

from .sdk_support import NewBox, NewFault, NewHook, is_signed, only, settle

pytestmark = pytest.mark.sdk


async def test_21_an_expired_grant_answers_401_and_is_told_once(
    sdk: nylas.Client, admin: SimulatorAdmin, receiver: WebhookReceiver, new_hook: NewHook, new_box: NewBox
) -> None:
    email, grant = await new_box()
    _, path = new_hook("grant.expired", "grant.updated", "message.created")
    await admin.expire(grant)
    await admin.expire(grant)
    with pytest.raises(NylasApiError) as caught:
        sdk.messages.list(grant)
    assert caught.value.status_code == 401
    assert caught.value.type
    assert caught.value.provider_error
    assert sdk.grants.find(grant).data.grant_status == "invalid"
    missed = await admin.deliver(email, count=2)
    await settle(admin)
    assert [one.envelope()["data"]["object"]["code"] for one in only(receiver, path)] == [25009]
    await admin.reauthenticate(grant)
    await settle(admin)
    after = [one.envelope() for one in only(receiver, path)][1:]
    assert sorted(one["type"] for one in after) == ["grant.updated", "message.created", "message.created"]
    created = {one["data"]["object"]["id"] for one in after if one["type"] == "message.created"}
    assert created == set(missed)
    assert sdk.messages.list(grant).data


async def test_22_both_kinds_of_429(sdk: nylas.Client, new_box: NewBox, faults: NewFault) -> None:
    _, grant = await new_box()
    await faults("rate_limit", grant=grant, remaining=1)
    with pytest.raises(NylasApiError) as own:
        sdk.messages.list(grant)
    assert (own.value.status_code, own.value.type) == (429, "nylas_rate_limit_exceeded")
    assert own.value.provider_error is None
    assert own.value.headers is not None
    assert "Retry-After" not in own.value.headers
    await faults("provider_rate_limit", grant=grant, remaining=1, retry_after=7)
    with pytest.raises(NylasApiError) as theirs:
        sdk.messages.list(grant)
    assert (theirs.value.status_code, theirs.value.type) == (429, "rate_limit_error")
    assert theirs.value.provider_error
    assert theirs.value.headers is not None
    assert theirs.value.headers["Retry-After"] == "7"
    assert sdk.messages.list(grant).data


async def test_23_a_page_instead_of_json(sdk: nylas.Client, new_box: NewBox, faults: NewFault) -> None:
    _, grant = await new_box()
    await faults("html", grant=grant, remaining=1, status=504)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        sdk.messages.list(grant)
    await faults("html", grant=grant, remaining=1)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        sdk.messages.list(grant)


async def test_24_503_503_200_keeps_the_id(
    admin: SimulatorAdmin, receiver: WebhookReceiver, new_hook: NewHook, new_box: NewBox
) -> None:
    email, _ = await new_box()
    webhook, path = new_hook("message.created")
    receiver.answers.extend([503, 503, 200])
    await admin.deliver(email)
    await settle(admin)
    sent = only(receiver, path)
    assert [one.envelope()["webhook_delivery_attempt"] for one in sent] == [1, 2, 3]
    assert len({one.envelope()["id"] for one in sent}) == 1
    assert len({one.signature for one in sent}) == 3
    assert all(is_signed(one, webhook.webhook_secret) for one in sent)
    log = [each for each in await admin.deliveries() if each.destination_id == webhook.id]
    assert [(each.outcome, [one["status"] for one in each.attempts]) for each in log] == [
        ("delivered", [503, 503, 200])
    ]


async def test_25_500_is_not_retried(
    admin: SimulatorAdmin, receiver: WebhookReceiver, new_hook: NewHook, new_box: NewBox
) -> None:
    email, _ = await new_box()
    _, path = new_hook("message.created")
    receiver.answers.append(500)
    await admin.deliver(email)
    await settle(admin)
    assert len(only(receiver, path)) == 1


async def test_26_compressed_bodies_are_signed_as_they_travel(
    admin: SimulatorAdmin, receiver: WebhookReceiver, new_hook: NewHook, new_box: NewBox
) -> None:
    email, _ = await new_box()
    webhook, path = new_hook("message.created", compressed_delivery=True)
    await admin.deliver(email)
    await settle(admin)
    (delivery,) = only(receiver, path)
    assert delivery.headers["content-encoding"] == "gzip"
    assert is_signed(delivery, webhook.webhook_secret)
    inflated = hmac.new(webhook.webhook_secret.encode(), gzip.decompress(delivery.body), hashlib.sha256)
    assert inflated.hexdigest() != delivery.signature
    assert delivery.envelope()["type"] == "message.created"


async def test_27_above_one_megabyte_the_body_stays_behind(
    sdk: nylas.Client, admin: SimulatorAdmin, receiver: WebhookReceiver, new_hook: NewHook, new_box: NewBox
) -> None:
    email, grant = await new_box()
    _, path = new_hook("message.created")
    body = "<p>long</p>" * 100_000
    (message_id,) = await admin.deliver_messages(email, [{"subject": "big", "body": body}])
    await settle(admin)
    (delivery,) = only(receiver, path)
    envelope = delivery.envelope()
    assert envelope["type"] == "message.created.truncated"
    shown = envelope["data"]["object"]
    assert (shown["body"], shown["attachments"]) == ("", []), "present and empty, as captured (section 12.1)"
    assert envelope["data"]["object"]["subject"] == "big"
    assert sdk.messages.find(grant, message_id).data.body == body


async def test_28_a_bad_destination_starts_failing_then_fails_and_returns_without_replay(
    sdk: nylas.Client, admin: SimulatorAdmin, receiver: WebhookReceiver, new_hook: NewHook, new_box: NewBox
) -> None:
    email, _ = await new_box()
    webhook, path = new_hook("message.created")
    receiver.answer_always = 500
    await admin.deliver(email)
    await settle(admin)
    await admin.advance_clock(10 * 60)
    sdk.webhooks.update(webhook.id, {"description": "does not clear the failures"})
    await admin.advance_clock(5 * 60)
    assert sdk.webhooks.find(webhook.id).data.status == "failing"
    await admin.deliver(email)
    await settle(admin)
    assert len(only(receiver, path)) == 2
    await admin.advance_clock(72 * 3600)
    assert sdk.webhooks.find(webhook.id).data.status == "failed"
    receiver.answer_always = None
    await admin.deliver(email)
    await settle(admin)
    assert len(only(receiver, path)) == 2
    sdk.webhooks.update(webhook.id, {"status": "active"})
    (wanted,) = await admin.deliver(email)
    await settle(admin)
    fresh = only(receiver, path)[2:]
    assert [one.envelope()["data"]["object"]["id"] for one in fresh] == [wanted]


def test_the_key_and_the_request_id(simulator: SimulatorProcess, sdk: nylas.Client) -> None:
    wrong = nylas.Client("wrong-key", simulator.url, timeout=10)
    with pytest.raises(NylasApiError) as caught:
        wrong.grants.list()
    assert caught.value.status_code == 401
    assert caught.value.headers is not None
    assert caught.value.request_id == caught.value.headers["x-request-id"]
    assert sdk.grants.list().request_id
