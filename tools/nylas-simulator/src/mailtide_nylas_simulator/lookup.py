"""Looks up the `World`, the grant or the message that a request refers to."""

from starlette.requests import Request

from .grant_book import Grant
from .mail.mailbox import Mailbox
from .mail.model import Message
from .responses import ApiError, not_found
from .world import World


def world_of(request: Request) -> World:
    world: World = request.app.state.world
    return world


def any_grant(request: Request) -> Grant:
    """Return the grant that the path names, valid or not.

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
