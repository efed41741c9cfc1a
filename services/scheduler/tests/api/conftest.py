"""A client of the API around a harness."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from mailtide_common.runtime.operators.log import OperatorLog
from mailtide_harness.doctor import a_doctor
from mailtide_harness.servers.nylas_webhooks import URL, WebhookHarness
from mailtide_scheduler.api.dependencies import UseCases
from mailtide_scheduler.api.routes import create_api


@pytest.fixture
def harness(pool: asyncpg.Pool) -> WebhookHarness:
    return WebhookHarness(pool)


@pytest.fixture
async def client(harness: WebhookHarness) -> AsyncIterator[httpx.AsyncClient]:
    app = create_api(SecretStr("cron"), SecretStr("admin"))
    app.state.use_cases = UseCases(
        harness.pool,
        harness.runs,
        harness.control,
        harness.held,
        harness.redriver,
        harness.reconciler,
        URL,
        OperatorLog(harness.pool, acquire_seconds=5.0),
        a_doctor(harness.pool),
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://scheduler") as client:
        yield client
