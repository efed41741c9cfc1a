"""The Webhooks API (docs: Webhooks): destinations, their challenge and their secrets."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailtide_nylas_simulator.lookup import world_of
from mailtide_nylas_simulator.mail.model import Json
from mailtide_nylas_simulator.responses import ApiError, bad_request, json_body, list_in, not_found, success
from mailtide_nylas_simulator.webhooks.destinations import Destination
from mailtide_nylas_simulator.world import World

_SETTABLE = ("active", "pause", "inactive")


async def create_webhook(request: Request) -> Response:
    """Challenge a URL, create a destination for it, and return the destination with its secret.

    400 if the challenge fails, the URL is in use, the URL or the triggers are missing, or a value is of a wrong
    type.
    """
    world, wanted = world_of(request), await json_body(request)
    triggers = _checked(world, wanted)
    url = wanted.get("webhook_url")
    if url is None or not triggers:
        raise bad_request("webhook_url and trigger_types are required")
    await _challenge(request, url)
    made = world.destinations.add(url, triggers)
    _apply(made, wanted)
    return success(request, made.shape(secret=True))


async def list_webhooks(request: Request) -> Response:
    """Return all destinations, without secrets and without paging."""
    return success(request, [each.shape() for each in world_of(request).destinations])


async def get_webhook(request: Request) -> Response:
    """Return a destination without its secret. 404 if it does not exist."""
    return success(request, _destination(request).shape())


async def update_webhook(request: Request) -> Response:
    """Change a destination. First challenge its URL, if the URL is new or the request sets ``active``.

    The status ``active`` also clears the record of failures. 400 if the challenge fails, the URL is another
    destination's, a value is of a wrong type, or for a status that clients cannot set. 404 if the destination
    does not exist.
    """
    world, wanted = world_of(request), await json_body(request)
    destination = _destination(request)
    _checked(world, wanted, destination)
    status = wanted.get("status")
    if status is not None and status not in _SETTABLE:
        raise bad_request(f"status must be one of {', '.join(_SETTABLE)}")
    url = wanted.get("webhook_url") or destination.webhook_url
    if status == "active" or url != destination.webhook_url:
        await _challenge(request, url)
    destination.webhook_url = url
    _apply(destination, wanted)
    destination.updated_at = int(world.clock.now())
    if status is not None:
        destination.set_status(status, world.clock.now())
    return success(request, destination.shape())


async def delete_webhook(request: Request) -> Response:
    world_of(request).destinations.remove(_destination(request).id)
    return success(request, {"status": "success"})


async def rotate_secret(request: Request) -> Response:
    """Replace the secret of a destination, and return the destination with the new one."""
    destination = _destination(request)
    world_of(request).destinations.rotate(destination)
    return success(request, destination.shape(secret=True))


def routes() -> list[Route]:
    """Return the routes. Rotation has two, because the SDKs for Python and Node call different routes."""
    return [
        Route("/v3/webhooks", list_webhooks),
        Route("/v3/webhooks", create_webhook, methods=["POST"]),
        Route("/v3/webhooks/rotate-secret/{id}", rotate_secret, methods=["POST"]),
        Route("/v3/webhooks/{id}/rotate-secret", rotate_secret, methods=["PUT"]),
        Route("/v3/webhooks/{id}", get_webhook),
        Route("/v3/webhooks/{id}", update_webhook, methods=["PUT"]),
        Route("/v3/webhooks/{id}", delete_webhook, methods=["DELETE"]),
    ]


def _checked(world: World, wanted: Json, own: Destination | None = None) -> list[str] | None:
    """Check the fields of a destination in a request. Return the triggers, or None if absent or null.

    Raises:
        ApiError: 400 for a value of a wrong type, or the URL of a destination other than `own`.
    """
    url = wanted.get("webhook_url")
    if url is not None and not isinstance(url, str):
        raise bad_request("webhook_url must be a string")
    for known in world.destinations:
        if known.webhook_url == url and known is not own:
            raise bad_request(f"webhook_url is already in use by the destination {known.id}")
    compressed = wanted.get("compressed_delivery")
    if compressed is not None and not isinstance(compressed, bool):
        raise bad_request("compressed_delivery must be true or false")
    list_in(wanted, "notification_email_addresses", str)
    return list_in(wanted, "trigger_types", str)


async def _challenge(request: Request, url: str) -> None:
    world = world_of(request)
    problem = await world.sender.challenge(url, world.request_id())
    if problem is not None:
        raise ApiError(400, "70005", f"unable.verify.webhook_url : {problem}")


def _apply(destination: Destination, wanted: Json) -> None:
    destination.trigger_types = wanted.get("trigger_types") or destination.trigger_types
    destination.description = str(wanted.get("description", destination.description) or "")
    emails = wanted.get("notification_email_addresses", destination.notification_email_addresses)
    destination.notification_email_addresses = list(emails or [])
    destination.compressed_delivery = bool(wanted.get("compressed_delivery", destination.compressed_delivery))


def _destination(request: Request) -> Destination:
    destination_id = request.path_params["id"]
    found = world_of(request).destinations.get(destination_id)
    if found is None:
        raise not_found(f"there is no webhook destination {destination_id}")
    return found
