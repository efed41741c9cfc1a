"""Everything at once, from a seed: mail, changes, faults, expired grants, killed workers.

In the end the audit of every account is at zero, and every row equals its mailbox. `MAILTIDE_SCENARIO_SEED`
chooses another day, `MAILTIDE_SCENARIO_STEPS` a longer one. All of it in a schema of its own, beside an application's
tables of the same names.
"""

import os
import random
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from mailtide_devkit.demo import user_actions
from mailtide_devkit.local.probes import http_status
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_harness.mail_tables import MAIL_TABLES
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

pytestmark = pytest.mark.e2e

SEED = int(os.environ.get("MAILTIDE_SCENARIO_SEED", "11"))
STEPS = int(os.environ.get("MAILTIDE_SCENARIO_STEPS", "80"))
MORE_MAILBOXES = 3
SCHEMA = "mail"
CHANGES = ("read", "unread", "star", "unstar", "move", "trash", "delete")
SERVICES = ("sync-worker", "sync-worker-2", "persister", "scheduler", "ingress")
FAULTS = (
    {"kind": "drop", "probability": 0.3, "trigger": "message.*"},
    {"kind": "duplicate", "probability": 0.4, "times": 2},
    {"kind": "shuffle", "seconds": 1},
    {"kind": "rate_limit", "probability": 0.3, "path": "*/messages*"},
    {"kind": "provider_rate_limit", "probability": 0.3, "path": "*/messages*", "retry_after": 1},
    {"kind": "server_error", "probability": 0.3, "path": "/v3/grants/*"},
    {"kind": "html", "probability": 0.2, "path": "*/messages*"},
    {"kind": "empty_listing", "probability": 0.2},
    {"kind": "short_page", "probability": 0.3},
    {"kind": "latency", "seconds": 0.2},
)


@pytest.fixture
async def stack() -> AsyncIterator[Stack]:
    services = {"ingress": 1, "scheduler": 1, "sync-worker": 2, "persister": 1}
    env = {"MAILTIDE_SESSION_TIMEOUT_MS": "6000", "SYNC_INTERVAL": "5", "MAILTIDE_SCHEMA": SCHEMA}
    async with Stack(StackOptions(services=services, env=env, auto_restart=True, seed=SEED)) as running:
        await make_application(running.database_url)
        yield running


async def make_application(database_url: str) -> None:
    """The application has tables of the same names in the schema that Mailtide uses by default."""
    connection = await asyncpg.connect(database_url)
    try:
        for table in (*MAIL_TABLES, "sync_tasks", "account_schedules", "incidents", "alembic_version"):
            await connection.execute(f"CREATE TABLE public.{table} (owner text)")
    finally:
        await connection.close()


@pytest.mark.parametrize("seed", [SEED])
async def test_a_day_of_trouble_ends_with_nothing_missing(stack: Stack, seed: int) -> None:
    rng = random.Random(seed)
    async with SimulatorAdmin(stack.nylas_api_uri) as admin:
        for number in range(MORE_MAILBOXES):
            provider = ("google", "microsoft", "imap")[number % 3]
            await admin.create_mailbox(f"more-{number}@example.com", provider=provider, count=60, seed=seed)
        for number, box in enumerate(await admin.mailboxes()):
            answer = await user_actions.connect(stack, box.provider, user_id=f"user-{number}")
            assert "success=connected" in answer.headers["location"]
        day = Day(stack, admin, rng)
        for _ in range(STEPS):
            await day.step()
        await day.calm()
        grants = [str(grant["id"]) for grant in await admin.grants()]
        accounts = (await user_actions.api(stack, "GET", "/api/accounts"))["accounts"]
        assert {account["grant_id"] for account in accounts} == set(grants)
        for account in accounts:
            report = await user_actions.audit(stack, account["id"])
            assert report["proven"] is True, report
        await user_actions.equal(f"{stack.database_url}?search_path={SCHEMA}", admin, grants)


class Day:
    """The events of a scenario, one per step."""

    def __init__(self, stack: Stack, admin: SimulatorAdmin, rng: random.Random) -> None:
        self._stack = stack
        self._admin = admin
        self._rng = rng
        self._expired: set[str] = set()

    async def step(self) -> None:
        """Usually deliver or change mail; sometimes cause a fault."""
        chosen = self._rng.choices(
            (self._deliver, self._change, self._break, self._mend, self._expire, self._kill),
            weights=(40, 40, 8, 6, 2, 4),
        )[0]
        await chosen()

    async def calm(self) -> None:
        """Clear faults, restart everything, reconnect grants, and wait for deliveries and one sync of every account."""
        await self._admin.clear_faults()
        await until(self._all_ready, what="what was killed is ready again")
        for grant in sorted(self._expired):
            await self._admin.reauthenticate(grant)
        assert await self._admin.wait_idle(60)
        await until(self._all_active, what="every account is active")
        await user_actions.cron(self._stack)

    async def _all_ready(self) -> bool:
        addresses = [urlsplit(self._stack.addresses[name]) for name in SERVICES]
        answers = [await http_status(str(at.hostname), at.port or 0, "/readyz") for at in addresses]
        return answers == [200] * len(SERVICES)

    async def _all_active(self) -> bool:
        accounts = (await user_actions.api(self._stack, "GET", "/api/accounts"))["accounts"]
        return {account["status"] for account in accounts} == {"active"}

    async def _email(self) -> str:
        return self._rng.choice([box.email for box in await self._admin.mailboxes()])

    async def _deliver(self) -> None:
        await self._admin.deliver(await self._email(), self._rng.randint(1, 5))

    async def _change(self) -> None:
        await self._admin.mutate(
            await self._email(), self._rng.choice(CHANGES), count=self._rng.randint(1, 4)
        )

    async def _break(self) -> None:
        fault = dict(self._rng.choice(FAULTS))
        await self._admin.fault(str(fault.pop("kind")), remaining=self._rng.randint(3, 30), **fault)

    async def _mend(self) -> None:
        await self._admin.clear_faults()

    async def _expire(self) -> None:
        grant = self._rng.choice(sorted(str(grant["id"]) for grant in await self._admin.grants()))
        if grant in self._expired:
            self._expired.discard(grant)
            await self._admin.reauthenticate(grant)
        else:
            self._expired.add(grant)
            await self._admin.expire(grant)

    async def _kill(self) -> None:
        victim = self._rng.choice(SERVICES)
        if self._stack.process(victim).running:
            await self._stack.kill(victim)
