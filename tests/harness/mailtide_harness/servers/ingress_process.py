"""The ingress as its own process, for tests."""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from mailtide_devkit.local.kafka import Kafka
from mailtide_devkit.local.ports import free_port
from mailtide_devkit.stack.service import Service
from mailtide_harness.ingress import SECRET

PARTITIONS = 12
SECRET_KEY = "a-secret-key-for-tests"


def environment(bootstrap_servers: str, port: int) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "NYLAS_API_URI": "http://127.0.0.1:9",
        "NYLAS_API_KEY": "canary-key",
        "NYLAS_CLIENT_ID": "client",
        "NYLAS_WEBHOOK_SECRET": f"rotated-out, {SECRET}",
        "SECRET_KEY": SECRET_KEY,
        "PUBLIC_URL": "http://127.0.0.1:8080",
        "MAILTIDE_PORT": str(port),
    }


def service(kafka: Kafka, folder: Path, *arguments: str, python: str = sys.executable) -> Service:
    port = free_port()
    command = [python, "-m", "mailtide_ingress", *arguments]
    env = environment(kafka.bootstrap_servers, port)
    return Service("ingress", command, port=port, log=folder / "ingress.log", env=env)


@asynccontextmanager
async def running(ingress: Service) -> AsyncIterator[httpx.AsyncClient]:
    await ingress.start()
    try:
        async with httpx.AsyncClient(base_url=ingress.url, timeout=15) as client:
            yield client
    finally:
        await ingress.stop()


def fresh_id() -> str:
    return f"n-{uuid4().hex}"
