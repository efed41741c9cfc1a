"""The scheduler's composition root."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from fastapi import FastAPI

from mailtide_common.contracts.topics import NOTIFICATIONS
from mailtide_common.runtime.clock_watch import ClockWatch, clock_lead
from mailtide_common.runtime.consumers import Consumers
from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.health import Health
from mailtide_common.runtime.last_account import last_account
from mailtide_common.runtime.lifecycle import background, lifespan_of
from mailtide_common.runtime.metrics import nylas_called
from mailtide_common.runtime.postgres import check_login, close_pool, create_pool
from mailtide_common.runtime.publisher import Publisher
from mailtide_common.runtime.reader import last_written
from mailtide_common.runtime.server import Switch
from mailtide_common.runtime.startup import await_topics
from mailtide_nylas import NylasClient

from . import limits, problems, routes
from .api import Api
from .consumers import register
from .control_accounts import AccountControl
from .guard import Door
from .hear_accounts import AccountListener
from .held import HeldDeletions
from .incidents import Alerter
from .keep_webhook import WebhookKeeper
from .plan import Planner
from .proofs import Prover
from .redrive import Redriver
from .roll_segments import SegmentRoller
from .runs import Runs
from .secret_announcer import SecretAnnouncer
from .settings import SchedulerSettings
from .settle import Settler
from .signals import Signals
from .silence import SilenceWatch
from .take_events import EventTaker
from .tick import Ticker
from .watch_webhook import WebhookWatch
from .webhooks import Wanted, WebhookEnsurer

SERVICE = "scheduler"


def create_app(settings: SchedulerSettings, switch: Switch) -> FastAPI:
    """Build the service; everything is opened and closed by its lifespan."""
    health = Health()

    async def compose(stack: AsyncExitStack) -> None:
        await await_topics(settings)
        await _compose(app, settings, switch, health, stack)

    app = FastAPI(
        lifespan=lifespan_of(compose, health, switch),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.add_middleware(Door, cron_secret=settings.cron_secret, admin_token=settings.admin_token)
    app.add_middleware(problems.NotYet, composed=lambda: health.ready)
    app.router.routes.extend(health.routes())
    problems.install(app)
    return app


async def _compose(
    app: FastAPI, settings: SchedulerSettings, switch: Switch, health: Health, stack: AsyncExitStack
) -> None:
    publisher = await stack.enter_async_context(Publisher(settings.brokers, source=SERVICE))
    nylas = await stack.enter_async_context(
        NylasClient(
            settings.nylas_api_uri,
            settings.nylas_api_key.get_secret_value(),
            settings.nylas_client_id,
            observe=nylas_called,
        )
    )
    pool = await create_pool(
        settings.database_url.get_secret_value(),
        max_size=limits.POOL_SIZE,
        application_name=f"mailtide-{SERVICE}",
    )
    stack.push_async_callback(close_pool, pool)
    await check_login(pool)
    signals, policy = Signals(), settings.policy
    control = AccountControl(pool, publisher, signals, partial(last_account, settings.brokers))
    planner = Planner(pool, policy, Alerter(pool, publisher), Prover(pool, publisher), control)
    ticker = Ticker(pool, publisher, signals, planner)
    health.add_check("tick", lambda: ticker.healthy)
    watch = WebhookWatch(pool, policy, signals)
    ensurer = WebhookEnsurer(
        pool,
        nylas,
        SecretAnnouncer(publisher),
        SecretBox(settings.secret_key.get_secret_value()),
        Wanted(
            url=settings.webhook_url,
            compressed_delivery=settings.mailtide_compressed_delivery,
            operator_keeps_secret=settings.nylas_webhook_secret is not None,
        ),
        watch=watch,
    )
    silence = SilenceWatch(
        pool,
        policy,
        signals,
        partial(last_written, settings.brokers, NOTIFICATIONS),
        None if settings.nylas_webhook_secret is not None else ensurer.forget,
    )
    keeper = WebhookKeeper(
        pool,
        publisher,
        ensurer,
        watch,
        silence,
        managed=settings.mailtide_manage_webhooks,
        check_seconds=settings.mailtide_webhook_check,
    )
    routes.install(
        app,
        Api(
            pool,
            Runs(pool, signals, policy, stopping=lambda: switch.stopping),
            control,
            HeldDeletions(pool, signals),
            Redriver(pool, publisher),
            keeper,
            settings.webhook_url,
        ),
    )
    consumers = Consumers(settings, publisher, switch, health, service=SERVICE)
    register(
        consumers,
        EventTaker(pool, Settler(policy), signals, policy),
        AccountListener(pool, signals, control, policy, keeper.account_connected),
    )
    clock = ClockWatch(partial(clock_lead, pool), publisher, service=SERVICE)
    health.add_check("clock", lambda: not clock.ahead)
    roller = SegmentRoller(publisher, settings.mailtide_topic_partitions)
    for name, loop in (("clock", clock), ("tick", ticker), ("webhooks", keeper), ("segments", roller)):
        await stack.enter_async_context(background(switch, name, loop, seconds=limits.STOP_SECONDS))
    await stack.enter_async_context(_consuming(switch, health, consumers))


@asynccontextmanager
async def _consuming(switch: Switch, health: Health, consumers: Consumers) -> AsyncIterator[None]:
    """Join the groups beside the server, because the cron route needs no group.

    After a crash, joining takes until the dead member's session has ended.
    """
    joined = asyncio.Event()
    health.add_check("consumers", joined.is_set)

    async def join() -> None:
        try:
            await consumers.start()
        except Exception as error:  # noqa: BLE001 - what is retried does not get here
            switch.stop_on(error, "consumers")
        else:
            joined.set()

    task = asyncio.create_task(join(), name="consumers")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=limits.STOP_SECONDS)
        await consumers.stop()
