"""Looks up the `World`, the grant or the message that a request refers to."""

from starlette.requests import Request

from .grant_book import Grant
from .mail.mailbox import Mailbox
from .mail.model import Json, Message
from .responses import ApiError, bad_request, not_found
from .world import World


def world_of(request: Request) -> World:
    world: World = request.app.state.world
    return world


def any_grant(request: Request) -> Grant:
    """Return the grant that the path names, valid or not. The access token may be another grant's.

    Raises:
        ApiError: 404 if there is no such grant.
    """
    own: str | None = request.scope.get("nylas_own_grant")
    return world_of(request).grants.find(request.path_params["grant"], own)


def live_grant(request: Request) -> Grant:
    """Return the grant that the path names, if the call may read its mailbox.

    Raises:
        ApiError: 404 if there is no such grant; 401 if it is invalid or the access token is another grant's.
    """
    grant = any_grant(request)
    own: str | None = request.scope.get("nylas_own_grant")
    if own is not None and own != grant.id:
        raise ApiError(401, "unauthorized", "the access token belongs to another grant")
    if grant.status != "valid":
        raise ApiError(
            401,
            "grant.refresh_token_invalid",
            "The grant is no longer valid, the user has to authenticate again",
            {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
        )
    return grant


def message_in(mailbox: Mailbox, message_id: str) -> Message:
    """Return a message of a mailbox.

    Raises:
        ApiError: 404 if the mailbox has no such message.
    """
    found = mailbox.messages.get(message_id)
    if found is None:
        raise not_found()
    return found


def changes_in(mailbox: Mailbox, wanted: Json) -> Json:
    """Return ``unread``, ``starred`` and ``folders`` of a request; None for each that is absent or null.

    Raises:
        ApiError: 400 if a flag is not true or false, or for folders that `folders_in` refuses.
    """
    flags = {name: wanted.get(name) for name in ("unread", "starred")}
    for name, value in flags.items():
        if value is not None and not isinstance(value, bool):
            raise bad_request(f"`{name}` must be true or false")
    return {**flags, "folders": folders_in(mailbox, wanted)}


def folders_in(mailbox: Mailbox, wanted: Json) -> list[str] | None:
    """Return the folder ids in the field ``folders`` of a request, or None if it is absent or null.

    Raises:
        ApiError: 400 if it is not a list of ids of the mailbox's folders.
    """
    folders: list[str] | None = wanted.get("folders")
    if folders is None:
        return None
    if not isinstance(folders, list) or not all(isinstance(folder, str) for folder in folders):
        raise bad_request("`folders` must be a list of folder ids")
    for folder in folders:
        if folder not in mailbox.folders:
            raise bad_request(f"`folders` names a folder that does not exist: {folder}")
    return folders
