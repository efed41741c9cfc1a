"""Routes that create, change, test, silence and delete channels."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from mailtide_common.contracts.api.channels import (
    Channel,
    ChannelKind,
    ChannelTest,
    CreatedChannel,
    Silence,
)
from mailtide_common.contracts.events import AlertKind
from mailtide_console.errors import RefusedError
from mailtide_console.layout.form import Returning
from mailtide_console.layout.parts import Operator, With
from mailtide_console.layout.render import renderer
from mailtide_console.layout.words import clock

from .failures import failure
from .forms import ChannelForm, SilenceForm

HOME = "/notifications"
API = "/api/channels"
router = APIRouter(prefix=f"{HOME}/channels")


@router.get("/new")
async def new_channel(request: Request, kind: ChannelKind = ChannelKind.APPRISE) -> Response:
    return _form(request, None, ChannelForm.new(kind))


@router.get("/{channel_id}")
async def channel(request: Request, parts: With, operator: Operator, channel_id: UUID) -> Response:
    found = await parts.notifier.call(Channel, "GET", f"{API}/{channel_id}", operator=operator)
    return _form(request, found, ChannelForm.of(found))


@router.post("")
async def create_channel(
    request: Request, parts: With, operator: Operator, form: Annotated[ChannelForm, Form()]
) -> Response:
    """Create a channel, and show a webhook's signing secret.

    If the form is not valid or the request is refused, show the form again.
    """
    try:
        made = await parts.notifier.call(CreatedChannel, "POST", API, operator=operator, body=form.created())
    except (RefusedError, ValueError) as error:
        return _form(request, None, form, failure(error))
    if made.signing_secret is None:
        return renderer(request).back(HOME, f"Created the channel {made.name}. Test it now.")
    return renderer(request).page(request, "notifications/secret.html", channel=made)


@router.post("/{channel_id}")
async def change_channel(
    request: Request,
    parts: With,
    operator: Operator,
    channel_id: UUID,
    form: Annotated[ChannelForm, Form()],
) -> Response:
    """Change a channel. If the form is not valid or the request is refused, show the form again."""
    path = f"{API}/{channel_id}"
    try:
        made = await parts.notifier.call(Channel, "PUT", path, operator=operator, body=form.changed())
    except (RefusedError, ValueError) as error:
        found = await parts.notifier.call(Channel, "GET", path, operator=operator)
        return _form(request, found, form, failure(error))
    return renderer(request).back(HOME, f"Changed the channel {made.name}.")


@router.post("/{channel_id}/test")
async def try_channel(
    request: Request, parts: With, operator: Operator, channel_id: UUID, form: Annotated[Returning, Form()]
) -> Response:
    """Send a test notice, and show its result."""
    path = f"{API}/{channel_id}/test"
    tried = await parts.notifier.call(ChannelTest, "POST", path, operator=operator)
    said = "The test notice was delivered." if tried.delivered else f"The test failed: {tried.error}"
    return renderer(request).back(form.next, said)


@router.post("/{channel_id}/silence")
async def silence_channel(
    request: Request,
    parts: With,
    operator: Operator,
    channel_id: UUID,
    form: Annotated[SilenceForm, Form()],
) -> Response:
    """Silence a channel, or end its silence."""
    until = form.until()
    path, body = f"{API}/{channel_id}/silence", Silence(until=until)
    found = await parts.notifier.call(Channel, "POST", path, operator=operator, body=body)
    said = f"{found.name} is silent until {clock(until)}." if until else f"{found.name} is no longer silent."
    return renderer(request).back(form.next, said)


@router.post("/{channel_id}/delete")
async def delete_channel(
    request: Request, parts: With, operator: Operator, channel_id: UUID, form: Annotated[Returning, Form()]
) -> Response:
    """Delete a channel with its notices and deliveries, and remove it from all rules."""
    await parts.notifier.send("DELETE", f"{API}/{channel_id}", operator=operator)
    return renderer(request).back(form.next, "Deleted the channel.")


def _form(request: Request, channel: Channel | None, form: ChannelForm, error: str | None = None) -> Response:
    return renderer(request).page(
        request,
        "notifications/channel.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        channel=channel,
        form=form,
        error=error,
        kinds=tuple(AlertKind),
    )
