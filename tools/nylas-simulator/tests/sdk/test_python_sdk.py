"""What the official Python SDK sends and understands, numbered by endpoint and case."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import nylas
import pytest
from nylas.models.errors import NylasApiError, NylasOAuthError

from mailtide_nylas_simulator.testing.client import SimulatorAdmin
from mailtide_nylas_simulator.testing.receiver import WebhookReceiver

from .sdk_support import CALLBACK, STRANGE, NewBox, NewFault, NewHook, is_signed, only, settle

pytestmark = pytest.mark.sdk


def test_01_create_challenges_the_url_and_hands_out_the_secret(
    receiver: WebhookReceiver, new_hook: NewHook
) -> None:
    before = len(receiver.challenges)
    webhook, path = new_hook("message.created", compressed_delivery=True)
    assert len(receiver.challenges) == before + 1
    assert webhook.webhook_secret
    assert webhook.status == "active"
    assert webhook.webhook_url == receiver.url(path)
    assert webhook.created_at and webhook.updated_at and webhook.status_updated_at  # noqa: PT018


def test_02_create_fails_when_the_challenge_does(receiver: WebhookReceiver, new_hook: NewHook) -> None:
    receiver.spoil_challenge = True
    with pytest.raises(NylasApiError) as caught:
        new_hook("message.created")
    assert (caught.value.status_code, caught.value.type) == (400, "70005")
    assert str(caught.value).startswith("unable.verify.webhook_url : status is not ok, got 404")


async def test_03_list_shows_no_secret(sdk: nylas.Client, http: httpx.AsyncClient, new_hook: NewHook) -> None:
    webhook, _ = new_hook("message.created", "message.updated")
    answer = sdk.webhooks.list()
    assert webhook.id in {each.id for each in answer.data}
    assert answer.next_cursor is None
    assert all("webhook_secret" not in each for each in (await http.get("/v3/webhooks")).json()["data"])


@pytest.mark.parametrize("route", ["python", "documented"])
async def test_04_rotation_takes_effect_at_once_on_both_routes(
    *,
    sdk: nylas.Client,
    http: httpx.AsyncClient,
    admin: SimulatorAdmin,
    receiver: WebhookReceiver,
    new_hook: NewHook,
    new_box: NewBox,
    route: str,
) -> None:
    email, _ = await new_box()
    webhook, path = new_hook("message.created")
    if route == "python":
        secret = sdk.webhooks.rotate_secret(webhook.id).data.webhook_secret
    else:
        secret = (await http.post(f"/v3/webhooks/rotate-secret/{webhook.id}")).json()["data"][
            "webhook_secret"
        ]
    assert secret != webhook.webhook_secret
    await admin.deliver(email)
    await settle(admin)
    (delivery,) = only(receiver, path)
    assert is_signed(delivery, secret)
    assert not is_signed(delivery, webhook.webhook_secret)


async def test_05_a_paused_destination_gets_nothing_until_it_is_active_again(
    sdk: nylas.Client, admin: SimulatorAdmin, receiver: WebhookReceiver, new_hook: NewHook, new_box: NewBox
) -> None:
    email, _ = await new_box()
    webhook, path = new_hook("message.created")
    assert sdk.webhooks.update(webhook.id, {"status": "pause"}).data.status == "pause"
    await admin.deliver(email)
    await settle(admin)
    challenges = len(receiver.challenges)
    assert sdk.webhooks.update(webhook.id, {"status": "active"}).data.status == "active"
    assert len(receiver.challenges) == challenges + 1
    (wanted,) = await admin.deliver(email)
    await settle(admin)
    assert [one.envelope()["data"]["object"]["id"] for one in only(receiver, path)] == [wanted]


def test_06_destroy_answers_success(sdk: nylas.Client, new_hook: NewHook) -> None:
    webhook, _ = new_hook("message.created")
    answer = sdk.webhooks.destroy(webhook.id)
    assert answer.data is not None
    assert answer.data.status == "success"
    with pytest.raises(NylasApiError, match="there is no webhook destination"):
        sdk.webhooks.find(webhook.id)


async def test_07_every_filter_in_the_sdks_spelling(
    sdk: nylas.Client, admin: SimulatorAdmin, new_box: NewBox
) -> None:
    email, grant = await new_box(provider="imap", count=0)
    folder = sdk.folders.create(grant, {"name": "a/b c"}).data.id
    sheet = {"folders": [folder], "unread": True, "from": [{"email": "b@x"}], "metadata": {"key1": "v"}}
    wanted = await admin.deliver_messages(email, [sheet] * 7)
    await admin.deliver_messages(
        email, [{**sheet, "unread": False}, {**sheet, "metadata": {}}, {**sheet, "from": [{"email": "c@x"}]}]
    )
    query = {
        "limit": 5,
        "unread": True,
        "in": folder,
        "any_email": ["a@x", "b@x"],
        "metadata_pair": {"key1": "v"},
    }
    first = sdk.messages.list(grant, query)
    assert first.next_cursor is not None
    assert set("+/=") <= set(first.next_cursor)
    second = sdk.messages.list(grant, {**query, "limit": 3, "page_token": first.next_cursor})
    found = [message.id for message in (*first.data, *second.data)]
    assert sorted(found) == sorted(wanted)
    assert second.next_cursor is None
    joined = sdk.messages.list(grant, {"any_email": "a@x,b@x"})
    assert len(joined.data) == 9


async def test_07_a_keyword_is_no_folder(sdk: nylas.Client, new_box: NewBox) -> None:
    _, grant = await new_box(provider="microsoft")
    with pytest.raises(NylasApiError) as caught:
        sdk.messages.list(grant, {"in": "inbox"})
    assert caught.value.status_code == 400


async def test_10_raw_mime_of_an_id_that_needs_encoding(
    sdk: nylas.Client, admin: SimulatorAdmin, new_box: NewBox
) -> None:
    email, grant = await new_box(provider="imap")
    await admin.deliver_messages(email, [{"id": STRANGE, "subject": "Ünïcode"}])
    message = sdk.messages.find(grant, STRANGE, {"fields": "raw_mime"}).data
    assert message.raw_mime
    assert (message.id, message.subject, message.body, message.folders) == (STRANGE, None, None, None)


async def test_11_select_leaves_only_the_named_fields(sdk: nylas.Client, new_box: NewBox) -> None:
    _, grant = await new_box()
    with pytest.warns(RuntimeWarning, match="grant_id"):
        page = sdk.messages.list(grant, {"select": "id,date"}).data
    assert all(message.date and message.grant_id is None and message.body is None for message in page)
    with pytest.raises(KeyError, match="grant_id"):
        sdk.messages.find(grant, str(page[0].id), {"select": "id"})


async def test_12_update_is_notified(
    sdk: nylas.Client, admin: SimulatorAdmin, receiver: WebhookReceiver, new_hook: NewHook, new_box: NewBox
) -> None:
    _, grant = await new_box()
    message = sdk.messages.list(grant, {"limit": 1}).data[0]
    _, path = new_hook("message.updated")
    changed = sdk.messages.update(grant, str(message.id), {"unread": False, "folders": ["TRASH"]}).data
    assert (changed.unread, changed.folders) == (False, ["TRASH"])
    await settle(admin)
    (delivery,) = only(receiver, path)
    shown = delivery.envelope()["data"]["object"]
    assert (shown["id"], shown["folders"], shown["unread"]) == (message.id, ["TRASH"], False)
    assert shown.keys().isdisjoint({"bcc", "reply_to", "attachments"})


async def test_13_destroy_moves_to_the_trash(
    sdk: nylas.Client, admin: SimulatorAdmin, receiver: WebhookReceiver, new_hook: NewHook, new_box: NewBox
) -> None:
    _, grant = await new_box(provider="microsoft")
    message = sdk.messages.list(grant, {"limit": 1}).data[0]
    _, path = new_hook("message.updated", "message.deleted")
    assert sdk.messages.destroy(grant, str(message.id)).request_id
    folders = [
        sdk.folders.find(grant, folder).data for folder in message_folders(sdk, grant, str(message.id))
    ]
    assert [folder.name for folder in folders] == ["Deleted Items"]
    await settle(admin)
    assert [one.envelope()["type"] for one in only(receiver, path)] == ["message.updated"]


def message_folders(sdk: nylas.Client, grant: str, message_id: str) -> list[str]:
    return sdk.messages.find(grant, message_id).data.folders or []


async def test_13_hard_delete_is_final(
    *,
    sdk: nylas.Client,
    http: httpx.AsyncClient,
    admin: SimulatorAdmin,
    receiver: WebhookReceiver,
    new_hook: NewHook,
    new_box: NewBox,
) -> None:
    _, grant = await new_box()
    message_id = str(sdk.messages.list(grant, {"limit": 1}).data[0].id)
    _, path = new_hook("message.deleted")
    await http.delete(f"/v3/grants/{grant}/messages/{message_id}?hard_delete=true")
    with pytest.raises(NylasApiError) as caught:
        sdk.messages.find(grant, message_id)
    assert (caught.value.status_code, caught.value.type) == (404, "not_found_error")
    await settle(admin)
    (delivery,) = only(receiver, path)
    assert delivery.envelope()["data"]["object"] == {"object": "message", "id": message_id, "grant_id": grant}


async def test_14_threads_are_an_array(sdk: nylas.Client, new_box: NewBox) -> None:
    _, grant = await new_box()
    page = sdk.threads.list(grant, {"limit": 2})
    assert len(page.data) == 2
    assert page.next_cursor
    thread = sdk.threads.find(grant, page.data[0].id).data
    assert thread.message_ids
    assert thread.latest_draft_or_message.object == "message"


async def test_15_folders_page_at_fifty(sdk: nylas.Client, http: httpx.AsyncClient, new_box: NewBox) -> None:
    _, grant = await new_box(extra_folders=60, count=3)
    first = sdk.folders.list(grant)
    rest = sdk.folders.list(grant, {"page_token": first.next_cursor})
    assert (len(first.data), len(rest.data), rest.next_cursor) == (50, 21, None)
    assert first.data[0].attributes == r"['\\Inbox']"
    assert (await http.get(f"/v3/grants/{grant}/folders")).json()["data"][0]["attributes"] == ["\\Inbox"]


async def test_16_attachments(sdk: nylas.Client, admin: SimulatorAdmin, new_box: NewBox) -> None:
    email, grant = await new_box()
    part = {"id": "att-1", "filename": "a.bin", "content": "AAEC/w==", "content_id": "<c1>"}
    (message_id,) = await admin.deliver_messages(email, [{"attachments": [part]}])
    query = {"message_id": message_id}
    assert sdk.attachments.find(grant, "att-1", query).data.size == 4
    assert sdk.attachments.download_bytes(grant, "att-1", query) == b"\x00\x01\x02\xff"
    with pytest.raises(NylasApiError) as missing:
        sdk.attachments.download_bytes(grant, "att-2", query)
    assert missing.value.status_code == 404
    with pytest.raises(NylasApiError) as unnamed:
        sdk.attachments.find(grant, "att-1", {})
    assert unnamed.value.status_code == 400


async def test_17_grants_page_by_offset(sdk: nylas.Client, admin: SimulatorAdmin, new_box: NewBox) -> None:
    lost = {await new_invalid(admin, new_box) for _ in range(3)}
    found = sdk.grants.list({"limit": 2, "offset": 1, "grantStatus": "invalid"})
    assert len(found.data) == 2
    assert found.next_cursor is None
    assert all(grant.grant_status == "invalid" for grant in found.data)
    assert lost <= {grant.id for grant in sdk.grants.list({"limit": 200, "grantStatus": "invalid"}).data}


async def new_invalid(admin: SimulatorAdmin, new_box: NewBox) -> str:
    _, grant = await new_box(count=1)
    await admin.expire(grant)
    return grant


def visit(url: str) -> dict[str, str]:
    """What the browser brings back to the application."""
    response = httpx.get(url, trust_env=False)
    assert response.status_code == 302
    where = response.headers["location"]
    assert where.startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}


def login(**more: Any) -> dict[str, Any]:
    return {
        "client_id": "simulated-client",
        "redirect_uri": CALLBACK,
        "scope": ["a", "b"],
        "state": "s t",
        **more,
    }


def redeem(code: str, **more: str) -> dict[str, str]:
    return {"client_id": "simulated-client", "redirect_uri": CALLBACK, "code": code, **more}


def test_18_hosted_auth_returns_at_once_with_code_and_state(sdk: nylas.Client) -> None:
    url = sdk.auth.url_for_oauth2(login(provider="google", access_type="offline"))
    back = visit(url)
    assert (back["state"], back["tenant"]) == ("s t", "1")
    assert back["code"]
    assert visit(url.replace("s%20t", "s+t"))["state"] == "s t"


async def test_18_the_user_is_chosen_by_hint_and_may_refuse(
    sdk: nylas.Client, new_box: NewBox, faults: NewFault
) -> None:
    email, grant = await new_box()
    code = visit(sdk.auth.url_for_oauth2(login(login_hint=email)))["code"]
    assert sdk.auth.exchange_code_for_token(redeem(code)).grant_id == grant
    assert visit(sdk.auth.url_for_oauth2(login(login_hint="nobody@example.com")))["error"] == "access_denied"
    await faults("oauth_denied", remaining=1)
    assert visit(sdk.auth.url_for_oauth2(login(login_hint=email)))["error"] == "access_denied"


def test_18_hosted_auth_returns_only_to_a_callback_uri_of_the_application(sdk: nylas.Client) -> None:
    url = sdk.auth.url_for_oauth2(login(provider="google"))
    other = f"{CALLBACK}&other=1"
    sdk.applications.update({"callback_uris": [{"url": other}]})
    try:
        shown = sdk.applications.info().data
        assert (shown.application_id, [each.url for each in shown.callback_uris]) == (
            "simulated-client",
            [other],
        )
        assert httpx.get(url, trust_env=False).status_code == 400
    finally:
        sdk.applications.update({"callback_uris": []})
    assert visit(url)["code"]


async def test_19_a_code_works_once(sdk: nylas.Client, admin: SimulatorAdmin) -> None:
    await admin.create_mailbox("oauth@example.com", count=1)
    url = sdk.auth.url_for_oauth2(login(login_hint="oauth@example.com", access_type="offline"))
    code = visit(url)["code"]
    tokens = sdk.auth.exchange_code_for_token(redeem(code))
    assert (tokens.email, tokens.provider, tokens.expires_in) == ("oauth@example.com", "google", 3600)
    assert sdk.grants.find(tokens.grant_id).data.grant_status == "valid"
    with pytest.raises(NylasOAuthError) as spent:
        sdk.auth.exchange_code_for_token(redeem(code))
    assert (spent.value.error, spent.value.status_code) == ("invalid_grant", 400)
    assert spent.value.error_code
    fresh = sdk.auth.refresh_access_token(
        {
            "client_id": "simulated-client",
            "redirect_uri": CALLBACK,
            "refresh_token": str(tokens.refresh_token),
        }
    )
    assert fresh.grant_id == tokens.grant_id
    assert sdk.auth.id_token_info(str(tokens.id_token)).data.email == "oauth@example.com"
    assert sdk.auth.revoke(fresh.access_token) is True


def test_20_pkce_as_the_sdk_does_it(sdk: nylas.Client) -> None:
    auth = sdk.auth.url_for_oauth2_pkce(login(provider="microsoft"))
    with pytest.raises(NylasOAuthError, match="verifier") as refused:
        sdk.auth.exchange_code_for_token(redeem(visit(auth.url)["code"], code_verifier="wrong"))
    assert refused.value.error == "invalid_grant"
    code = visit(auth.url)["code"]
    tokens = sdk.auth.exchange_code_for_token(redeem(code, code_verifier=auth.secret))
    assert tokens.provider == "microsoft"
