"""The application beyond its routes."""

import httpx
import pytest

from mailtide_nylas_simulator.app import create_app
from mailtide_nylas_simulator.world import World


async def test_an_unexpected_error_is_in_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World("client", "key", 1)
    monkeypatch.setattr(world.calls, "shape", lambda: 1 / 0)
    transport = httpx.ASGITransport(create_app(world), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as client:
        answer = await client.get("/admin/calls")
    assert answer.status_code == 500
    assert answer.json()["error"]["message"] == "the simulator failed: ZeroDivisionError: division by zero"
