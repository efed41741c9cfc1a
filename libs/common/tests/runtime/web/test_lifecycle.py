"""What a service's lifespan does around its composition."""

import gc
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from mailtide_common.runtime import collector
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.lifecycle import lifespan_of
from mailtide_common.runtime.web.server import Switch
from mailtide_devkit.local.waiting import until


@pytest.fixture
def collector_as_it_was() -> Iterator[None]:
    thresholds = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # another test of this process may have tuned it
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.mark.usefixtures("collector_as_it_was")
async def test_the_collector_is_tuned_once_everything_is_composed() -> None:
    during: list[tuple[int, ...]] = []
    health = Health()

    async def compose(_stack: AsyncExitStack) -> None:
        during.append(gc.get_threshold())

    async def ready() -> bool:
        return health.ready

    async with lifespan_of(compose, health, Switch())(None):
        await until(ready, what="the service is composed")
        assert gc.get_threshold() == (collector.YOUNG, collector.MIDDLE, collector.OLD)
        assert gc.get_freeze_count() > 0
    assert during != [gc.get_threshold()]
