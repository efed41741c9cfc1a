"""The page of channels, rules and deliveries, and the retry of a delivery."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from mailtide_common.contracts.api.channels import ChannelList
from mailtide_common.contracts.api.deliveries import DeliveryPage, DeliveryState
from mailtide_common.contracts.api.rules import RuleList
from mailtide_console.layout.form import Returning
from mailtide_console.layout.page import Page
from mailtide_console.layout.parts import Operator, With
from mailtide_console.layout.render import renderer

from . import channel_routes, rule_routes

PAGE = Page("Notifications", "/notifications", "notifications")
router = APIRouter()

DELIVERIES_SHOWN = 50


@router.get("/notifications")
async def notifications(
    request: Request,
    parts: With,
    operator: Operator,
    *,
    state: DeliveryState | None = None,
    channel_id: UUID | None = None,
    after: UUID | None = None,
) -> Response:
    """Show all channels and rules, and a page of deliveries."""
    chosen = {"state": state, "channel_id": channel_id}
    query = {"limit": DELIVERIES_SHOWN, **chosen, "cursor": after}
    given: dict[str, str | int] = {name: str(value) for name, value in query.items() if value is not None}
    channels = await parts.notifier.call(ChannelList, "GET", "/api/channels", operator=operator)
    rules = await parts.notifier.call(RuleList, "GET", "/api/rules", operator=operator)
    sent = await parts.notifier.call(DeliveryPage, "GET", "/api/deliveries", operator=operator, query=given)
    return renderer(request).page(
        request,
        "notifications/notifications.html",
        channels=channels.channels,
        rules=rules.rules,
        names={each.id: each.name for each in channels.channels},
        deliveries=sent.deliveries,
        following=sent.next_cursor,
        after=after,
        chosen=chosen,
    )


@router.post("/notifications/deliveries/{delivery_id}/retry")
async def retry(
    request: Request, parts: With, operator: Operator, delivery_id: UUID, form: Annotated[Returning, Form()]
) -> Response:
    """Send a dead delivery again."""
    await parts.notifier.send("POST", f"/api/deliveries/{delivery_id}/retry", operator=operator)
    return renderer(request).back(form.next, "The delivery will be sent again now.")


router.include_router(channel_routes.router)
router.include_router(rule_routes.router)
