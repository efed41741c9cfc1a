"""Admin routes for mailboxes: list and create them, deliver mail, create folders, change messages."""

import dataclasses
import math
import time
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailtide_nylas_simulator.lookup import world_of
from mailtide_nylas_simulator.mail.compose import composed
from mailtide_nylas_simulator.mail.ids import PROVIDERS
from mailtide_nylas_simulator.mail.load import load_mailbox
from mailtide_nylas_simulator.mail.mailbox import Mailbox
from mailtide_nylas_simulator.mail.mbox import NoMboxError
from mailtide_nylas_simulator.mail.model import Json, Message
from mailtide_nylas_simulator.mail.seed import MailboxPlan, seeded
from mailtide_nylas_simulator.responses import (
    answer,
    bad_request,
    json_body,
    list_in,
    not_found,
    number_in,
    refuse_unknown,
)
from mailtide_nylas_simulator.world import World

_PLAN = {field.name for field in dataclasses.fields(MailboxPlan)}
_TEXTS = {"email", "provider", "name", "path"}
_ACTIONS = ("read", "unread", "star", "unstar", "move", "trash", "delete", "touch")


async def list_mailboxes(request: Request) -> Response:
    world = world_of(request)
    return answer({"mailboxes": [_shape(world, box) for box in world.mailboxes.values()]})


async def create_mailbox(request: Request) -> Response:
    """Create a mailbox from generated mail, or from the mbox file or Maildir at ``path``.

    A mailbox with the same address is replaced; its grant stays. ``seed`` defaults to the simulator's. Next
    to ``path``, only ``email``, ``provider`` and ``name`` are used. 400 without ``email``, for an unknown
    field or provider, a value of a wrong type, or if ``path`` is no mbox file or Maildir or cannot be loaded.
    """
    world, wanted = world_of(request), _plan_in(await json_body(request))
    if path := wanted.pop("path", None):
        try:
            box = load_mailbox(
                Path(path), wanted["email"], wanted.get("provider", "google"), wanted.get("name", "")
            )
        except NoMboxError as error:
            raise bad_request(str(error)) from None
        except FileNotFoundError:
            raise bad_request(f"{path} does not exist, or is a folder but not a Maildir") from None
        except OSError as error:
            raise bad_request(f"cannot load {path}: {error.strerror}") from None
    else:
        box = seeded(MailboxPlan(**{"seed": world.seed, **wanted}))
    return answer(_shape(world, world.adopt(box)))


async def deliver(request: Request) -> Response:
    """Deliver ``count`` generated messages, or a message for each object in ``messages``. Return the ids.

    Unless ``notify`` is false, this sends a notification for each, if the mailbox is connected. The README
    lists the other fields.
    """
    world, box, wanted = world_of(request), _mailbox(request), await json_body(request)
    author = world.author_of(box)
    size, attachments = number_in(wanted, "size", 1500), number_in(wanted, "attachments", 0.15)
    explicit = list_in(wanted, "messages", dict)
    sheets: list[Json] = [{}] * int(number_in(wanted, "count", 1)) if explicit is None else explicit
    omit = frozenset(list_in(wanted, "omit", str) or ())
    messages: list[Message] = []
    for sheet in sheets:
        base = author.write(int(time.time()), int(size), attachments)
        try:
            messages.append(composed(base, box, sheet, omit))
        except (ValueError, TypeError) as error:  # of an attachment's size or content
            raise bad_request(
                f"messages[{len(messages)}] has an attachment that cannot be used: {error}"
            ) from None
    for message in messages:
        box.add(message, announce=bool(wanted.get("notify", True)))
    return answer({"ids": [message.id for message in messages]})


async def create_folder(request: Request) -> Response:
    """Create a folder. If the mailbox is connected, this sends folder.created.

    400 without a name. In the IMAP family, the name becomes the id; 400 if it is taken.
    """
    box, name = _mailbox(request), (await json_body(request)).get("name")
    if not isinstance(name, str) or not name:
        raise bad_request("name must be a string that is not empty")
    folder = box.create_folder(name, world_of(request).draw)
    if folder is None:
        raise bad_request(f"there is a folder {name} already")
    return answer({"id": folder.id, "name": name})


async def mutate(request: Request) -> Response:
    """Apply ``action`` (default ``touch``) to the messages with the given ids, and return the ids.

    If the mailbox is connected, each change is notified. Without ``ids`` and ``id``, ``count`` random
    messages are changed. 400 for an unknown action or folder. 404 for an unknown id: messages before it stay
    changed.
    """
    world, box, wanted = world_of(request), _mailbox(request), await json_body(request)
    action, folder = wanted.get("action", "touch"), wanted.get("folder")
    if action not in _ACTIONS:
        raise bad_request(f"unknown action {action}; it must be one of {', '.join(_ACTIONS)}")
    if folder is not None and (not isinstance(folder, str) or folder not in box.folders):
        raise bad_request(f"there is no folder with the id {folder} in {box.email}")
    ids = [str(wanted["id"])] if "id" in wanted else list_in(wanted, "ids", str)
    if ids is None:
        count = int(number_in(wanted, "count", 1))
        ids = world.draw.sample(list(box.messages), min(count, len(box.messages)))
    for message_id in ids:
        if message_id not in box.messages:
            raise not_found(f"there is no message {message_id} in {box.email}")
        _change(box, message_id, action, folder)
    return answer({"ids": ids})


def routes() -> list[Route]:
    return [
        Route("/admin/mailboxes", list_mailboxes),
        Route("/admin/mailboxes", create_mailbox, methods=["POST"]),
        Route("/admin/mailboxes/{email}/deliver", deliver, methods=["POST"]),
        Route("/admin/mailboxes/{email}/folders", create_folder, methods=["POST"]),
        Route("/admin/mailboxes/{email}/mutate", mutate, methods=["POST"]),
    ]


def _plan_in(sent: Json) -> Json:
    """Return the fields of a mailbox to create. Null counts as absent.

    Raises:
        ApiError: 400 for an unknown field, a value that cannot be used, or without ``email``.
    """
    wanted = {name: value for name, value in sent.items() if value is not None}
    refuse_unknown(wanted, sorted(_PLAN | {"path"}))
    if not wanted.get("email"):
        raise bad_request("email is required")
    for name, value in wanted.items():
        if name in _TEXTS and not isinstance(value, str):
            raise bad_request(f"{name} must be a string")
        if name not in _TEXTS:
            number = number_in(wanted, name, 0, -math.inf if name == "seed" else 0)
            wanted[name] = number if name == "attachments" else int(number)
    if wanted.get("provider", "google") not in PROVIDERS:
        raise bad_request(f"provider must be one of {', '.join(PROVIDERS)}")
    return wanted


def _change(box: Mailbox, message_id: str, action: str, folder: str | None) -> None:
    match action:
        case "read" | "unread":
            box.update(message_id, unread=action == "unread")
        case "star" | "unstar":
            box.update(message_id, starred=action == "star")
        case "move":
            box.move(message_id, folder or box.folder_of(r"\Archive") or next(iter(box.folders)))
        case "trash":
            box.trash(message_id)
        case "delete":
            box.remove(message_id)
        case _:
            box.update(message_id)


def _mailbox(request: Request) -> Mailbox:
    email = request.path_params["email"]
    found = world_of(request).mailboxes.get(email)
    if found is None:
        raise not_found(f"there is no mailbox {email}; create it by POST /admin/mailboxes")
    return found


def _shape(world: World, box: Mailbox) -> Json:
    grant = world.grants.of_email(box.email)
    return {
        "email": box.email,
        "provider": box.provider,
        "name": box.name,
        "messages": len(box.messages),
        "deleted": len(box.deleted),
        "folders": len(box.folders),
        "grant_id": None if grant is None else grant.id,
    }
