"""The Threads API (docs: Threads). A thread is computed from its messages."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailtide_nylas_simulator.lookup import changes_in, live_grant
from mailtide_nylas_simulator.mail.mailbox import Mailbox
from mailtide_nylas_simulator.mail.model import Json, Message
from mailtide_nylas_simulator.responses import done, json_body, not_found, number_of, success

from .filters import filters_of
from .paging import cursor_of, limit_of, place_of, selected


async def list_threads(request: Request) -> Response:
    """Return a page of the threads in which at least one message matches the query.

    The thread with the newest message comes first. ``latest_message_after`` and ``latest_message_before``,
    which are exclusive, limit the date of that message. Otherwise messages of any date count:
    ``received_after``, ``received_before``, the IMAP cache and an unfinished first sync are ignored.
    """
    grant = live_grant(request)
    query, mailbox = request.query_params, grant.mailbox
    limit = limit_of(number_of(query.get("limit"), "limit"), 20, 50)
    wanted = filters_of(query, mailbox)
    latest_after = number_of(query.get("latest_message_after"), "latest_message_after")
    latest_before = number_of(query.get("latest_message_before"), "latest_message_before")
    place = place_of(query.get("page_token"), int, str)
    page: list[Json] = []
    last: tuple[int, str] | None = None
    for thread_id, members in _by_latest(mailbox):
        at = (members[-1].date, thread_id)
        if place is not None and at >= (place[0], place[1]):
            continue
        if latest_after is not None and at[0] <= latest_after:
            break
        if latest_before is not None and at[0] >= latest_before:
            continue
        if not any(wanted.match(member) for member in members):
            continue
        if len(page) == limit and last is not None:
            return success(request, page, next_cursor=cursor_of(*last))
        page.append(selected(shape(thread_id, members, grant.id, mailbox.email), query.get("select")))
        last = at
    return success(request, page, next_cursor=None)


async def get_thread(request: Request) -> Response:
    """Return a thread. 404 if there is no such thread."""
    grant = live_grant(request)
    thread_id = request.path_params["id"]
    shown = shape(thread_id, _members(grant.mailbox, thread_id), grant.id, grant.email)
    return success(request, selected(shown, request.query_params.get("select")))


async def update_thread(request: Request) -> Response:
    """Change flags or folders of every message of a thread, and send message.updated for each.

    400 for an unknown folder or a flag that is no boolean, 404 if there is no such thread.
    """
    grant = live_grant(request)
    thread_id = request.path_params["id"]
    changes = changes_in(grant.mailbox, await json_body(request))
    for member in _members(grant.mailbox, thread_id):
        grant.mailbox.update(member.id, **changes)
    return success(request, shape(thread_id, _members(grant.mailbox, thread_id), grant.id, grant.email))


async def delete_thread(request: Request) -> Response:
    """Move every message of a thread to the trash, and send message.updated for each.

    404 if there is no such thread.
    """
    mailbox = live_grant(request).mailbox
    for member in _members(mailbox, request.path_params["id"]):
        mailbox.trash(member.id)
    return done(request)


def routes() -> list[Route]:
    one = "/v3/grants/{grant}/threads/{id:path}"
    return [
        Route("/v3/grants/{grant}/threads", list_threads),
        Route(one, get_thread),
        Route(one, update_thread, methods=["PUT"]),
        Route(one, delete_thread, methods=["DELETE"]),
    ]


def shape(thread_id: str, members: list[Message], grant_id: str, own: str) -> Json:
    """Return a thread as the API shows it.

    Args:
        thread_id: Its id.
        members: Its messages, oldest first; at least one.
        grant_id: The id of the grant.
        own: The address of the mailbox; messages from it count as sent.
    """
    latest = members[-1]
    by_owner = [any(str(one.get("email")).lower() == own.lower() for one in m.senders) for m in members]
    sent = [m.date for m, is_sent in zip(members, by_owner, strict=True) if is_sent]
    received = [m.date for m, is_sent in zip(members, by_owner, strict=True) if not is_sent]
    shown: Json = {
        "object": "thread",
        "id": thread_id,
        "grant_id": grant_id,
        "latest_draft_or_message": latest.shape(grant_id),
        "has_attachments": any(m.attachments for m in members),
        "has_drafts": False,
        "starred": any(m.starred for m in members),
        "unread": any(m.unread for m in members),
        "earliest_message_date": members[0].date,
        "participants": _participants(members),
        "snippet": latest.snippet,
        "subject": members[0].subject,
        "message_ids": [m.id for m in members],
        "draft_ids": [],
        "folders": list(dict.fromkeys(folder for m in members for folder in m.folders)),
    }
    if received:
        shown["latest_message_received_date"] = max(received)
    if sent:
        shown["latest_message_sent_date"] = max(sent)
    return shown


def _participants(members: Iterable[Message]) -> list[Json]:
    people = (one for m in members for one in (*m.senders, *m.to, *m.cc))
    return list({str(one.get("email", "")).lower(): one for one in people}.values())


def _members(mailbox: Mailbox, thread_id: str) -> list[Message]:
    found = sorted(
        (mailbox.messages[each] for each in mailbox.threads.get(thread_id, {})), key=lambda m: m.place
    )
    if not found:
        raise not_found()
    return found


def _by_latest(mailbox: Mailbox) -> list[tuple[str, list[Message]]]:
    """Return the id and the messages, oldest first, of each thread.

    The thread with the newest message comes first.
    """
    found = [(thread_id, _members(mailbox, thread_id)) for thread_id in mailbox.threads]
    return sorted(found, key=lambda thread: (thread[1][-1].date, thread[0]), reverse=True)
