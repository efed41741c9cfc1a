"""Several workers of one ingress, on real Kafka."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from mailtide_devkit.local.kafka import Kafka
from mailtide_devkit.local.waiting import until
from mailtide_harness.ingress import notification, signed
from mailtide_harness.servers.ingress_process import (
    environment,
    fresh_id,
    running,
    service,
)
from mailtide_ingress.webhooks.routes import PATH


def total(metrics: str, name: str) -> float:
    families = text_string_to_metric_families(metrics)
    return sum(s.value for family in families for s in family.samples if s.name == name)


@pytest.mark.fault
async def test_workers_share_a_port_are_replaced_and_end_with_their_parent(
    ready_kafka: Kafka, tmp_path: Path
) -> None:
    ingress = service(ready_kafka, tmp_path, "--workers", "2")
    async with running(ingress):
        for number in range(20):
            body = notification(id_=f"{fresh_id()}-{number}")
            async with httpx.AsyncClient(base_url=ingress.url, timeout=15) as client:
                assert (await client.post(PATH, content=body, headers=signed(body))).status_code in {200, 503}
        async with httpx.AsyncClient(base_url=ingress.url) as client:
            metrics = (await client.get("/metrics")).text
        assert total(metrics, "mailtide_ingress_deliveries_total") == 20
        first = children(ingress.process.pid)
        assert len(first) == 2
        os.kill(first[0], signal.SIGKILL)

        async def replaced() -> bool:
            now = children(ingress.process.pid)
            return len(now) == 2 and first[0] not in now

        await until(replaced, what="the worker is replaced")
        assert await ingress.process.terminate(30) == 0
        assert not any(map(lives, first))


def an_environment(folder: Path) -> Path:
    """Make a virtual environment with the packages of the present one, and return its Python."""
    present = Path(sys.prefix)
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_bytes((present / "pyvenv.cfg").read_bytes())
    (folder / "lib").symlink_to(present / "lib")
    (folder / "bin/python").symlink_to(Path(sys.executable).resolve())
    return folder / "bin/python"


@pytest.mark.fault
async def test_a_worker_that_cannot_be_started_is_tried_again(ready_kafka: Kafka, tmp_path: Path) -> None:
    python = an_environment(tmp_path / "venv")
    ingress = service(ready_kafka, tmp_path, "--workers", "2", python=str(python))
    async with running(ingress):
        first = children(ingress.process.pid)
        python.rename(tmp_path / "elsewhere")
        os.kill(first[0], signal.SIGKILL)

        async def failed() -> bool:
            return "worker_start_failed" in ingress.process.log.read_text()

        async def replaced() -> bool:
            return len(children(ingress.process.pid)) == 2

        await until(failed, what="a start fails")
        (tmp_path / "elsewhere").rename(python)
        await until(replaced, what="the worker is replaced")
        assert await ingress.process.terminate(30) == 0


async def test_a_taken_port_ends_the_parent_of_workers_with_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mailtide_ingress", "--workers", "2"),
            env=environment("127.0.0.1:9", taken.getsockname()[1]),
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await asyncio.wait_for(process.communicate(), 30)
    (line,) = errors.decode().splitlines()
    assert line.startswith("mailtide-ingress: cannot listen on 127.0.0.1:")
    assert process.returncode == 1


@pytest.mark.fault
async def test_workers_do_not_outlive_a_killed_parent(ready_kafka: Kafka, tmp_path: Path) -> None:
    ingress = service(ready_kafka, tmp_path, "--workers", "2")
    async with running(ingress):
        workers = children(ingress.process.pid)
        os.kill(ingress.process.pid, signal.SIGKILL)

        async def gone() -> bool:
            return not any(map(lives, workers))

        await until(gone, what="the workers end")


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]
