"""The command `mailtide-scheduler`: exit codes, one-line errors, and the form for the CronJob."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest

from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_devkit.local.backends import KafkaServer
from mailtide_devkit.local.ports import free_port
from mailtide_devkit.local.waiting import until
from mailtide_harness.scheduler import Harness

COMMAND = Path(sys.executable).parent / "mailtide-scheduler"
SECONDS = 60


@pytest.fixture
async def environment(kafka: KafkaServer, database_url: str) -> dict[str, str]:
    settings = KafkaSettings(kafka_bootstrap_servers=kafka.bootstrap_servers)
    await ensure_topics(settings.brokers, settings.mailtide_topic_partitions)
    return {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "DATABASE_URL": database_url}


async def run(environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    process = await start(environment, *arguments)
    out, error = await asyncio.wait_for(process.communicate(), SECONDS)
    return process.returncode or 0, out.decode(), error.decode()


async def start(environment: dict[str, str], *arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(
        COMMAND, *arguments, env=environment, stdout=PIPE, stderr=PIPE
    )


async def test_a_tick_over_nothing_succeeds(environment: dict[str, str]) -> None:
    code, out, error = await run(environment, "tick", "--once")
    assert code == 0, error
    report = json.loads(out)
    assert (report["success"], report["total"], report["pending"]) == (True, 0, 0)
    code, out, _ = await run(environment, "tick", "--once", "--table")
    assert (code, out.splitlines()[-1].split(" in ")[0]) == (0, "0 accounts")


async def test_a_tick_joins_a_run_and_says_when_it_is_not_over(
    environment: dict[str, str], pool: asyncpg.Pool
) -> None:
    harness = Harness(pool)
    await harness.quiet("a")
    run_id = await harness.runs.start_or_join_cron()
    code, out, _ = await run(environment, "tick", "--once", "--timeout", "0.5")
    report = json.loads(out)
    assert code == 1
    assert UUID(report["run_id"]) == run_id
    assert report["details"][0]["status"] == "pending"
    assert (await pool.fetchval("SELECT state FROM sync_tasks")) == "leased", "the tick sent it"


async def test_a_tick_without_a_database_fails_with_one_line(environment: dict[str, str]) -> None:
    code, _, error = await run(
        {**environment, "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}, "tick", "--once"
    )
    assert code == 1
    assert len(error.splitlines()) == 1


async def test_a_tick_whose_login_is_refused_fails_with_one_line(environment: dict[str, str]) -> None:
    absent = f"{environment['DATABASE_URL']}-absent"
    code, _, error = await run({**environment, "DATABASE_URL": absent}, "tick", "--once")
    assert code == 2
    assert len(error.splitlines()) == 1
    assert "check DATABASE_URL" in error


async def test_the_service_drains_on_sigterm(environment: dict[str, str]) -> None:
    port = free_port()
    settings = {
        "NYLAS_API_KEY": "key",
        "NYLAS_CLIENT_ID": "client",
        "NYLAS_API_URI": "http://127.0.0.1:9",
        "SECRET_KEY": "a-secret-key-for-tests",
        "CRON_SECRET": "a-cron-secret-for-tests",
        "ADMIN_TOKEN": "an-admin-token-for-tests",
        "MAILTIDE_PORT": str(port),
    }
    process = await start({**environment, **settings})

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    try:
        await until(ready, what="the scheduler is ready")
        process.send_signal(signal.SIGTERM)
        out, error = await asyncio.wait_for(process.communicate(), SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, error
    lines = [json.loads(line) for line in out.decode().splitlines()]
    assert "webhook_check_failed" in {line["event"] for line in lines}
