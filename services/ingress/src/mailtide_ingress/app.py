"""Creates the ingress' application from its parts."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from http import HTTPStatus
from importlib.metadata import version

import httpx
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from mailtide_common.contracts.topics import ACCOUNTS, NOTIFICATIONS, WEBHOOK_SECRETS
from mailtide_common.runtime import collector
from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.kafka.last_account import last_account
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import TopicFollower
from mailtide_common.runtime.kafka.startup import await_topics
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.metrics import nylas_called
from mailtide_common.runtime.retry import until_available
from mailtide_common.runtime.traces.spans import spans_to
from mailtide_common.runtime.web import problems
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.lifecycle import cancelled_at_end
from mailtide_common.runtime.web.openapi import ERRORS
from mailtide_common.runtime.web.server import Switch
from mailtide_nylas import NylasClient

from . import metrics
from .answers import UNEXPECTED, respond
from .connect.connect import Connect
from .connect.link_signatures import LinkSignatures
from .connect.oauth_flow import OAuthFlows
from .connect.redirects import RedirectPolicy
from .connect.routes import SessionCookies, auth_router
from .errors import BadRequestError, ForbiddenError
from .settings import IngressSettings
from .webhooks.body import MemoryBudget
from .webhooks.receiver import DeliveryReceiver
from .webhooks.routes import Deliveries, challenge_route
from .webhooks.secret_follower import SecretFollower
from .webhooks.secret_registry import SecretRegistry

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

TOPICS = (NOTIFICATIONS, ACCOUNTS, WEBHOOK_SECRETS)

log = get_logger(__name__)


def create_app(
    settings: IngressSettings, switch: Switch, *, nylas_transport: httpx.AsyncBaseTransport | None = None
) -> Deliveries:
    """Create the application. Its lifespan opens and closes the connections to Kafka and Nylas.

    Requests are served even before Kafka is available. Nylas' challenge is then answered, and a delivery gets
    a 503, after which Nylas sends it again.

    Args:
        settings: the service's settings.
        switch: ends the process if a background task fails.
        nylas_transport: replaces the network to Nylas in tests.
    """
    box = SecretBox(settings.secret_key.get_secret_value())
    health = Health()
    spans = spans_to(settings.otel_exporter_otlp_endpoint, "ingress")
    publisher = Publisher(settings.brokers, source="ingress", spans=spans)
    book = SecretRegistry(settings.environment_secrets, box.decrypt)
    follower = SecretFollower(partial(TopicFollower, settings.brokers, WEBHOOK_SECRETS), book.apply)
    nylas = NylasClient(
        settings.nylas_api_uri,
        settings.nylas_api_key.get_secret_value(),
        settings.nylas_client_id,
        transport=nylas_transport,
        observe=spans.with_calls(nylas_called),
    )
    # Readiness does not depend on Kafka's acknowledgements, or all pods would leave the Service in an outage of
    # Kafka. A proxy without pods may answer with a status that Nylas does not retry, unlike our 503 (docs:
    # Webhooks, retries).
    health.add_check("webhook secrets", lambda: follower.ready)

    async def connect_and_follow() -> None:
        await await_topics(settings, TOPICS)
        await until_available(publisher.start, event="kafka_unavailable")
        collector.tune()
        await follower.run()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(spans.aclose)
            await stack.enter_async_context(nylas)
            stack.push_async_callback(publisher.stop)
            await stack.enter_async_context(cancelled_at_end(switch, "secrets", connect_and_follow))
            health.ready = True
            yield
            health.ready = False

    app = bare_app(lifespan)
    app.router.routes.extend([challenge_route(), *metrics.shared_routes(), *health.routes()])
    flows = OAuthFlows(box)
    rule = RedirectPolicy(settings.public_url, settings.return_origins)
    connect = Connect(
        nylas,
        publisher,
        flows,
        rule,
        settings.public_url,
        last_account=partial(last_account, settings.brokers),
        share=settings.mailtide_shared_mailboxes == "share",
    )
    signatures = LinkSignatures(settings.link_secret, settings.public_url)
    if signatures.refuses_all:
        log.warning("connect_links_refused", reason="CONNECT_SECRET is missing")
    app.include_router(auth_router(connect, flows, SessionCookies(settings.public_url), signatures))
    receiver = DeliveryReceiver(book, follower, publisher)
    return Deliveries(app, receive=receiver, budget=MemoryBudget(), spans=spans)


def bare_app(lifespan: Lifespan | None = None) -> FastAPI:
    """Create an application without routes.

    It answers errors with problem details. An unexpected exception is answered 503, not 500.
    """
    app = FastAPI(
        title="Mailtide ingress",
        version=version("mailtide-ingress"),
        responses=ERRORS,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    problems.install(
        app,
        {
            RequestValidationError: partial(problems.invalid, HTTPStatus.BAD_REQUEST),
            BadRequestError: partial(problems.explained, HTTPStatus.BAD_REQUEST),
            ForbiddenError: partial(problems.explained, HTTPStatus.FORBIDDEN),
            Exception: lambda _bug: respond(UNEXPECTED),
        },
    )
    return app
