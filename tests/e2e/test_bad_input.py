"""Bad input on the real stack gets a clear answer, and nothing is lost."""

import gzip
import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from mailtide_common.contracts.keys import message_uuid
from mailtide_devkit.demo import user_actions
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_devkit.stack.webhook import webhook_is_active
from mailtide_nylas_simulator.testing.client import SimulatorAdmin
from mailtide_nylas_simulator.webhooks.sender import signature

pytestmark = pytest.mark.e2e

SECRET = "whsec-test"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    """A stack whose ingress accepts a secret that the tests know."""
    async with Stack(StackOptions(env={"NYLAS_WEBHOOK_SECRET": SECRET})) as running:
        yield running


def envelope(found: dict[str, Any], type_: str = "message.created") -> bytes:
    body = {
        "specversion": "1.0",
        "type": type_,
        "id": uuid4().hex,
        "time": int(time.time()),
        "data": {"object": found},
    }
    return json.dumps(body).encode()


def message(id_: str, **fields: Any) -> dict[str, Any]:
    whole = {
        "object": "message", "id": id_, "grant_id": "g-odd", "thread_id": f"t-{id_}", "subject": "s", "from": [],
        "to": [], "cc": [], "bcc": [], "reply_to": [], "date": 1_763_949_990, "unread": True, "starred": False,
        "folders": ["INBOX"], "snippet": "s", "body": "b", "attachments": [],
    }  # fmt: skip
    return {**whole, **fields}


async def deliver(stack: Stack, body: bytes, **headers: str) -> int:
    answer = await user_actions.post(stack.url("ingress"), body, SECRET, headers)
    return answer.status_code


async def row_of(stack: Stack, message_id: str, grant_id: str = "g-odd") -> asyncpg.Record:
    rows: list[asyncpg.Record] = []

    async def stored() -> bool:
        connection = await asyncpg.connect(stack.database_url)
        try:
            rows[:] = await connection.fetch(
                "SELECT * FROM emails WHERE id = $1", message_uuid(grant_id, message_id)
            )
        finally:
            await connection.close()
        return bool(rows)

    await until(stored, what=f"{message_id} is a row")
    return rows[0]


async def test_signatures(stack: Stack) -> None:
    body = envelope(message("m-signed"))
    url = stack.url("ingress")
    assert (await user_actions.post(url, body, None)).status_code == 401

    async def refused() -> bool:
        """While Nylas is handing out a secret it is 503, so that Nylas repeats what may be signed with it."""
        status = (await user_actions.post(url, body, "another")).status_code
        assert status in {401, 503}
        return status == 401

    await until(refused, what="a wrong signature is refused")
    wrong = await user_actions.post(url, body, None, {"X-Nylas-Signature": b"\xff\xfe"})
    assert wrong.status_code == 401
    assert wrong.headers["content-type"].startswith("application/problem+json")
    assert (await user_actions.post(url, body, SECRET)).json() == {"success": True}
    squeezed = gzip.compress(body)
    gzipped = {"Content-Encoding": "gzip"}
    assert (await user_actions.post(url, squeezed, SECRET, gzipped)).status_code == 200
    inflated = {"Content-Encoding": "gzip", "X-Nylas-Signature": signature(SECRET, body)}
    assert (await user_actions.post(url, squeezed, None, inflated)).status_code == 401


@pytest.mark.parametrize(
    ("size", "status"), [(2 * MIB, 200), (2 * MIB + 1, 413)], ids=["at the limit", "above the limit"]
)
async def test_received_size(stack: Stack, size: int, status: int) -> None:
    frame = envelope(message("m-large", body=""))
    body = envelope(message("m-large", body="x" * (size - len(frame))))
    assert len(body) == size
    assert await deliver(stack, body) == status


async def test_gzip_bomb(stack: Stack) -> None:
    gzipped = {"Content-Encoding": "gzip"}
    assert await deliver(stack, gzip.compress(b"0" * (16 * MIB + 1)), **gzipped) == 413
    assert await deliver(stack, gzip.compress(b"0" * 16 * MIB), **gzipped) == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "nul\x00 in it", "body": "\x00", "from": [{"name": "\x00", "email": "a@b.c"}]},
        {"subject": "half \ud800", "body": "\udfff<p>", "folders": ["\ud800"]},
        {"date": 253_402_300_800_000},
        {"date": -62_135_596_801},
    ],
    ids=["nul", "lone surrogates", "year 8 million", "year 0"],
)
async def test_odd_values_are_stored_with_a_mark(stack: Stack, fields: dict[str, Any]) -> None:
    id_ = f"m-{uuid4().hex}"
    assert await deliver(stack, envelope(message(id_, **fields))) == 200
    row = await row_of(stack, id_)
    assert row["sanitised"] is True
    assert "\x00" not in (row["subject"] or "")


@pytest.mark.parametrize(
    ("type_", "found"),
    [
        ("folder.deleted", {"grant_id": "g-odd", "id": "\ud800"}),
        ("message.updated", {"grant_id": "g-odd", "id": "half \ud800"}),
        ("message.deleted", {"grant_id": "g-odd", "id": "\udfff", "thread_id": "\x00"}),
        ("thread.replied", {"grant_id": "g-odd", "thread_id": "\ud800"}),
        ("message.bounce_detected", {"grant_id": "g-odd", "message_id": "\ud800"}),
        ("grant.updated", {"grant_id": "g-odd \ud800"}),
    ],
)
async def test_half_a_surrogate_pair_stops_nobodys_mail(
    stack: Stack, type_: str, found: dict[str, Any]
) -> None:
    """A lone surrogate once ended the worker after each restart, and blocked the mail of all mailboxes."""
    pids = {name: process.pid for name, process in stack.supervisor.processes.items()}
    assert await deliver(stack, envelope(found, type_)) == 200
    others = [f"m-{uuid4().hex}" for _ in range(4)]
    for number, id_ in enumerate(others):
        assert await deliver(stack, envelope(message(id_, grant_id=f"g-other-{number}"))) == 200
    for number, id_ in enumerate(others):
        await row_of(stack, id_, f"g-other-{number}")
    assert {name: process.pid for name, process in stack.supervisor.processes.items()} == pids


async def test_an_id_of_any_length_is_stored_whole(stack: Stack) -> None:
    id_ = secrets.token_hex(20_000)
    assert await deliver(stack, envelope(message(id_, thread_id=id_, folders=[id_]))) == 200
    row = await row_of(stack, id_)
    assert (row["nylas_message_id"], row["nylas_thread_id"], row["subject"]) == (id_, id_, "s")


@pytest.mark.parametrize("fault", ["truncate", "metadata", "emptied"])
async def test_what_a_notification_shows_empty_is_not_believed(
    stack: Stack, admin: SimulatorAdmin, fault: str
) -> None:
    """New mail is stored with its text, and stored text survives a change of flags whose notification lacks it."""
    box = (await admin.mailboxes())[0]
    grant = await admin.connect(box.email)
    await webhook_is_active(admin, seconds=user_actions.SETTLE_SECONDS)
    bare = await admin.fault(fault)
    ids = await admin.deliver(box.email, 3)
    await user_actions.equal(stack.database_url, admin, [grant])
    await admin.mutate(box.email, "read", ids=ids)
    await admin.mutate(box.email, "touch", ids=ids)
    await admin.clear_faults(bare)
    for id_ in ids:
        assert (await row_of(stack, id_, grant))["body_html"]
    await user_actions.equal(stack.database_url, admin, [grant])


@pytest.mark.parametrize(
    "fields",
    [
        {"date": 0},
        {"date": 4_102_444_800},
        {"to": [{"email": f"{n}@example.com"} for n in range(5_000)]},
        {"body": "<p>" + "x" * 900_000},
    ],
    ids=["1970", "2100", "5,000 recipients", "0.9 MB body"],
)
async def test_large_and_rare_values_are_stored_as_they_are(stack: Stack, fields: dict[str, Any]) -> None:
    id_ = f"m-{uuid4().hex}"
    assert await deliver(stack, envelope(message(id_, **fields))) == 200
    row = await row_of(stack, id_)
    assert row["sanitised"] is False
    if "date" in fields:
        assert row["received_at"].timestamp() == fields["date"]
    if "body" in fields:
        assert row["body_html"] == fields["body"]


async def test_what_a_message_really_lacks_is_fetched_once_and_stored(
    stack: Stack, admin: SimulatorAdmin
) -> None:
    """A mailbox whose messages have no thread, no sender or no date."""
    box = (await admin.mailboxes())[0]
    grant = await admin.connect(box.email)
    await webhook_is_active(admin, seconds=user_actions.SETTLE_SECONDS)
    odd = [{"subject": f"odd {name}"} for name in ("thread_id", "from", "date", "cc")]
    ids = [
        (await admin.deliver_messages(box.email, [fields], omit=[fields["subject"].removeprefix("odd ")]))[0]
        for fields in odd
    ]
    rows = {id_: await row_of(stack, id_, grant) for id_ in ids}
    assert rows[ids[0]]["nylas_thread_id"] is None
    assert rows[ids[1]]["from_address"] == "[]"
    assert rows[ids[2]]["sanitised"] is True
    await user_actions.equal(stack.database_url, admin, [grant])


@pytest.mark.parametrize(
    "body",
    [b"nonsense", b"[]", b"\xff\xfe", b'{"type":"message.created"}', envelope({"grant_id": "g-odd"}), b"["],
)
async def test_signed_nonsense_is_kept_and_dead_lettered(stack: Stack, body: bytes) -> None:
    assert await deliver(stack, body) == 200
    connection = await asyncpg.connect(stack.database_url)

    async def parked() -> bool:
        return bool(await connection.fetchval("SELECT count(*) FROM dead_letters WHERE value = $1", body))

    try:
        await until(parked, what="it is parked with its bytes")
    finally:
        await connection.close()


async def test_unknown_type_is_kept_but_not_parked(stack: Stack) -> None:
    body = envelope({"grant_id": "g-odd", "id": "e1"}, "event.created")
    assert await deliver(stack, body) == 200
    assert await deliver(stack, envelope(message("m-after-unknown"))) == 200
    await row_of(stack, "m-after-unknown")
    connection = await asyncpg.connect(stack.database_url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM dead_letters WHERE value = $1", body) == 0
    finally:
        await connection.close()


@pytest.mark.fault
async def test_broker_away_is_503_within_5_seconds_and_the_retry_arrives(stack: Stack) -> None:
    body = envelope(message("m-broker-away"))
    stack.freeze("kafka")
    try:
        started = time.monotonic()
        answer = await user_actions.post(stack.url("ingress"), body, SECRET)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert time.monotonic() - started < 6
    finally:
        stack.thaw("kafka")

    async def accepted() -> bool:
        return await deliver(stack, body) == 200

    await until(accepted, what="the retry is accepted")
    await row_of(stack, "m-broker-away")


async def test_no_secret_or_mail_reaches_the_logs(stack: Stack) -> None:
    """INV-26."""
    canary = f"canary{uuid4().hex}"
    odd = message(f"m-{canary}", subject=canary, body=canary, snippet=canary)
    odd["from"] = [{"name": canary, "email": f"{canary}@example.com"}]
    assert await deliver(stack, envelope(odd)) == 200
    assert await deliver(stack, canary.encode()) == 200
    await row_of(stack, f"m-{canary}")
    secrets = [
        canary,
        SECRET,
        *(stack.settings[name] for name in ("NYLAS_API_KEY", "SECRET_KEY", "CRON_SECRET")),
    ]
    logs = [process.log for name, process in stack.supervisor.processes.items() if name != "simulator"]
    for log in logs:
        text = log.read_text("utf-8", "replace")
        assert not [secret for secret in secrets if secret in text], log.name
