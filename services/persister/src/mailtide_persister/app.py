"""The persister's composition root."""

from contextlib import AsyncExitStack
from functools import partial

from starlette.applications import Starlette

from mailtide_common.contracts.topics import PURGES
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import TopicFollower
from mailtide_common.runtime.kafka.startup import await_topics
from mailtide_common.runtime.postgres import check_login, open_pool
from mailtide_common.runtime.stopping import DISCONNECT_SECONDS
from mailtide_common.runtime.traces.spans import spans_to
from mailtide_common.runtime.web import problems
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.lifecycle import background, cancelled_at_end, lifespan_of
from mailtide_common.runtime.web.server import Switch

from .apply.appliers import build_appliers
from .apply.purges.follow import PurgeFollower
from .apply.purges.purges import PurgeApplier
from .consumers import register
from .limits import POOL_SIZE
from .metrics import observe_webhooks
from .schema.check import await_schema
from .settings import PersisterSettings
from .webhook_minutes.recorder import WebhookMinutes


def create_app(settings: PersisterSettings, switch: Switch) -> Starlette:
    """Create the application.

    Its lifespan waits for the topics and the schema, applies all markers of purges, and runs the consumers.
    """
    health = Health()

    async def compose(stack: AsyncExitStack) -> None:
        await await_topics(settings)
        spans = spans_to(settings.otel_exporter_otlp_endpoint, "persister")
        stack.push_async_callback(spans.aclose)
        pool = await open_pool(stack, settings, service="persister", max_size=POOL_SIZE)
        await check_login(pool)
        await await_schema(pool)
        publisher = await stack.enter_async_context(
            Publisher(settings.brokers, source="persister", spans=spans)
        )
        consumers = Consumers(settings, publisher, switch, health, service="persister", spans=spans)
        minutes = WebhookMinutes(pool)
        await stack.enter_async_context(
            background(switch, "webhook minutes", minutes, seconds=DISCONNECT_SECONDS)
        )
        register(
            consumers,
            build_appliers(pool, publisher, ambiguity_seconds=settings.mailtide_ambiguity_seconds),
            (observe_webhooks, minutes.observe),
        )
        purges = PurgeFollower(
            partial(TopicFollower, settings.brokers, PURGES), PurgeApplier(pool), publisher
        )
        stack.push_async_callback(consumers.stop)
        await purges.catch_up()
        await stack.enter_async_context(cancelled_at_end(switch, "purges", purges.run))
        await consumers.start()

    app = Starlette(routes=list(health.routes()), lifespan=lifespan_of(compose, health, switch))
    problems.install(app)
    return app
