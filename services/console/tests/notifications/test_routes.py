"""The pages of notifications, with the real API of the notifier behind them."""

import re
from collections.abc import AsyncIterator, Iterator

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from mailtide_common.runtime.operators.log import OperatorLog
from mailtide_harness.console import ADMIN_TOKEN, Browser, a_browser, a_console
from mailtide_harness.notifier import Receiver, a_harness, a_receiver
from mailtide_notifier.api.dependencies import UseCases
from mailtide_notifier.api.routes import create_api

UNAVAILABLE = httpx.MockTransport(lambda _: httpx.Response(503))
CHANNELS = "/notifications/channels"
RULES = "/notifications/rules"


@pytest.fixture
async def browser(pool: asyncpg.Pool) -> AsyncIterator[Browser]:
    async with a_harness(pool) as harness:
        api = create_api(SecretStr(ADMIN_TOKEN))
        api.state.use_cases = UseCases(
            pool, harness.channels, harness.rules, OperatorLog(pool, acquire_seconds=5.0)
        )
        async with a_console(pool, UNAVAILABLE, httpx.ASGITransport(api)) as app, a_browser(app) as browser:
            await browser.log_in()
            yield browser


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with a_receiver() as receiver:
        yield receiver


async def test_a_webhook_is_created_tested_silenced_changed_and_deleted(
    browser: Browser, receiver: Receiver
) -> None:
    home = (await browser.get("/notifications")).text
    assert "Nobody is notified" in home
    assert "Nothing here" in home
    form = {"name": "ops", "kind": "webhook", "enabled": "true", "all_alerts": "true"}
    made = await browser.send(CHANNELS, **form, url=f"{receiver.url}?key=s3cret")
    assert re.search(r"<code>whsec_[^<]+</code>", made.text)
    home = (await browser.get("/notifications")).text
    assert "s3cret" not in home
    assert "all incidents" in home
    (path,) = set(re.findall(rf"{CHANNELS}/[0-9a-f-]{{36}}", home))
    await browser.send(f"{path}/test", next="/notifications")
    assert "The test notice was delivered" in (await browser.get("/notifications")).text
    assert len(receiver.requests) == 1
    receiver.status = 500
    await browser.send(f"{path}/test", next="/notifications")
    assert "The test failed" in (await browser.get("/notifications")).text
    await browser.send(f"{path}/silence", hours=8, next="/notifications")
    assert "End silence" in (await browser.get("/notifications")).text
    assert (await browser.send(f"{path}/silence", hours=10**12, next="/notifications")).status_code == 422
    await browser.send(f"{path}/silence", hours=0, next="/notifications")
    quiet = {"quiet_from": "22:00", "quiet_until": "07:00", "time_zone": "Europe/Berlin"}
    await browser.send(path, name="night", alerts="dead-letters", reminder_hours="1.5", **quiet)
    page = (await browser.get(path)).text
    assert 'value="22:00"' in page
    assert 'value="1.5"' in page
    assert re.search(r'value="dead-letters" checked', page)
    await browser.send(f"{path}/delete", next="/notifications")
    assert "Nobody is notified" in (await browser.get("/notifications")).text


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name": " "}, "Name: must contain a visible character"),
        ({"quiet_from": "22:00"}, "Quiet until: must be a time such as 08:00"),
        ({"quiet_from": "22:00", "quiet_until": "07:00", "time_zone": "Mars"}, "Time zone: must be the name"),
        ({"reminder_hours": "0.001"}, "Remind every: must be a number of hours from 0.017"),
        ({"reminder_hours": "1e999"}, "Remind every: must be a number of hours from 0.017"),
        ({"url": "nonsense"}, "url"),
    ],
)
async def test_a_wrong_field_is_named_and_the_form_is_kept(
    browser: Browser, wrong: dict[str, str], reason: str
) -> None:
    form = {
        "name": "ops",
        "kind": "webhook",
        "url": "https://example.com/s3cret",
        "time_zone": "UTC",
        **wrong,
    }
    answer = await browser.send(CHANNELS, **form)
    assert answer.status_code == 422
    (alert,) = re.findall(r'role="alert">([^<]+)<', answer.text)
    assert reason in alert
    assert f'value="{form["name"]}"' in answer.text
    assert "s3cret" not in answer.text


async def test_rules_have_a_form_that_shows_what_was_saved(browser: Browser, receiver: Receiver) -> None:
    await browser.send(CHANNELS, name="ops", kind="webhook", url=receiver.url, enabled="true")
    (channel,) = set(re.findall(rf"{CHANNELS}/([0-9a-f-]{{36}})", (await browser.get("/notifications")).text))
    fields = {
        "name": "VIP",
        "enabled": "true",
        "channels": channel,
        "senders": "*@customer.example\n\n boss@example.com ",
        "folder_roles": "inbox",
        "starred": "yes",
        "template": "$rule: $subject",
        "max_per_hour": "20",
    }
    assert (await browser.send(RULES, **{**fields, "template": "$body"})).status_code == 422
    refused = await browser.send(RULES, **{**fields, "accounts": "nobody", "max_per_hour": "x"})
    assert "Mailboxes: must be a UUID" in refused.text
    await browser.send(RULES, **fields)
    home = (await browser.get("/notifications")).text
    assert "from *@customer.example or boss@example.com, in inbox, starred" in home
    (path,) = set(re.findall(rf"{RULES}/[0-9a-f-]{{36}}", home))
    page = (await browser.get(path)).text
    assert f'value="{channel}" checked' in page
    assert "*@customer.example\nboss@example.com" in page
    await browser.send(path, **{**fields, "name": "Important", "starred": ""})
    assert "in inbox<" in (await browser.get("/notifications")).text.replace("</td>", "<")
    await browser.send(f"{path}/delete", next="/notifications")
    assert "No rules" in (await browser.get("/notifications")).text


async def test_what_failed_is_shown_and_sent_again(pool: asyncpg.Pool, browser: Browser) -> None:
    await browser.send(CHANNELS, name="ops", kind="webhook", url="https://example.com/x", enabled="true")
    await pool.execute(
        "INSERT INTO notice_deliveries (id, channel_id, event, label, state, attempts, error, due_at, finished_at,"
        " payload, notices) SELECT gen_random_uuid(), id, 'mailtide.alert.opened', 'grant-invalid of one', 'dead',"
        """ 15, 'answers 500', now(), now(), '{"title": "t"}', 1 FROM notice_channels"""
    )
    page = (await browser.get("/notifications?state=dead")).text
    assert "answers 500 (15 attempts)" in page
    (path,) = re.findall(r"/notifications/deliveries/[0-9a-f-]{36}/retry", page)
    await browser.send(path, next="/notifications")
    assert await pool.fetchval("SELECT state FROM notice_deliveries") == "pending"
