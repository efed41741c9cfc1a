"""Runs all checks concurrently and reports the findings."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import asyncpg

from mailtide_common.contracts.api.doctor import DoctorReport, Finding, Severity
from mailtide_common.contracts.connect_links import CALLBACK_PATH
from mailtide_common.contracts.schema_revision import SCHEMA_REVISION
from mailtide_common.contracts.topics import ALL_TOPICS, Topic
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import MailtideError
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.postgres import connected
from mailtide_common.runtime.postgres_errors import Connection
from mailtide_nylas import NylasClient
from mailtide_nylas.background import let_end

from .checks import accounts, clocks, disk, incidents, kafka, nylas, postgres, public_url
from .checks.finding import error

CHECK_SECONDS = 15.0
"""Time limit of a check."""

ACQUIRE_SECONDS = 5.0

Check = Callable[[], Coroutine[Any, Any, Sequence[Finding]]]


class Doctor:
    """Checks what Mailtide needs, and the state of its accounts. Nothing is changed."""

    def __init__(
        self,
        brokers: Brokers,
        partitions: int,
        pool: asyncpg.Pool,
        client: NylasClient,
        public_url: str,
        *,
        revision: str | None = SCHEMA_REVISION,
        topics: Sequence[Topic] = ALL_TOPICS,
        clock: Callable[[], int] = now_us,
    ) -> None:
        """Create the doctor.

        Args:
            brokers: addresses and login of Kafka.
            partitions: MAILTIDE_TOPIC_PARTITIONS.
            pool: connections to Postgres.
            client: client of Nylas.
            public_url: PUBLIC_URL.
            revision: the oldest revision of the schema that passes; None if any revision does.
            topics: the topics that must exist.
            clock: returns this host's time in microseconds since 1970.
        """
        self._brokers = brokers
        self._partitions = partitions
        self._pool = pool
        self._client = client
        self._public_url = public_url
        self._revision = revision
        self._topics = topics
        self._clock = clock

    async def examine(self) -> DoctorReport:
        """Run all checks concurrently, and report their findings.

        A check that is not possible is a finding, too, unless another finding explains it (`unexplained`). If
        no check of a server is possible, one finding stands for all (`unavailable`).
        """
        webhook_url = f"{self._public_url}{public_url.PATH}"
        checks: dict[str, Check] = {
            "brokers": lambda: kafka.check_brokers(self._brokers),
            "topics": lambda: kafka.check_topics(self._brokers, self._partitions, self._topics),
            "kafka-clock": lambda: clocks.check_kafka_clock(self._brokers, self._clock),
            "postgres": self._with_postgres(postgres.check_postgres),
            "schema": self._with_postgres(lambda each: postgres.check_schema(each, self._revision)),
            "clock": self._with_postgres(lambda each: clocks.check_clock(each, self._clock)),
            "accounts": self._with_postgres(accounts.check_accounts),
            "lag": self._with_postgres(accounts.check_lag),
            "scheduler": self._with_postgres(accounts.check_scheduler),
            "incidents": self._with_postgres(incidents.check_incidents),
            "channels": self._with_postgres(incidents.check_channels),
            "public-url": self._check_public_url,
            "nylas": uncancelled(lambda: nylas.check_nylas(self._client, webhook_url)),
            "application": uncancelled(
                lambda: nylas.check_application(self._client, f"{self._public_url}{CALLBACK_PATH}")
            ),
            "webhook-secret": self._with_postgres(lambda each: nylas.check_secret(each, webhook_url)),
            "disk": _check_disk,
        }
        results = dict(
            zip(checks, await asyncio.gather(*(_within(check) for check in checks.values())), strict=True)
        )
        failed = {name: result for name, result in results.items() if isinstance(result, str)}
        done = {name: result for name, result in results.items() if not isinstance(result, str)}
        open_ = unexplained(failed, done)
        found = [*unavailable(open_), *(finding for findings in done.values() for finding in findings)]
        return DoctorReport(
            at=datetime.now(UTC),
            passed=tuple(name for name, findings in done.items() if not findings),
            unchecked=tuple(failed),
            findings=tuple(sorted(found, key=lambda each: list(Severity).index(each.severity))),
        )

    def _with_postgres(self, check: Callable[[Connection], Awaitable[Sequence[Finding]]]) -> Check:
        async def run() -> Sequence[Finding]:
            async with AsyncExitStack() as stack:
                connection = await stack.enter_async_context(
                    connected(self._pool, acquire_seconds=ACQUIRE_SECONDS)
                )
                return await check(connection)

        return run

    async def _check_public_url(self) -> Sequence[Finding]:
        findings = public_url.check_address(self._public_url, self._client.api_uri)
        answer = await public_url.check_challenge(self._public_url, secrets.token_hex(8))
        return findings if answer is None else [*findings, answer]


async def _check_disk() -> Sequence[Finding]:
    return disk.check_disk()


def uncancelled(check: Check) -> Check:
    """Return a check that continues in the background when it is cancelled.

    A cancelled call to Nylas would leak its connection (see `NylasClient`). The client limits the time of its
    calls.
    """

    async def run() -> Sequence[Finding]:
        task = asyncio.create_task(check())
        let_end(task)
        return await asyncio.shield(task)

    return run


async def _within(check: Check) -> Sequence[Finding] | str:
    """Return the findings of a check, or why it was not possible."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:.0f} s"
    except MailtideError as failure:
        return str(failure)
    except asyncpg.PostgresError as failure:
        return f"{type(failure).__name__}: {failure}"


def unexplained(failed: Mapping[str, str], done: Mapping[str, Sequence[Finding]]) -> dict[str, str]:
    """Return the checks in `failed` that no finding in `done` explains. Pure.

    A finding on the schema explains the checks that failed because a table or column does not exist.

    Args:
        failed: the checks that were not possible, with the reasons.
        done: the findings of the other checks.
    """
    explained = {"UndefinedTableError", "UndefinedColumnError"} if done.get("schema") else set()
    return {name: reason for name, reason in failed.items() if reason.partition(":")[0] not in explained}


def unavailable(failed: Mapping[str, str]) -> list[Finding]:
    """Return findings about checks that were not possible. Pure.

    If all checks of a server failed, one finding stands for them.

    Args:
        failed: the checks that were not possible, with the reasons.
    """
    findings = []
    rest = dict(failed)
    for server, fix in FIXES.items():
        if SERVERS[server] <= failed.keys():
            reasons = [rest.pop(name) for name in failed if name in SERVERS[server]]
            findings.append(
                error(
                    server,
                    reasons[0],
                    f"no mail is synced without {server}, and none of its checks was possible",
                    fix,
                )
            )
    for name, reason in rest.items():
        fix = next((FIXES[server] for server, names in SERVERS.items() if name in names), OTHER_FIX)
        findings.append(
            error(name, f"{name} could not be checked: {reason}", "a fault there stays unnoticed", fix)
        )
    return findings


SERVERS = {
    "Kafka": {"brokers", "topics", "kafka-clock"},
    "Postgres": {
        "postgres",
        "schema",
        "clock",
        "accounts",
        "lag",
        "scheduler",
        "incidents",
        "channels",
        "webhook-secret",
    },
}
"""Checks by the server that they need."""

FIXES = {
    "Kafka": "check that Kafka is running, that KAFKA_BOOTSTRAP_SERVERS names it, and that this login has the "
    "rights that docs/deploy.md lists",
    "Postgres": "check that Postgres is running and migrated, and that DATABASE_URL and MAILTIDE_SCHEMA are right",
}

OTHER_FIX = "check this host's access to the internet, then run `mailtide doctor` again"
"""The fix for checks that need neither server."""
