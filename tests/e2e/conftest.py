"""Fixtures of every whole-stack test; each module provides its own `stack`."""

from collections.abc import AsyncIterator

import pytest

from mailtide_devkit.stack.stack import Stack
from mailtide_nylas_simulator.testing.client import SimulatorAdmin


@pytest.fixture(scope="module")
async def admin(stack: Stack) -> AsyncIterator[SimulatorAdmin]:
    async with SimulatorAdmin(stack.nylas_api_uri) as admin:
        yield admin
