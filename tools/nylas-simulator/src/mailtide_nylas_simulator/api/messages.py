"""The Messages API (docs: Messages)."""

import base64
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailtide_nylas_simulator.faults.unreadable import broken, respond
from mailtide_nylas_simulator.grant_book import Grant
from mailtide_nylas_simulator.lookup import changes_in, live_grant, message_in, world_of
from mailtide_nylas_simulator.mail.mailbox import Mailbox
from mailtide_nylas_simulator.mail.model import Json, Message
from mailtide_nylas_simulator.mail.render import headers_of, mime_of
from mailtide_nylas_simulator.responses import (
    bad_request,
    done,
    json_body,
    not_found,
    number_of,
    success,
    truth_of,
)

from .filters import filters_of
from .paging import ListingFaults, cursor_of, limit_of, place_of

_FIELDS = frozenset(
    {"standard", "include_headers", "include_basic_headers", "include_tracking_options", "raw_mime"}
)
_BASIC_HEADERS = frozenset({"message-id", "in-reply-to", "references"})
_DAY = 86400
_NEWEST = (2**53, 2**53)
"""The position before the first message of every listing: date and number of arrival."""


async def list_messages(request: Request) -> Response:
    """Return a page of the messages that match the query, newest first. Faults can alter the page."""
    grant = live_grant(request)
    query, faults = request.query_params, ListingFaults(request, grant.id)
    limit = faults.limit(limit_of(number_of(query.get("limit"), "limit"), 50, 200))
    page, cursor = faults.page(*_page(request, grant, limit), _NEWEST)
    if faults.strike("twice"):
        page = [message for message in page for _ in range(2)]
    if cursor and faults.strike("repeated_cursor"):
        cursor = query.get("page_token") or cursor
    shown = [_faulty(request, grant, message) for message in page]
    return respond(success(request, shown, next_cursor=cursor))


async def get_message(request: Request) -> Response:
    """Return a message. 404 if it does not exist.

    A message that is older than the IMAP cache is found only with ``query_imap``.
    """
    grant = live_grant(request)
    message = message_in(grant.mailbox, request.path_params["id"])
    oldest = _oldest(grant.mailbox)
    cached = oldest is None or message.date >= oldest
    if not cached and truth_of(request.query_params.get("query_imap")) is not True:
        raise not_found()
    return respond(success(request, _faulty(request, grant, message)))


async def update_message(request: Request) -> Response:
    """Change flags, folders or metadata of a message, and send message.updated.

    404 if it does not exist, 400 for an unknown folder or a value of a wrong type.
    """
    grant = live_grant(request)
    message = message_in(grant.mailbox, request.path_params["id"])
    wanted = await json_body(request)
    metadata = wanted.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise bad_request("`metadata` must be an object")
    changed = grant.mailbox.update(message.id, **changes_in(grant.mailbox, wanted), metadata=metadata)
    return success(request, changed.shape(grant.id))


async def delete_message(request: Request) -> Response:
    """Move a message to the trash and send message.updated.

    With ``hard_delete``, delete it permanently and send message.deleted. 404 if it does not exist.
    """
    mailbox = live_grant(request).mailbox
    message = message_in(mailbox, request.path_params["id"])
    if truth_of(request.query_params.get("hard_delete")) is True:
        mailbox.remove(message.id)
    else:
        mailbox.trash(message.id)
    return done(request)


def routes() -> list[Route]:
    one = "/v3/grants/{grant}/messages/{id:path}"
    return [
        Route("/v3/grants/{grant}/messages", list_messages),
        Route(one, get_message),
        Route(one, update_message, methods=["PUT"]),
        Route(one, delete_message, methods=["DELETE"]),
    ]


def _page(request: Request, grant: Grant, limit: int) -> tuple[list[Message], str | None]:
    """Return the messages of a page, and the cursor to the next page; None on the last one.

    Messages that are older than the IMAP cache (without ``query_imap``), or that Nylas' own first sync has
    not reached, are left out.
    """
    mailbox = grant.mailbox
    wanted = filters_of(request.query_params, mailbox)
    place = place_of(request.query_params.get("page_token"), int, int)
    after = (place[0], place[1]) if place else None
    oldest = None if wanted.query_imap else _oldest(mailbox)
    page: list[Message] = []
    unsynced = mailbox.unsynced()
    for message in mailbox.newest_first(after, wanted.before):
        if message.id in unsynced:
            continue
        if wanted.after is not None and message.date <= wanted.after:
            break
        if oldest is not None and message.date < oldest:
            break
        if wanted.match(message):
            if len(page) == limit:
                return page, cursor_of(*page[-1].place)
            page.append(message)
    return page, None


def _oldest(mailbox: Mailbox) -> int | None:
    """Return the Unix seconds at which Nylas' IMAP cache begins, or None if it holds all messages.

    See the docs, Using IMAP accounts and data.
    """
    return None if mailbox.cache_days is None else int(time.time()) - mailbox.cache_days * _DAY


def _faulty(request: Request, grant: Grant, message: Message) -> Any:
    """Return a message as `_shown` does, or broken if the fault ``broken_message`` strikes it."""
    shown, faults = _shown(request, grant, message), world_of(request).faults
    fault = faults.strike("broken_message", grant=grant.id, path=request.scope["path"], message=message.id)
    return shown if fault is None else broken(shown, str(fault.options.get("how", "nested")))


def _shown(request: Request, grant: Grant, message: Message) -> Json:
    """Return a message with the fields that the request asks for.

    With ``query_imap``, its folders are only those that ``in`` names, if it is in one of them. 400 for an
    unknown value of ``fields``.
    """
    fields = request.query_params.get("fields", "standard")
    if fields not in _FIELDS:
        raise bad_request(f"fields must be one of {', '.join(sorted(_FIELDS))}")
    if fields == "raw_mime":
        raw = base64.urlsafe_b64encode(mime_of(message)).decode()
        return {"grant_id": grant.id, "object": "message", "id": message.id, "raw_mime": raw}
    names = [name.strip() for name in request.query_params.get("select", "").split(",") if name.strip()]
    shown = message.selected(grant.id, names) if names else message.shape(grant.id)
    if truth_of(request.query_params.get("query_imap")) is True and "folders" in shown:
        asked = request.query_params.getlist("in")
        shown["folders"] = [folder for folder in message.folders if folder in asked] or shown["folders"]
    if fields in ("include_headers", "include_basic_headers") and (not names or "headers" in names):
        pairs = headers_of(message)
        if fields == "include_basic_headers":
            pairs = [pair for pair in pairs if pair[0].lower() in _BASIC_HEADERS]
        shown["headers"] = [{"name": name, "value": value} for name, value in pairs]
    if fields == "include_tracking_options" and (not names or "tracking_options" in names):
        shown["tracking_options"] = {"opens": False, "links": False, "thread_replies": False, "label": ""}
    return shown
