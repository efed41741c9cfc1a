"""The scheduler's composition root."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from fastapi import FastAPI

from mailtide_common.contracts.stages import STAGES
from mailtide_common.contracts.topics import NOTIFICATIONS
from mailtide_common.runtime.clock_watch import ClockWatch, clock_lead
from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers
from mailtide_common.runtime.kafka.group_lag import measure_lag
from mailtide_common.runtime.kafka.last_account import last_account
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import last_written
from mailtide_common.runtime.kafka.startup import await_topics
from mailtide_common.runtime.metrics import nylas_called
from mailtide_common.runtime.operators.log import OperatorLog
from mailtide_common.runtime.postgres import check_login, open_pool
from mailtide_common.runtime.traces.spans import spans_to
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.lifecycle import background, lifespan_of
from mailtide_common.runtime.web.server import Switch
from mailtide_doctor.examine import Doctor
from mailtide_nylas import NylasClient

from . import limits
from .accounts.actions import AccountControl
from .accounts.events import AccountEventHandler
from .api.dependencies import UseCases
from .api.routes import create_api
from .consumers import register
from .dead_letters.redrive import Redriver
from .deletions.held_deletions import HeldDeletions
from .dispatch.dispatcher import Dispatcher
from .dispatch.planner import Planner
from .outcomes.sync_events import SyncEventHandler
from .outcomes.task_outcomes import OutcomeRecorder
from .pipeline.recorder import PipelineRecorder
from .roll_segments import SegmentRoller
from .runs.service import Runs
from .settings import SchedulerSettings
from .wakeups import Signals
from .webhooks.destination import DestinationEnsurer, Wanted
from .webhooks.outage import OutageWatch
from .webhooks.reconciler import WebhookReconciler
from .webhooks.secret_publisher import SecretPublisher
from .webhooks.silence import SilenceDetector

SERVICE = "scheduler"


def create_app(settings: SchedulerSettings, switch: Switch) -> FastAPI:
    """Create the application. Its lifespan runs the background work and owns the connections."""
    health = Health()

    async def compose(stack: AsyncExitStack) -> None:
        await await_topics(settings)
        await _compose(app, settings, switch, health, stack)

    app = create_api(settings.cron_secret, settings.admin_token, lifespan_of(compose, health, switch))
    app.router.routes.extend(health.routes())
    return app


async def _compose(
    app: FastAPI, settings: SchedulerSettings, switch: Switch, health: Health, stack: AsyncExitStack
) -> None:
    spans = spans_to(settings.otel_exporter_otlp_endpoint, SERVICE)
    stack.push_async_callback(spans.aclose)
    publisher = await stack.enter_async_context(Publisher(settings.brokers, source=SERVICE, spans=spans))
    nylas = await stack.enter_async_context(
        NylasClient(
            settings.nylas_api_uri,
            settings.nylas_api_key.get_secret_value(),
            settings.nylas_client_id,
            observe=spans.with_calls(nylas_called),
        )
    )
    pool = await open_pool(stack, settings, service=SERVICE, max_size=limits.POOL_SIZE)
    await check_login(pool)
    signals, intervals = Signals(), settings.intervals
    control = AccountControl(pool, publisher, signals, partial(last_account, settings.brokers))
    planner = Planner(pool, publisher, intervals, control)
    dispatcher = Dispatcher(pool, publisher, signals, planner, spans=spans)
    health.add_check("tick", lambda: dispatcher.healthy)
    watch = OutageWatch(pool, intervals, signals)
    ensurer = DestinationEnsurer(
        pool,
        nylas,
        SecretPublisher(publisher),
        SecretBox(settings.secret_key.get_secret_value()),
        Wanted(
            url=settings.webhook_url,
            compressed_delivery=settings.mailtide_compressed_delivery,
            operator_keeps_secret=settings.nylas_webhook_secret is not None,
        ),
        watch=watch,
    )
    silence = SilenceDetector(
        pool,
        intervals,
        signals,
        partial(last_written, settings.brokers, NOTIFICATIONS),
        None if settings.nylas_webhook_secret is not None else ensurer.forget,
    )
    reconciler = WebhookReconciler(
        pool,
        publisher,
        ensurer,
        watch,
        silence,
        managed=settings.mailtide_manage_webhooks,
        check_seconds=settings.mailtide_webhook_check,
    )
    consumers = Consumers(settings, publisher, switch, health, service=SERVICE, spans=spans)
    register(
        consumers,
        SyncEventHandler(pool, OutcomeRecorder(intervals), signals, intervals),
        AccountEventHandler(pool, signals, control, intervals, reconciler.account_connected),
    )
    clock = ClockWatch(partial(clock_lead, pool), publisher, service=SERVICE)
    health.add_check("clock", lambda: not clock.wrong)
    recorder = PipelineRecorder(pool, partial(measure_lag, settings.brokers, STAGES))
    roller = SegmentRoller(publisher, settings.mailtide_topic_partitions)
    for name, loop in (
        ("clock", clock),
        ("tick", dispatcher),
        ("webhooks", reconciler),
        ("segments", roller),
        ("pipeline", recorder),
    ):
        await stack.enter_async_context(background(switch, name, loop, seconds=limits.STOP_SECONDS))
    await stack.enter_async_context(_consuming(switch, health, consumers, clock))
    app.state.use_cases = UseCases(
        pool,
        Runs(pool, signals, intervals, stopping=lambda: switch.stopping),
        control,
        HeldDeletions(pool, signals),
        Redriver(pool, publisher),
        reconciler,
        settings.webhook_url,
        OperatorLog(pool, acquire_seconds=limits.ACQUIRE_SECONDS),
        Doctor(settings.brokers, settings.mailtide_topic_partitions, pool, nylas, settings.public_url),
    )
    stack.callback(setattr, app.state, "use_cases", None)


@asynccontextmanager
async def _consuming(
    switch: Switch, health: Health, consumers: Consumers, clock: ClockWatch
) -> AsyncIterator[None]:
    """Join the consumer groups in the background once this host's clock is right; stop them at the end.

    The routes need no consumer. After a crash, joining lasts until the session of the dead member has
    expired.
    """
    joined = asyncio.Event()
    health.add_check("consumers", joined.is_set)

    async def join() -> None:
        try:
            await clock.right()
            await consumers.start()
        except Exception as error:  # noqa: BLE001 - any error here is final
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
