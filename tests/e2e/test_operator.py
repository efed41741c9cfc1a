"""Every command that acts through the scheduler's API, on the real stack, for people and for programs."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar
from uuid import UUID, uuid4

import asyncpg
import pytest
from pydantic import BaseModel
from typer.testing import CliRunner, Result

from mailtide.__main__ import app
from mailtide_common.contracts.api.accounts import (
    AccountDetails,
    AccountRemoval,
    AccountState,
    DiscardedDeletions,
    HeldDeletionPage,
)
from mailtide_common.contracts.api.audits import AuditReport
from mailtide_common.contracts.api.dead_letters import DeadLetter, DeadLetterPage, RedriveResult
from mailtide_common.contracts.api.doctor import DoctorReport
from mailtide_common.contracts.api.runs import RunPage, RunReport
from mailtide_common.contracts.api.status import Status
from mailtide_common.contracts.api.webhooks import WebhookStatus
from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.events import DeletionsHeld
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.topics import SYNC_EVENTS
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_devkit.demo import user_actions
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_nylas_simulator.testing.client import SimulatorAdmin
from mailtide_scheduler.limits import REDRIVES

pytestmark = pytest.mark.e2e

Answer = TypeVar("Answer", bound=BaseModel)


class Listed(BaseModel):
    accounts: list[AccountDetails]


class Synced(BaseModel):
    runs: list[RunReport]


class Operator:
    """Runs the command against a stack, in a thread, because it has an event loop of its own."""

    def __init__(self, stack: Stack) -> None:
        self.settings = {**stack.settings, "COLUMNS": "200"}

    async def call(self, *arguments: str, stdin: str | None = None, **settings: str) -> Result:
        environment = self.settings | settings
        return await asyncio.to_thread(CliRunner().invoke, app, arguments, input=stdin, env=environment)

    async def text(self, *arguments: str) -> str:
        """Return what a successful command prints."""
        result = await self.call(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    async def json(self, answer: type[Answer], *arguments: str) -> Answer:
        """Return what it prints with `--json`."""
        return answer.model_validate_json(await self.text(*arguments, "--json"))

    async def refusal(self, *arguments: str, code: int = 1, **settings: str) -> str:
        """Return the one line that a failing command prints."""
        result = await self.call(*arguments, **settings)
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (code, "", 1), result.output
        assert result.stderr.startswith("mailtide")
        return result.stderr


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    async with Stack(StackOptions(env={"MAILTIDE_PROOF_AFTER_SECONDS": "never"})) as running:
        yield running


@pytest.fixture(scope="module")
async def publisher(stack: Stack) -> AsyncIterator[Publisher]:
    async with Publisher(Brokers.plain(stack.kafka.bootstrap_servers), source="test") as publisher:
        yield publisher


@pytest.fixture(scope="module")
def operator(stack: Stack) -> Operator:
    return Operator(stack)


@pytest.fixture(scope="module")
async def accounts(stack: Stack, admin: SimulatorAdmin) -> Sequence[AccountDetails]:
    """The connected mailboxes, by address."""
    await user_actions.connect_all(stack, admin)
    listed = await Operator(stack).json(Listed, "accounts", "list")
    return sorted(listed.accounts, key=lambda account: account.email or "")


async def test_accounts_are_listed(
    operator: Operator, admin: SimulatorAdmin, accounts: Sequence[AccountDetails]
) -> None:
    boxes = await admin.mailboxes()
    assert {(each.email, each.grant_id) for each in accounts} == {(box.email, box.grant_id) for box in boxes}
    assert {(each.id, each.status.value) for each in accounts} == {
        (account_uuid(each.grant_id), "active") for each in accounts
    }
    table = await operator.text("accounts", "list")
    for each in accounts:
        assert re.search(rf"{re.escape(each.email or '')} +active +\S+Z? .* 0 +{each.id}", table), table


async def test_syncs_are_waited_for_and_shown(operator: Operator, accounts: Sequence[AccountDetails]) -> None:
    synced = await operator.json(Synced, "sync")
    (run,) = synced.runs
    assert {each.account_id for each in run.details} == {each.id for each in accounts}
    assert (run.successful, run.status) == (len(accounts), "finished")
    table = await operator.text("sync", accounts[0].email or "", "--mode", "full")
    assert re.search(rf"{re.escape(accounts[0].email or '')} +success +\d+", table)
    assert "successful: 1, failed: 0" in table
    (run_id,) = re.findall(r"^run (\S+): finished", table, re.MULTILINE)
    newest = await operator.json(RunReport, "runs", "show")
    assert (newest.run_id, newest.details[0].email) == (UUID(run_id), accounts[0].email)
    assert await operator.text("runs", "show", run_id) == table


async def test_the_state_of_everything_is_shown(
    operator: Operator, accounts: Sequence[AccountDetails]
) -> None:
    status = await operator.json(Status, "status")
    assert (status.total, status.person, status.webhook.error) == (len(accounts), 0, None)
    assert status.verdict in await operator.text("status")
    shown = await operator.text("accounts", "show", accounts[0].email or "")
    assert shown.startswith(f"{accounts[0].email}: ")
    backfilled = await operator.json(RunReport, "backfill", accounts[0].grant_id)
    assert backfilled.successful == 1
    found = DoctorReport.model_validate_json((await operator.call("doctor", "--json")).stdout)
    assert {each.check for each in found.findings} <= {
        "public-url",
        "brokers",
        "disk",
        "accounts",
        "channels",
    }, found
    assert {"topics", "schema", "clock", "nylas", "webhook-secret"} <= set(found.passed)
    settings = operator.settings
    wrong = await operator.call("doctor", "--json", NYLAS_API_KEY=settings["NYLAS_API_KEY"] + "x")
    assert "check NYLAS_API_KEY and NYLAS_API_URI (US or EU)" in wrong.stdout


async def test_a_report_proves_a_mailbox_once_it_is_audited(
    operator: Operator, accounts: Sequence[AccountDetails]
) -> None:
    account = accounts[0]
    before = await operator.call("report", account.grant_id)
    assert (before.exit_code, before.stdout.splitlines()[-1]) == (1, f"{account.email}: never audited")
    await operator.text("sync", str(account.id), "--mode", "audit")
    report = await operator.json(AuditReport, "report", str(account.id))
    assert (report.proven, report.account_id, report.totals.agree) == (True, account.id, True)
    assert report.totals.in_account > 0
    table = await operator.text("report", account.email or "")
    for folder in report.folders:
        assert f"{folder.name or folder.folder_id} " in table
    assert re.search(
        rf"mailbox, each once +{report.totals.in_account:,} +{report.totals.synced:,} +0 +0 +0", table
    )
    assert "list of folders" in table
    assert f"{account.email}: proven complete by " in table


async def test_accounts_are_paused_and_resumed(
    operator: Operator, accounts: Sequence[AccountDetails]
) -> None:
    email = (accounts[0].email or "").upper()
    assert await operator.text("accounts", "pause", email) == f"{email} is paused\n"
    assert "409): the account is paused" in await operator.refusal("sync", email)
    resumed = await operator.json(AccountState, "accounts", "resume", accounts[0].grant_id)
    assert resumed.status.value == "active"


async def test_runs_are_listed(operator: Operator, accounts: Sequence[AccountDetails]) -> None:
    await operator.text("sync", str(accounts[0].id))
    page = await operator.json(RunPage, "runs", "list", "--limit", "2")
    newest, other = page.runs
    assert (newest.total, newest.success, newest.started_at > other.started_at) == (1, True, True)
    table = await operator.text("runs", "list")
    assert table.index(str(newest.run_id)) < table.index(str(other.run_id))
    assert re.search(f"{newest.run_id} +one account ", table), table
    await operator.text("sync")
    (of_all,) = (await operator.json(RunPage, "runs", "list", "--limit", "1")).runs
    table = await operator.text("runs", "list", "--limit", "1")
    assert re.search(f"{of_all.run_id} +all accounts ", table), table


async def test_held_deletions_are_shown_and_decided(
    operator: Operator, admin: SimulatorAdmin, publisher: Publisher, accounts: Sequence[AccountDetails]
) -> None:
    account = accounts[0]
    messages = (await admin.truth(account.grant_id, bodies="none"))["messages"]
    first, second, third = (each["id"] for each in messages[:3])

    async def hold(*ids: str) -> None:
        event = DeletionsHeld(task_id=uuid4(), grant_id=account.grant_id, message_ids=ids, at=now_us())
        await publisher.publish(event)

        async def shown() -> bool:
            page = await operator.json(HeldDeletionPage, "accounts", "held", str(account.id))
            return {each.message_id for each in page.held_deletions} == set(ids)

        await until(shown, what="the deletions are held")

    await hold(first, second)
    table = await operator.text("accounts", "held", account.email or "")
    assert first in table
    assert f"2 of {len(messages)} messages and 0 folders wait for a decision" in table
    assert re.search(r"in folders: .*INBOX", table, re.IGNORECASE)
    discarded = await operator.json(DiscardedDeletions, "accounts", "discard", account.grant_id, "--yes")
    assert discarded.discarded == 2
    await hold(third)
    assert (await operator.call("accounts", "approve", str(account.id), stdin="n\n")).exit_code == 1
    done = await operator.text("accounts", "approve", str(account.id), "--yes")
    assert done == f"approved deletions of {account.id}: 1\n"
    empty = await operator.json(HeldDeletionPage, "accounts", "held", str(account.id))
    assert (empty.total, empty.held_deletions) == (0, ())


async def test_all_dead_letters_of_a_class_are_decided(operator: Operator) -> None:
    """The topic is none of Mailtide's, so that a redrive refuses every record, and must end all the same."""
    connection = await asyncpg.connect(operator.settings["DATABASE_URL"])
    try:
        await connection.execute(
            "INSERT INTO dead_letters SELECT gen_random_uuid(), 'elsewhere', 0, n, 'g', 'unreadable', 'm', 1,"
            " 'k', 'v', '{}', now() FROM generate_series(1, 1130) AS n"
        )
    finally:
        await connection.close()
    chosen = ("--error-class", "unreadable", "--topic", "elsewhere")
    fewer = await operator.call("dead-letters", "discard", *chosen, "--note", "junk", "--limit", "980")
    assert (fewer.exit_code, fewer.stdout) == (0, "discarded: 980\n"), fewer.output
    assert fewer.stderr == "150 dead letters of this class still wait for a decision\n"
    refused = await operator.call("dead-letters", "redrive", *chosen)
    assert (refused.exit_code, refused.stdout) == (1, "sent again: 0, refused: 150\n")
    assert refused.stderr.endswith("\n150 dead letters of this class still wait for a decision\n")
    done = await operator.call("dead-letters", "discard", *chosen, "--note", "junk")
    assert (done.exit_code, done.output) == (0, "discarded: 150\n")


async def test_dead_letters_are_shown_and_sent_again(operator: Operator, publisher: Publisher) -> None:
    await publisher.send(SYNC_EVENTS, Encoded(b"nobody", b"no event", [("type", b"nonsense")]))

    async def parked() -> list[DeadLetter]:
        page = await operator.json(DeadLetterPage, "dead-letters", "list")
        return [each for each in page.dead_letters if each.size == len(b"no event")]

    async def by_both() -> bool:
        return len(await parked()) == 2

    await until(by_both, what="the record is parked by both consumers")
    letter, other = await parked()
    assert {letter.group, other.group} == {
        f"{service}.{SYNC_EVENTS.name}" for service in ("scheduler", "persister")
    }
    table = await operator.text("dead-letters", "list")
    assert re.search(rf"{SYNC_EVENTS.name} +{other.error_class} +.* - +{other.id}", table), table
    for _ in range(REDRIVES):
        done = await operator.text("dead-letters", "redrive", str(letter.id))
        assert done == "sent again: 1, refused: 0\n"
    shown = await operator.text("dead-letters", "show", str(letter.id), "--content")
    assert letter.error_message in shown
    tired = await operator.call("dead-letters", "redrive", str(letter.id))
    assert (tired.exit_code, tired.stdout) == (1, "sent again: 0, refused: 1\n")
    assert tired.stderr.startswith(f"{letter.id} was not sent: ")
    none = await operator.json(RedriveResult, "dead-letters", "redrive", "--error-class", "None")
    assert (none.redriven, none.refused) == (0, ())
    for wrong in ((), (str(letter.id), "--error-class", "x")):
        assert (await operator.call("dead-letters", "redrive", *wrong)).exit_code == 2


async def test_the_destination_is_shown_and_ensured(operator: Operator, admin: SimulatorAdmin) -> None:
    (hook,) = await admin.webhooks()
    shown = await operator.json(WebhookStatus, "webhooks", "status")
    assert (shown.destination_id, shown.managed) == (hook["id"], True)
    await admin.set_webhook_status(hook["id"], "failed")
    table = await operator.text("webhooks", "ensure")
    assert re.search(rf"{hook['id']} +active +{re.escape(shown.url)} +yes", table)
    assert (await admin.webhooks())[0]["status"] == "active"


async def test_a_secret_is_rotated(operator: Operator, admin: SimulatorAdmin) -> None:
    before = (await admin.webhooks())[0]["webhook_secret"]
    status = await operator.json(WebhookStatus, "webhooks", "rotate-secret")
    (hook,) = await admin.webhooks()
    assert (status.destination_id, status.error, status.destinations[0].has_secret) == (
        hook["id"],
        None,
        True,
    )
    assert hook["webhook_secret"] != before
    assert "destination" in await operator.text("webhooks", "rotate-secret")


async def test_accounts_are_removed_and_purged(
    operator: Operator, accounts: Sequence[AccountDetails]
) -> None:
    first, second = str(accounts[-1].id), str(accounts[-2].id)
    refused = await operator.call("accounts", "remove", first, "--purge", stdin="n\n")
    assert refused.exit_code == 1
    (kept,) = [
        each for each in (await operator.json(Listed, "accounts", "list")).accounts if str(each.id) == first
    ]
    assert kept.status.value == "active"
    assert "this user has not connected the account" in await operator.refusal(
        "accounts", "remove", first, "--user", "nobody"
    )
    (user,) = kept.users
    assert await operator.text("accounts", "remove", first, "--user", user) == f"{first} is removed\n"
    purged = await operator.json(AccountRemoval, "accounts", "remove", second, "--purge", "--yes")
    assert (purged.status.value, purged.purge) == ("removed", True)
    assert "connect the mailbox again" in await operator.refusal("accounts", "resume", first)
    assert await operator.text("accounts", "remove", first, "--purge", "--yes") == (
        f"{first} is removed, and will be purged\n"
    )


async def test_errors_are_one_line(operator: Operator, stack: Stack) -> None:
    assert "refuses ADMIN_TOKEN" in await operator.refusal("accounts", "list", code=2, ADMIN_TOKEN="wrong")
    assert "no account has the id, address or grant nobody" in await operator.refusal("report", "nobody")
    assert "there is no run" in await operator.refusal("runs", "show", str(UUID(int=0)))
    nowhere = "http://127.0.0.1:1"
    assert "no scheduler answers" in await operator.refusal(
        "accounts", "list", code=3, MAILTIDE_SCHEDULER_URL=nowhere
    )
    other = stack.url("ingress")
    assert "(404)" in await operator.refusal("accounts", "list", MAILTIDE_SCHEDULER_URL=other)
    assert "missing settings: ADMIN_TOKEN" in await operator.refusal("sync", code=2, ADMIN_TOKEN="")
