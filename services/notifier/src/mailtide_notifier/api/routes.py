"""The routes of the notifier's API."""

from importlib.metadata import version
from uuid import UUID, uuid4

from fastapi import APIRouter, FastAPI, Request, Security, status
from fastapi.security import HTTPBearer
from pydantic import SecretStr

from mailtide_common.contracts.api.channels import (
    Channel,
    ChannelList,
    ChannelSettings,
    ChannelTest,
    CreatedChannel,
    NewChannel,
    SecretRotation,
    Silence,
)
from mailtide_common.contracts.api.deliveries import DeliveryPage, DeliveryState
from mailtide_common.contracts.api.model import PAGE_DEFAULT
from mailtide_common.contracts.api.rules import Rule, RuleList, RuleSettings
from mailtide_common.runtime.operators.recorded_route import RecordedRoute
from mailtide_common.runtime.web.bearer_auth import API, BearerAuth
from mailtide_common.runtime.web.lifecycle import Lifespan
from mailtide_common.runtime.web.openapi import ERRORS, Json, completed
from mailtide_notifier.channels.quiet import utc_now
from mailtide_notifier.database import connected, transaction
from mailtide_notifier.errors import NotFoundError
from mailtide_notifier.outbox.render import trial
from mailtide_notifier.outbox.store import list_deliveries, requeue_delivery

from . import problems
from .dependencies import Api, Limit

channels = APIRouter(prefix="/api/channels", tags=["channels"], route_class=RecordedRoute)
rules = APIRouter(prefix="/api/rules", tags=["rules"], route_class=RecordedRoute)
deliveries = APIRouter(prefix="/api/deliveries", tags=["deliveries"], route_class=RecordedRoute)
documents = APIRouter(prefix="/api", tags=["documents"])

ADMIN_TOKEN = HTTPBearer(scheme_name="ADMIN_TOKEN", auto_error=False)
"""Describes the token in the OpenAPI document. `BearerAuth` checks the token."""


def create_api(admin_token: SecretStr, lifespan: Lifespan | None = None) -> FastAPI:
    """Create the app with the routes below `/api`, and their authentication.

    Routes that need `app.state.use_cases` answer 503 while it is not set.
    """
    app = FastAPI(
        title="Mailtide notifier",
        version=version("mailtide-notifier"),
        responses=ERRORS,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.add_middleware(BearerAuth, tokens={API: admin_token})
    problems.install(app)
    for router in (channels, rules, deliveries, documents):
        app.include_router(router, dependencies=[Security(ADMIN_TOKEN)])
    return app


def openapi(app: FastAPI) -> Json:
    return completed(app.openapi())


@channels.get("", operation_id="list_channels")
async def list_all_channels(api: Api) -> ChannelList:
    """List all channels, ordered by name."""
    return ChannelList(channels=await api.channels.list())


@channels.post("", status_code=status.HTTP_201_CREATED)
async def create_channel(api: Api, wanted: NewChannel) -> CreatedChannel:
    """Create a channel. For a webhook, a signing secret is generated. Only this answer shows it."""
    return await api.channels.create(wanted)


@channels.get("/{channel_id}")
async def get_channel(api: Api, channel_id: UUID) -> Channel:
    """Show a channel."""
    return await api.channels.get(channel_id)


@channels.put("/{channel_id}")
async def update_channel(api: Api, channel_id: UUID, wanted: ChannelSettings) -> Channel:
    """Replace a channel's settings. Without `url`, the channel keeps its URL.

    Enabling the channel clears its `disabled_reason`.
    """
    return await api.channels.update(channel_id, wanted)


@channels.delete("/{channel_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_channel(api: Api, channel_id: UUID) -> None:
    """Delete a channel with its notices and deliveries, and remove it from all rules."""
    await api.channels.delete(channel_id)


@channels.post("/{channel_id}/test")
async def try_channel(api: Api, channel_id: UUID) -> ChannelTest:
    """Send a test notice at once, even if the channel is disabled, silenced or in its quiet hours.

    The answer is 200 even if the notice could not be sent. It then contains the reason.
    """
    channel = await api.channels.get(channel_id)
    return await api.channels.test(channel_id, trial(uuid4(), channel.name, utc_now()))


@channels.post("/{channel_id}/rotate-secret")
async def rotate_channel_secret(api: Api, channel_id: UUID, rotation: SecretRotation) -> CreatedChannel:
    """Replace a webhook's signing secret. Only this answer shows the new secret."""
    return await api.channels.rotate_secret(channel_id, rotation.overlap_seconds)


@channels.post("/{channel_id}/silence")
async def silence_channel(api: Api, channel_id: UUID, silence: Silence) -> Channel:
    """Silence a channel until a given time; null ends the silence.

    Meanwhile, only tests are sent. Important mail, reminders, and incidents that open and end meanwhile are
    not announced later.
    """
    return await api.channels.silence(channel_id, silence.until)


@rules.get("", operation_id="list_rules")
async def list_all_rules(api: Api) -> RuleList:
    """List all rules, ordered by name."""
    return RuleList(rules=await api.rules.list())


@rules.post("", status_code=status.HTTP_201_CREATED)
async def create_rule(api: Api, wanted: RuleSettings) -> Rule:
    """Create a rule."""
    return await api.rules.create(wanted)


@rules.get("/{rule_id}")
async def get_rule(api: Api, rule_id: UUID) -> Rule:
    """Show a rule."""
    return await api.rules.get(rule_id)


@rules.put("/{rule_id}")
async def update_rule(api: Api, rule_id: UUID, wanted: RuleSettings) -> Rule:
    """Replace a rule's settings."""
    return await api.rules.update(rule_id, wanted)


@rules.delete("/{rule_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_rule(api: Api, rule_id: UUID) -> None:
    """Delete a rule."""
    await api.rules.delete(rule_id)


@deliveries.get("", operation_id="list_deliveries")
async def list_page(
    api: Api,
    limit: Limit = PAGE_DEFAULT,
    cursor: UUID | None = None,
    channel_id: UUID | None = None,
    state: DeliveryState | None = None,
) -> DeliveryPage:
    """List deliveries, newest first.

    `cursor` is the last delivery of the previous page. If that delivery is no longer stored, the list is
    empty.
    """
    async with connected(api.pool) as connection:
        page = await list_deliveries(connection, limit, cursor, channel_id, state)
    return DeliveryPage(deliveries=tuple(page), next_cursor=page[-1].id if len(page) == limit else None)


@deliveries.post("/{delivery_id}/retry", status_code=status.HTTP_202_ACCEPTED)
async def retry(api: Api, delivery_id: UUID) -> None:
    """Make a dead delivery due again, and count its attempts anew.

    The answer is 404 if the delivery is not dead, or if its text was purged.
    """
    async with transaction(api.pool) as connection:
        if not await requeue_delivery(connection, delivery_id):
            raise NotFoundError(f"there is no dead delivery {delivery_id}, or its text was purged")


@documents.get("/openapi.json")
async def openapi_document(request: Request) -> Json:
    """Return the OpenAPI document of this API."""
    return openapi(request.app)
