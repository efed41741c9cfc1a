"""What the official Node SDK sends and understands, in one Node process; numbered as the Python cases."""

import json
from typing import Any

import pytest

from mailtide_nylas_simulator.testing.client import SimulatorAdmin
from mailtide_nylas_simulator.testing.process import SimulatorProcess
from mailtide_nylas_simulator.testing.receiver import WebhookReceiver

from .sdk_support import run

pytestmark = pytest.mark.sdk

STRANGE = "<a/b#c@x y>"
FOLDER = "a/b c"
Results = dict[str, Any]


@pytest.fixture(scope="session")
async def given(
    simulator: SimulatorProcess, admin: SimulatorAdmin, listening: WebhookReceiver
) -> dict[str, str]:
    """Create the mailboxes and grants that the cases use, and return their input."""
    grants = {}
    for name, provider in (
        ("node", "google"),
        ("imap", "imap"),
        ("expired", "google"),
        ("throttled", "google"),
    ):
        await admin.create_mailbox(f"{name}@node.example.com", provider=provider, count=130, extra_folders=60)
        grants[name] = await admin.connect(f"{name}@node.example.com")
    await admin.create_mailbox("paged@node.example.com", count=1)
    part = {"id": "att/1", "content": "AAEC/w=="}
    sheet = {"id": STRANGE, "from": [{"email": "b@x"}], "folders": [FOLDER], "attachments": [part]}
    await admin.create_folder("imap@node.example.com", FOLDER)
    await admin.deliver_messages("imap@node.example.com", [sheet])
    (message,) = await admin.deliver("node@node.example.com")
    await admin.expire(grants["expired"])
    return {
        "url": simulator.url,
        "key": "simulated-key",
        "clientId": "simulated-client",
        "callback": "http://app.example.com/callback",
        "hook": listening.url("/node"),
        "email": "node@node.example.com",
        "grant": grants["node"],
        "imap": grants["imap"],
        "expired": grants["expired"],
        "throttled": grants["throttled"],
        "paged": await admin.connect("paged@node.example.com"),
        "message": message,
        "strange": STRANGE,
        "folder": FOLDER,
    }


@pytest.fixture(scope="session")
async def results(node: str, given: dict[str, str], admin: SimulatorAdmin) -> Results:
    """What the SDK returned in each case, with faults for some of the grants."""
    await admin.fault("provider_rate_limit", grant=given["throttled"], retry_after=7)
    await admin.fault("html", grant=given["paged"], status=504)
    said = await run(node, "cases.mjs", json.dumps(given), timeout=60)
    await admin.clear_faults()
    found: Results = json.loads(said)
    return found


def test_01_to_06_webhooks(results: Results) -> None:
    found = results["webhooks"]
    assert found["secret"]
    assert found["rotated"] not in (None, found["secret"])
    assert found["statuses"] == ["active", "pause", "active"]
    assert found["listed"] == [None]
    assert found["gone"] == "success"
    assert found["again"]["status"] == 404


def test_08_a_limit_is_collected_over_pages(results: Results) -> None:
    assert results["limitAcrossPages"] == {"count": 60, "different": 60}


def test_09_iteration_sees_everything_once(results: Results) -> None:
    assert results["iteration"] == {"count": 131, "different": 131}


def test_07_joined_addresses_and_repeated_folders(results: Results) -> None:
    assert results["anyEmail"] == [STRANGE]


def test_10_raw_mime_of_an_id_that_needs_encoding(results: Results) -> None:
    assert results["rawMime"] == {"keys": ["grantId", "id", "object", "rawMime"], "id": STRANGE}


def test_12_13_update_and_destroy(results: Results) -> None:
    found = results["updateAndDestroy"]
    assert found == {"changed": ["SPAM"], "requestId": True, "after": ["TRASH"]}


def test_14_threads_are_an_array(results: Results) -> None:
    assert results["threads"] == {"count": 2, "latest": "message"}


def test_15_folders_page_at_fifty_and_ids_are_encoded(results: Results) -> None:
    expected = {"count": 50, "more": True, "attributes": ["\\Inbox"], "named": FOLDER}
    assert results["folders"] == expected


def test_16_attachments(results: Results) -> None:
    assert results["attachment"] == {"size": 4, "bytes": "000102ff"}


def test_17_grants_page_by_offset(results: Results) -> None:
    assert results["grants"]["count"] == 1


def test_18_19_hosted_auth_and_a_code_that_works_once(results: Results, given: dict[str, str]) -> None:
    found = results["oauth"]
    assert (found["state"], found["grant"], found["expires"]) == ("s t", given["grant"], 3600)
    assert found["refresh"] is True
    assert (found["spent"]["name"], found["spent"]["type"]) == ("NylasOAuthError", "invalid_grant")


def test_20_pkce_as_the_sdk_does_it(results: Results, given: dict[str, str]) -> None:
    found = results["pkce"]
    assert found["grant"] == given["grant"]
    assert (found["wrong"]["name"], found["wrong"]["type"]) == ("NylasOAuthError", "invalid_grant")


def test_21_an_expired_grant(results: Results) -> None:
    found = results["expired"]
    assert found["status"] == "invalid"
    assert (found["error"]["name"], found["error"]["status"]) == ("NylasApiError", 401)
    assert found["error"]["requestId"]


def test_22_a_throttled_grant(results: Results) -> None:
    found = results["throttled"]
    assert (found["status"], found["type"], found["retryAfter"]) == (429, "rate_limit_error", "7")


def test_23_a_page_instead_of_json(results: Results) -> None:
    assert results["page"]["name"] == "Error"


def test_every_case_ran_to_its_end(results: Results) -> None:
    assert {name: found for name, found in results.items() if "failed" in found} == {}
