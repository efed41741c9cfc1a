"""Admin routes for faults, counters, deliveries, notifications, grants, destinations and the clock.

They require no key, so they must never be exposed.
"""

import asyncio
import base64
import hashlib
import math
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from mailtide_nylas_simulator.grant_book import Grant
from mailtide_nylas_simulator.lookup import world_of
from mailtide_nylas_simulator.mail.model import Json, Message
from mailtide_nylas_simulator.responses import (
    answer,
    bad_request,
    encode,
    json_body,
    list_in,
    not_found,
    number_in,
    number_of,
    refuse_unknown,
)
from mailtide_nylas_simulator.webhooks.notifications import Notification
from mailtide_nylas_simulator.webhooks.sender import SenderSettings

_LONGEST_WAIT = 300.0
_AT_ONCE = 200
_BODIES = ("full", "digest", "none")


async def show_application(request: Request) -> Response:
    """Return the client id, the API key and the seed."""
    world = world_of(request)
    return answer({"client_id": world.client_id, "api_key": world.api_key, "seed": world.seed})


async def list_faults(request: Request) -> Response:
    return answer({"faults": world_of(request).faults.shapes()})


async def add_fault(request: Request) -> Response:
    return answer(world_of(request).faults.add(await json_body(request)).shape())


async def clear_faults(request: Request) -> Response:
    """Switch off the fault that the path names, or all faults. Return how many were switched off."""
    fault_id: int | None = request.path_params.get("id")
    return answer({"cleared": world_of(request).faults.clear(fault_id)})


async def show_calls(request: Request) -> Response:
    return answer(world_of(request).calls.shape())


async def reset_calls(request: Request) -> Response:
    world_of(request).calls.reset()
    return answer({})


async def list_deliveries(request: Request) -> Response:
    """Return the deliveries from number ``after`` on, counted from 0, at most ``limit`` (default 100,000).

    The query can filter them by ``grant``, ``type`` and ``outcome``. ``total`` and ``pending`` count the
    deliveries in the whole log.
    """
    sender, query = world_of(request).sender, request.query_params
    start = number_of(query.get("after"), "after", 0, 0) or 0
    most = number_of(query.get("limit"), "limit", 100_000, 0) or 0
    found = [
        delivery.shape()
        for delivery in sender.log[start:]
        if query.get("grant") in (None, delivery.notification.grant_id)
        and query.get("type") in (None, delivery.type, delivery.notification.type)
        and query.get("outcome") in (None, delivery.outcome)
    ]
    return answer({"deliveries": found[:most], "total": len(sender.log), "pending": sender.pending})


async def wait_deliveries(request: Request) -> Response:
    """Wait until no delivery is pending, and return whether none is.

    The wait ends after ``timeout`` seconds (default 10, maximum 300).
    """
    sender = world_of(request).sender
    try:
        timeout = float(request.query_params.get("timeout", "10"))
    except ValueError:
        raise bad_request("the query parameter timeout must be a number of seconds") from None
    idle = await sender.wait_idle(min(timeout, _LONGEST_WAIT))
    return answer({"idle": idle, "pending": sender.pending})


async def reset_deliveries(request: Request) -> Response:
    """Empty the delivery log; numbers start at 0 again. 400 while a delivery is pending."""
    sender = world_of(request).sender
    if sender.pending:
        raise bad_request(
            f"pending deliveries: {sender.pending}; wait for them (POST /admin/deliveries/wait), then reset"
        )
    sender.log.clear()
    return answer({})


async def set_sender(request: Request) -> Response:
    """Change the retry delays, the timeout or the size limit of deliveries. Return all three.

    400 for an unknown field, or a value that is no number, 0 or more.
    """
    sender, wanted = world_of(request).sender, await json_body(request)
    known = sender.settings
    refuse_unknown(wanted, ("delays", "timeout", "most_bytes"))
    delays = wanted.get("delays", known.delays)
    if not isinstance(delays, list | tuple):
        raise bad_request("delays must be a list of seconds")
    sender.settings = SenderSettings(
        tuple(number_in({"each of delays": delay}, "each of delays", 0) for delay in delays),
        number_in(wanted, "timeout", known.timeout),
        known.concurrency,
        int(number_in(wanted, "most_bytes", known.most_bytes)),
    )
    shown = sender.settings
    return answer({"delays": shown.delays, "timeout": shown.timeout, "most_bytes": shown.most_bytes})


async def send_notification(request: Request) -> Response:
    """Send a notification with a given object or given bytes, and return its id.

    Only destinations that subscribe to its ``type`` (default ``message.created``) get it. 400 for a value of a
    wrong type.
    """
    world, wanted = world_of(request), await json_body(request)
    raw, grant_id = _raw(wanted), str(wanted.get("grant_id", ""))
    shown: Json = wanted.get("object") or {"grant_id": grant_id}
    if not isinstance(shown, dict):
        raise bad_request("the field `object` must be a JSON object")
    notice = Notification(
        str(wanted.get("id") or world.request_id()),
        str(wanted.get("type", "message.created")),
        str(wanted.get("source", "/google/emails/realtime")),
        int(number_in(wanted, "time", world.clock.now(), -math.inf)),
        world.client_id,
        grant_id,
        str(shown.get("id", "")),
        shown,
        bool(wanted.get("top_level_grant", False)),
        raw,
    )
    world.sender.publish(notice)
    return answer({"id": notice.id})


async def list_grants(request: Request) -> Response:
    return answer({"grants": [grant.shape() for grant in world_of(request).grants]})


async def connect_grant(request: Request) -> Response:
    """Connect a mailbox without OAuth (see `World.connect`).

    400 without ``email``, 404 if there is no such mailbox.
    """
    world, wanted = world_of(request), await json_body(request)
    email = str(wanted.get("email", ""))
    if not email:
        raise bad_request("the field `email` is missing: it names the mailbox to connect")
    if email not in world.mailboxes:
        raise not_found(f"there is no mailbox {email}; create it by POST /admin/mailboxes")
    return answer(world.connect(email, list_in(wanted, "scope", str)).shape())


async def change_grant(request: Request) -> Response:
    """Apply the action that the path names to a grant, and return the grant.

    404 for an unknown grant or action.
    """
    world, grant = world_of(request), _grant(request)
    acts = {
        "expire": world.expire,
        "reauth": world.reauthenticate,
        "touch": world.touch_grant,
        "revoke": world.delete_grant,
        "first-sync-ends": world.end_first_sync,
    }
    name = request.path_params["act"]
    act = acts.get(name)
    if act is None:
        raise not_found(f"unknown action {name}; it must be one of {', '.join(acts)}")
    act(grant)
    return answer(grant.shape())


async def show_truth(request: Request) -> Response:
    """Stream a grant with the folders, the messages and the ids of deleted messages of its mailbox.

    With ``bodies=digest``, messages have the SHA-256 of the body instead of the body. With ``none``, they
    have neither. 400 for any other value than these and ``full``.
    """
    grant = _grant(request)
    bodies = request.query_params.get("bodies", "full")
    if bodies not in _BODIES:
        raise bad_request(f"bodies must be one of {', '.join(_BODIES)}")
    return StreamingResponse(_truth(grant, bodies), media_type="application/json")


async def show_clock(request: Request) -> Response:
    """Return the simulator's clock.

    A POST first advances the clock by ``advance`` seconds, and updates the status of every destination.
    """
    world = world_of(request)
    if request.method == "POST":
        world.clock.offset += number_in(await json_body(request), "advance", 0, -math.inf)
        world.destinations.judge_all()
    return answer({"now": world.clock.now(), "offset": world.clock.offset})


async def list_webhooks(request: Request) -> Response:
    """Return all destinations with their secrets."""
    return answer({"webhooks": [each.shape(secret=True) for each in world_of(request).destinations]})


async def set_webhook_status(request: Request) -> Response:
    """Set the status of a destination to any value, without a challenge.

    ``failing`` may end with the next attempt or advance of the clock (see `Destination.judge`). 404 if there is
    no such destination.
    """
    world = world_of(request)
    destination_id = request.path_params["id"]
    destination = world.destinations.get(destination_id)
    if destination is None:
        raise not_found(f"there is no webhook destination {destination_id}")
    destination.set_status(str((await json_body(request)).get("status", "active")), world.clock.now())
    return answer(destination.shape())


def routes() -> list[Route]:
    return [
        Route("/admin/application", show_application),
        Route("/admin/faults", list_faults),
        Route("/admin/faults", add_fault, methods=["POST"]),
        Route("/admin/faults", clear_faults, methods=["DELETE"]),
        Route("/admin/faults/{id:int}", clear_faults, methods=["DELETE"]),
        Route("/admin/calls", show_calls),
        Route("/admin/calls/reset", reset_calls, methods=["POST"]),
        Route("/admin/deliveries", list_deliveries),
        Route("/admin/deliveries/wait", wait_deliveries, methods=["POST"]),
        Route("/admin/deliveries/reset", reset_deliveries, methods=["POST"]),
        Route("/admin/sender", set_sender, methods=["POST"]),
        Route("/admin/notifications", send_notification, methods=["POST"]),
        Route("/admin/grants", list_grants),
        Route("/admin/grants", connect_grant, methods=["POST"]),
        Route("/admin/grants/{grant}/truth", show_truth),
        Route("/admin/grants/{grant}/{act}", change_grant, methods=["POST"]),
        Route("/admin/clock", show_clock, methods=["GET", "POST"]),
        Route("/admin/webhooks", list_webhooks),
        Route("/admin/webhooks/{id}/status", set_webhook_status, methods=["POST"]),
    ]


def _raw(wanted: Json) -> bytes | None:
    if wanted.get("raw_base64") is None:
        return None
    try:
        return base64.b64decode(wanted["raw_base64"], validate=True)
    except (ValueError, TypeError):
        raise bad_request("raw_base64 must be a string in Base64") from None


def _grant(request: Request) -> Grant:
    return world_of(request).grants.find(request.path_params["grant"])


async def _truth(grant: Grant, bodies: str) -> AsyncIterator[bytes]:
    """Yield the JSON of a mailbox in pieces, so that a large one does not block the simulator."""
    box = grant.mailbox
    counts = box.counts()
    folders = [folder.shape(grant.id, *counts[folder.id]) for folder in box.folders.values()]
    head = encode({"grant": grant.shape(), "deleted": box.deleted, "folders": folders})
    yield head[:-1] + b',"messages":['
    messages = list(box.newest_first())
    for start in range(0, len(messages), _AT_ONCE):
        piece = b",".join(
            encode(_true(message, grant.id, bodies)) for message in messages[start : start + _AT_ONCE]
        )
        yield (b"," if start else b"") + piece
        await asyncio.sleep(0)
    yield b"]}"


def _true(message: Message, grant_id: str, bodies: str) -> Json:
    shown = message.shape(grant_id)
    if bodies == "full":
        return shown
    body = shown.pop("body", None)
    if bodies == "digest" and isinstance(body, str):
        shown["body_sha256"] = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
    return shown
