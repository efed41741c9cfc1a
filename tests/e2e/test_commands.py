"""Every service's command: clear refusals, and signals obeyed from the first moment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from mailtide_devkit.local.ports import free_port
from mailtide_devkit.local.process import Process
from mailtide_devkit.local.waiting import until

pytestmark = pytest.mark.e2e

BIN = Path(sys.executable).parent
SERVICES = ("ingress", "scheduler", "sync-worker", "persister")
NOWHERE = "127.0.0.1:9"
ENVIRONMENT = {
    "KAFKA_BOOTSTRAP_SERVERS": NOWHERE,
    "DATABASE_URL": f"postgresql://mailtide@{NOWHERE}/mailtide",
    "NYLAS_API_URI": f"http://{NOWHERE}",
    "NYLAS_API_KEY": "key",
    "NYLAS_CLIENT_ID": "client",
    "CRON_SECRET": "a-cron-secret-for-tests",
    "ADMIN_TOKEN": "an-admin-token-for-tests",
    "SECRET_KEY": "a-secret-key-for-tests",
    "PATH": os.environ["PATH"],
}


@pytest.mark.parametrize("service", SERVICES)
def test_missing_settings_are_one_line_and_exit_2(service: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [BIN / f"mailtide-{service}"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"mailtide-{service}: missing settings: ")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_without_kafka_listens_says_that_it_is_not_ready_and_ends_on_sigterm(
    service: str, tmp_path: Path
) -> None:
    port = free_port()
    env = {**ENVIRONMENT, "MAILTIDE_PORT": str(port)}
    process = Process(service, [BIN / f"mailtide-{service}"], log=tmp_path / "log", env=env)
    await process.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:

            async def listens() -> bool:
                try:
                    return (await client.get("/healthz")).status_code == 200
                except httpx.ConnectError:
                    return False

            await until(listens, what=f"{service} listens")
            assert (await client.get("/readyz")).status_code == 503
            nowhere = await client.get("/nowhere")
            assert (nowhere.status_code, nowhere.json()["status"]) == (404, 404)
            assert nowhere.headers["content-type"] == "application/problem+json"
        await process.terminate(10, signal.SIGTERM)
        assert await process.wait(1) == 0
    finally:
        if process.running:
            await process.kill()
