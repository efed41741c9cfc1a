"""Alerts link to the console's page about them."""

from uuid import UUID

import orjson
import pytest

from mailtide_common.contracts.events import AlertKind
from mailtide_harness.notifier import CONSOLE_URL, Harness, Mailroom, Receiver, raised
from mailtide_notifier.outbox.links import PATHS, link

ACCOUNT = UUID(int=7)


@pytest.mark.parametrize(
    ("kind", "account", "path"),
    [
        (AlertKind.GRANT_INVALID, ACCOUNT, f"/accounts/{ACCOUNT}"),
        (AlertKind.GRANT_INVALID, None, "/accounts?state=grant-invalid"),
        (AlertKind.DEAD_LETTERS, ACCOUNT, "/dead-letters"),
    ],
)
def test_an_account_s_incident_links_to_the_account(kind: AlertKind, account: UUID | None, path: str) -> None:
    assert link("https://console.example", kind, account) == f"https://console.example{path}"
    assert link(None, kind, account) is None


def test_every_kind_has_a_page() -> None:
    assert set(PATHS) == set(AlertKind)


async def test_notices_have_links_as_text_and_as_fields(
    harness: Harness, receiver: Receiver, mailroom: Mailroom
) -> None:
    account = await harness.account("g0")
    await harness.channel(receiver.url, "hook", digest_seconds=60)
    await harness.channel(mailroom.url, "mail", digest_seconds=60)
    await harness.alerts(raised("g0", AlertKind.MAILBOX_STALE), raised("g0"), raised("not-known"))
    await harness.hurry()
    await harness.delivered()
    items = [item for _, body in receiver.requests for item in orjson.loads(body)["data"]["notices"]]
    page = f"{CONSOLE_URL}/accounts/{account}"
    unknown = f"{CONSOLE_URL}/accounts?state=grant-invalid"
    assert sorted(item["url"] for item in items) == sorted([page, page, unknown])
    texts = [body.get_content() for mail in mailroom.mails if (body := mail.get_body(("plain",))) is not None]
    lines = sorted(line for text in texts for line in text.splitlines() if line.startswith("Console: "))
    assert lines == sorted([f"Console: {page}", f"Console: {unknown}"]), "one account's, and a digest's"
