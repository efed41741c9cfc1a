"""An application with one connected mailbox."""

from collections.abc import AsyncIterator

import httpx
import pytest

from mailtide_nylas_simulator.app import create_app
from mailtide_nylas_simulator.mail.seed import MailboxPlan, seeded
from mailtide_nylas_simulator.world import World

EMAIL = "a@example.com"


@pytest.fixture
async def api() -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    world = World("client", "key", 1)
    world.adopt(seeded(MailboxPlan(EMAIL, count=30)))
    grant = world.connect(EMAIL).id
    transport = httpx.ASGITransport(create_app(world))
    headers = {"Authorization": "Bearer key"}
    async with httpx.AsyncClient(transport=transport, base_url="http://sim", headers=headers) as client:
        yield client, grant
