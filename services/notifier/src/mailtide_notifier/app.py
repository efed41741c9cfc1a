"""The notifier's composition root."""

import asyncio
import time
from contextlib import AsyncExitStack
from functools import partial

import httpx
from fastapi import FastAPI

from mailtide_common.contracts.api.channels import ChannelKind
from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.startup import await_topics
from mailtide_common.runtime.operators.log import OperatorLog
from mailtide_common.runtime.postgres import check_login, open_pool
from mailtide_common.runtime.traces.spans import spans_to
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.lifecycle import background, lifespan_of
from mailtide_common.runtime.web.server import Switch

from . import limits
from .alerts.follow import AlertFollower
from .api.dependencies import UseCases
from .api.routes import create_api
from .channels.apprise_sender import AppriseSender
from .channels.manage import Channels
from .channels.post import Post
from .channels.webhook_sender import WebhookSender
from .consumers import begin_at, register
from .outbox.deliver import Deliverer
from .outbox.loop import OutboxLoop
from .purge import Forgetter
from .rules.announce import Announcer
from .rules.manage import RuleBook
from .settings import NotifierSettings
from .tidy import tidy

SERVICE = "notifier"


def create_app(settings: NotifierSettings, switch: Switch) -> FastAPI:
    """Create the app. Its lifespan opens and closes connections, and runs the outbox and the consumers."""
    health = Health()

    async def compose(stack: AsyncExitStack) -> None:
        await await_topics(settings)
        await _compose(app, settings, switch, health, stack)

    app = create_api(settings.admin_token, lifespan_of(compose, health, switch))
    app.router.routes.extend(health.routes())
    return app


async def _compose(
    app: FastAPI, settings: NotifierSettings, switch: Switch, health: Health, stack: AsyncExitStack
) -> None:
    """Open connections, set `app.state.use_cases`, and start the outbox, then the consumers.

    The outbox is first, because joining a consumer group may have to wait until the session of a dead member
    expires.
    """
    max_age = settings.mailtide_notice_max_age
    spans = spans_to(settings.otel_exporter_otlp_endpoint, SERVICE)
    stack.push_async_callback(spans.aclose)
    pool = await open_pool(stack, settings, service=SERVICE, max_size=limits.POOL_SIZE)
    await check_login(pool)
    client = await stack.enter_async_context(
        httpx.AsyncClient(follow_redirects=False, timeout=limits.SEND_SECONDS)
    )
    box = SecretBox(settings.secret_key.get_secret_value())
    post = Post({ChannelKind.APPRISE: AppriseSender(), ChannelKind.WEBHOOK: WebhookSender(client)}, box)
    decided = asyncio.Event()
    follower = AlertFollower(pool, decided.set, max_age_seconds=max_age)
    outbox = OutboxLoop(
        pool,
        decided,
        Deliverer(pool, post, attempts=settings.mailtide_delivery_attempts),
        follower.remind,
        partial(tidy, max_age_seconds=max_age),
        console_url=settings.mailtide_console_url,
    )
    await stack.enter_async_context(background(switch, "outbox", outbox, seconds=limits.STOP_SECONDS))
    app.state.use_cases = UseCases(
        pool,
        Channels(pool, box, post),
        RuleBook(pool),
        OperatorLog(pool, acquire_seconds=limits.ACQUIRE_SECONDS),
    )
    stack.callback(setattr, app.state, "use_cases", None)
    publisher = await stack.enter_async_context(Publisher(settings.brokers, source=SERVICE, spans=spans))
    await begin_at(settings.brokers, int((time.time() - max_age) * 1_000))
    consumers = Consumers(settings, publisher, switch, health, service=SERVICE, spans=spans)
    announcer = Announcer(pool, decided.set, max_age_seconds=max_age)
    register(consumers, follower, announcer, Forgetter(pool))
    stack.push_async_callback(consumers.stop)
    await consumers.start()
