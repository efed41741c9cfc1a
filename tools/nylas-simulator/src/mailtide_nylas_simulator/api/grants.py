"""The Grants API (docs: Grants) and custom authentication."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailtide_nylas_simulator.lookup import any_grant, world_of
from mailtide_nylas_simulator.mail.model import Json
from mailtide_nylas_simulator.responses import (
    ApiError,
    bad_request,
    done,
    json_body,
    list_in,
    number_of,
    success,
)

from .paging import limit_of


async def list_grants(request: Request) -> Response:
    """Return a page of grants, filtered and sorted by the query. Paging is by offset, without a cursor."""
    query = request.query_params
    limit = limit_of(number_of(query.get("limit"), "limit"), 10, 200)
    offset = number_of(query.get("offset"), "offset", 0, 0) or 0
    since, before = number_of(query.get("since"), "since"), number_of(query.get("before"), "before")
    found = [
        grant
        for grant in world_of(request).grants
        if query.get("email") in (None, grant.email)
        and query.get("grant_status") in (None, grant.status)
        and query.get("provider") in (None, grant.provider)
        and (since is None or grant.created_at >= since)
        and (before is None or grant.created_at <= before)
    ]
    by_update = query.get("sort_by") == "updated_at"
    found.sort(
        key=lambda grant: grant.updated_at if by_update else grant.created_at,
        reverse=query.get("order_by") != "asc",
    )
    page = [grant.shape() for grant in found[offset : offset + limit]]
    return success(request, page, limit=limit, offset=offset)


async def get_grant(request: Request) -> Response:
    """Return a grant, valid or not. 404 if it does not exist."""
    return success(request, any_grant(request).shape())


async def update_grant(request: Request) -> Response:
    """Change settings or scope of a grant, and send grant.updated. Passwords are not stored."""
    grant = any_grant(request)
    wanted = await json_body(request)
    settings, scope = _settings_in(wanted), list_in(wanted, "scope", str)
    grant.settings = {**grant.settings, **settings}
    grant.scope = grant.scope if scope is None else scope
    world_of(request).touch_grant(grant)
    return success(request, grant.shape())


async def delete_grant(request: Request) -> Response:
    """Delete a grant permanently, and send grant.deleted. A new connection gets another grant id."""
    world_of(request).delete_grant(any_grant(request))
    return done(request)


async def custom_grant(request: Request) -> Response:
    """Connect the mailbox that ``settings`` names, or the one of `next_mailbox`. Passwords are not stored.

    If the mailbox is connected, re-authenticate its grant. 400 if there is no such mailbox.
    """
    world = world_of(request)
    wanted = await json_body(request)
    settings, scope = _settings_in(wanted), list_in(wanted, "scope", str)
    email = settings.get("email") or settings.get("imap_username")
    if email is None:
        email = next_mailbox(request, str(wanted.get("provider", "")))
    if email not in world.mailboxes:
        said = f"there is no mailbox {email}; create it by POST /admin/mailboxes"
        raise ApiError(400, "api.invalid_request_payload", said)
    grant = world.connect(email, scope)
    grant.settings = settings
    grant.state = wanted.get("state")
    return success(request, grant.shape(), 201)


def next_mailbox(request: Request, providers: str) -> str:
    """Return the address of the first mailbox of these providers that is not connected.

    If all these mailboxes are connected, return the address of the first one.

    Args:
        request: Gives access to the mailboxes.
        providers: Comma-separated; empty means all.

    Raises:
        ApiError: 400 if no mailbox has one of these providers.
    """
    world = world_of(request)
    wanted = {part.strip() for part in providers.split(",") if part.strip()}
    candidates = [box.email for box in world.mailboxes.values() if not wanted or box.provider in wanted]
    if not candidates:
        raise bad_request(
            f"there is no mailbox of {f'provider {providers}' if wanted else 'any provider'}; "
            "create one by POST /admin/mailboxes"
        )
    free = [email for email in candidates if world.grants.of_email(email) is None]
    return (free or candidates)[0]


def _settings_in(wanted: Json) -> Json:
    """Return the settings of a grant in a request, without passwords. 400 if they are not an object."""
    settings = wanted.get("settings") or {}
    if not isinstance(settings, dict):
        raise bad_request("settings must be an object")
    return {name: value for name, value in settings.items() if "password" not in name}


def routes() -> list[Route]:
    return [
        Route("/v3/grants", list_grants),
        Route("/v3/connect/custom", custom_grant, methods=["POST"]),
        Route("/v3/grants/{grant}", get_grant),
        Route("/v3/grants/{grant}", update_grant, methods=["PATCH"]),
        Route("/v3/grants/{grant}", delete_grant, methods=["DELETE"]),
    ]
