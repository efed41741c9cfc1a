"""Actions of users and operators on a running stack, and comparisons of its rows with the mailboxes."""

from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg
import httpx

from mailtide_common.contracts.connect_links import connect_link
from mailtide_common.contracts.keys import account_uuid
from mailtide_devkit.local.waiting import LateError, until
from mailtide_devkit.stack.stack import Stack
from mailtide_devkit.stack.webhook import webhook_is_active
from mailtide_nylas_simulator.testing.client import MailboxInfo, SimulatorAdmin
from mailtide_nylas_simulator.webhooks.sender import signature

from .compare import Difference, differences

SETTLE_SECONDS = 60.0

COMPARE_SECONDS = 0.2
"""Pause between two comparisons. Each reads whole mailboxes, and slows down the sync that it waits for."""

AUDIT_SECONDS = 120.0

WEBHOOKS = "/api/webhooks/nylas"

COUNTS = """
SELECT a.nylas_grant_id, count(e.id) AS emails
FROM email_accounts a LEFT JOIN emails e ON e.account_id = a.id GROUP BY a.id
"""

CHECKSUM = """
SELECT md5(string_agg(part, '' ORDER BY part)) FROM (
    SELECT md5(e::text) FROM emails e UNION ALL SELECT md5(t::text) FROM email_threads t
    UNION ALL SELECT md5(f::text) FROM email_folders f UNION ALL SELECT md5(a::text) FROM email_attachments a
    UNION ALL SELECT md5(c::text) FROM email_accounts c UNION ALL SELECT md5(u::text) FROM account_users u
) AS parts (part)
"""


class UserActionError(Exception):
    """A user action failed, or its effect was not seen in time."""


async def connect(
    stack: Stack, provider: str, *, user_id: str, return_to: str = "/connected"
) -> httpx.Response:
    """Connect a mailbox through the OAuth routes, as a browser does.

    It is the provider's first mailbox that is not connected; if all are, its first one is connected again.

    Returns:
        The redirect to the application, which is not followed. If there is none, the first response that is
        no redirect, such as an error.
    """
    return await _connect({stack.url("ingress"): stack.url("ingress")}, provider, user_id, return_to)


async def connect_from_outside(
    box: MailboxInfo, addresses: Mapping[str, str], *, secret: str | None = None
) -> None:
    """Connect a mailbox through OAuth, with a browser outside the network of the services.

    Args:
        box: the first mailbox of its provider that is not connected. Its address is the user id.
        addresses: for each URL inside the network, the URL that the browser uses. The ingress must be first.
        secret: CONNECT_SECRET, which signs the connect link; None if the ingress does not require it.

    Raises:
        UserActionError: the mailbox was not connected.
    """
    answer = await _connect(addresses, box.provider, box.email, "/connected", secret)
    if "success=connected" not in answer.headers.get("location", ""):
        raise UserActionError(f"{box.email} was not connected: {outcome_of(answer)}")


def outcome_of(answer: httpx.Response) -> str:
    """Return the status of an answer, followed by its Location, or by its text if it has none.

    After a refused connect, the Location has the reason.
    """
    return f"{answer.status_code} {answer.headers.get('location') or answer.text[:500]}"


async def _connect(
    addresses: Mapping[str, str], provider: str, user_id: str, return_to: str, secret: str | None = None
) -> httpx.Response:
    ingress = next(iter(addresses.values()))
    link = connect_link(ingress, secret, provider=provider, user_id=user_id, return_to=return_to)
    async with httpx.AsyncClient(trust_env=False, timeout=30) as browser:
        answer = await browser.get(link)
        while answer.is_redirect and return_to not in answer.headers["location"].split("?")[0]:
            location = answer.headers["location"]
            for inside, outside in addresses.items():
                if location.startswith(inside):
                    location = outside + location.removeprefix(inside)
            answer = await browser.get(location)
    return answer


async def cron_to_its_end(scheduler: str, secret: str) -> dict[str, Any]:
    """Call the cron route until its run is complete, and return the report.

    Args:
        scheduler: the URL of the scheduler.
        secret: CRON_SECRET.

    Raises:
        UserActionError: none of 3 calls returned a complete run. Each waits for up to 60 s.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=90) as client:
        for _ in range(3):
            answer = await client.post(
                f"{scheduler}/api/cron/sync-emails",
                params={"wait": 60},
                headers={"Authorization": f"Bearer {secret}"},
            )
            if answer.status_code == httpx.codes.OK:
                report: dict[str, Any] = answer.json()
                return report
    raise UserActionError(
        f"3 calls of the cron route returned no complete run; the last was answered {answer.status_code}: "
        f"{answer.text[:500]}"
    )


async def cron(stack: Stack, *, wait_seconds: int = 60) -> dict[str, Any]:
    """Call the cron route once, and return the report of the complete run.

    Raises:
        UserActionError: the call was refused, or the run was not complete after `wait_seconds`.
    """
    report = await api_cron(stack, wait_seconds=wait_seconds)
    if report["pending"]:
        raise UserActionError(
            f"after {wait_seconds} s, the cron run has not finished: pending accounts: {report['pending']}"
        )
    return report


async def api_cron(stack: Stack, *, wait_seconds: int = 60, scheduler: str = "scheduler") -> dict[str, Any]:
    """Call the cron route once, and return the report of the run, complete or not.

    Args:
        stack: the running stack.
        wait_seconds: the longest time that the call waits for the end of the run.
        scheduler: the process name of the scheduler to call.

    Raises:
        UserActionError: the call was refused.
    """
    async with httpx.AsyncClient(timeout=wait_seconds + 20, trust_env=False) as client:
        answer = await client.post(
            f"{stack.url(scheduler)}/api/cron/sync-emails",
            params={"wait": wait_seconds},
            headers={"Authorization": f"Bearer {stack.settings['CRON_SECRET']}"},
        )
    if answer.status_code not in {200, 202}:
        raise UserActionError(f"the cron route answered {answer.status_code}: {answer.text[:500]}")
    report: dict[str, Any] = answer.json()
    return report


async def connect_all(stack: Stack, admin: SimulatorAdmin) -> list[str]:
    """Connect all mailboxes of the simulator, wait until the rows equal them, and return the grant ids.

    The user ids are `user-0`, `user-1` and so on.

    Raises:
        UserActionError: a mailbox was not connected, or the rows differ after `SETTLE_SECONDS`.
        LateError: the webhook destination did not become active.
    """
    for number, box in enumerate(await admin.mailboxes()):
        answer = await connect(stack, box.provider, user_id=f"user-{number}")
        location = answer.headers.get("location", "")
        if answer.status_code != 303 or "/connected?success=connected&email=" not in location:
            raise UserActionError(f"{box.email} was not connected: {outcome_of(answer)}")
    await webhook_is_active(admin, seconds=SETTLE_SECONDS)
    grants = [str(grant["id"]) for grant in await admin.grants()]
    await equal(stack.database_url, admin, grants)
    return grants


async def api(
    stack: Stack,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    scheduler: str = "scheduler",
) -> dict[str, Any]:
    """Call a route of a scheduler with ADMIN_TOKEN, and return the JSON object of the answer.

    Raises:
        UserActionError: the call was refused.
        httpx.TransportError: the scheduler does not answer.
    """
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        answer = await client.request(
            method,
            f"{stack.url(scheduler)}{path}",
            json=body,
            headers={"Authorization": f"Bearer {stack.settings['ADMIN_TOKEN']}"},
        )
    if answer.is_error:
        raise UserActionError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
    found: dict[str, Any] = answer.json()
    return found


async def audit(stack: Stack, account_id: str, *, seconds: float = AUDIT_SECONDS) -> dict[str, Any]:
    """Audit an account, wait until the audit ends, and return its report.

    The report is of an earlier audit, or has no passes, if no pass of this audit has ended, for example because
    Nylas throttles the account.

    Raises:
        UserActionError: a call was refused.
        LateError: the audit did not end within `seconds`.
    """
    run_id = (await api(stack, "POST", f"/api/accounts/{account_id}/sync", {"mode": "audit"}))["run_id"]

    async def finished() -> bool:
        return bool((await api(stack, "GET", f"/api/runs/{run_id}"))["status"] == "finished")

    await until(finished, seconds=seconds, what="the audit ends")
    return await api(stack, "GET", f"/api/accounts/{account_id}/report")


async def count(database_url: str, grant_id: str) -> int:
    """Return the number of a grant's messages in the database. Deleted messages count."""
    query = "SELECT count(*) FROM emails WHERE account_id = $1"
    return int((await _rows(database_url, query, account_uuid(grant_id)))[0][0])


async def counts(database_url: str) -> dict[str, int]:
    """Return the number of messages in the database by grant id. Deleted messages count."""
    return {row["nylas_grant_id"]: row["emails"] for row in await _rows(database_url, COUNTS)}


async def equal(
    database_url: str, admin: SimulatorAdmin, grant_ids: Iterable[str], *, seconds: float = SETTLE_SECONDS
) -> None:
    """Wait until the rows of these grants equal their mailboxes, field by field.

    Raises:
        UserActionError: rows and mailboxes still differ after `seconds`.
    """
    grants = list(grant_ids)
    found: list[Difference] = []

    async def probe() -> bool:
        found[:] = await differences(database_url, admin, grants)
        return not found

    try:
        await until(probe, seconds=seconds, what="the database equals the mailboxes", every=COMPARE_SECONDS)
    except LateError as error:
        shown = ", ".join(f"{d.message_id}: {d.what}" for d in found[:5])
        raise UserActionError(
            f"database and mailboxes differ in {len(found)} places after {seconds:g} s, such as {shown}"
        ) from error


async def checksum(database_url: str) -> str:
    """Return a digest of all rows of messages, threads, folders, attachments, accounts and users."""
    return str((await _rows(database_url, CHECKSUM))[0][0])


async def _rows(database_url: str, query: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database_url)
    try:
        return list(await connection.fetch(query, *arguments))
    finally:
        await connection.close()


async def post(
    url: str,
    body: bytes,
    secret: str | None,
    headers: Mapping[str, str | bytes] | None = None,
    timeout: float = 20,
) -> httpx.Response:
    """Post a body to the ingress at `url`, as Nylas does. If `secret` is None, the body is not signed."""
    sent: dict[str, str | bytes] = dict(headers or {})
    if secret is not None:
        sent["X-Nylas-Signature"] = signature(secret, body)
    async with httpx.AsyncClient(timeout=timeout, trust_env=False) as client:
        return await client.post(f"{url}{WEBHOOKS}", content=body, headers=_raw(sent))


def _raw(headers: Mapping[str, str | bytes]) -> list[tuple[bytes, bytes]]:
    """Encode headers as bytes, so that a test can send invalid ones."""
    return [
        (name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in headers.items()
    ]
