"""The Folders API (docs: Folders): a flat listing, by default 50 per page, with attributes as an array."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailtide_nylas_simulator.grant_book import Grant
from mailtide_nylas_simulator.lookup import live_grant, world_of
from mailtide_nylas_simulator.mail.model import Folder, Json
from mailtide_nylas_simulator.responses import bad_request, done, json_body, not_found, number_of, success

from .paging import ListingFaults, cursor_of, limit_of, place_of, selected


async def list_folders(request: Request) -> Response:
    grant = live_grant(request)
    query = request.query_params
    faults = ListingFaults(request, grant.id)
    limit = faults.limit(limit_of(number_of(query.get("limit"), "limit"), 50, 200))
    place = place_of(query.get("page_token"), int)
    start = place[0] if place else 0
    parent = query.get("parent_id")
    every = [f for f in grant.mailbox.folders.values() if parent is None or f.parent_id == parent]
    counts = grant.mailbox.counts()
    page = [folder.shape(grant.id, *counts[folder.id]) for folder in every[start : start + limit]]
    cursor = cursor_of(start + limit) if start + limit < len(every) else None
    page, cursor = faults.page(page, cursor, (0,))
    if faults.strike("null_folders"):
        page = [shown | {"name": None, "attributes": None} for shown in page]
    return success(request, [selected(shown, query.get("select")) for shown in page], next_cursor=cursor)


async def get_folder(request: Request) -> Response:
    grant = live_grant(request)
    return success(request, _shown(grant, _folder(grant, request.path_params["id"])))


async def create_folder(request: Request) -> Response:
    """Create a folder, and send folder.created.

    400 without a name. In the IMAP family, the name becomes the id; 400 if it is taken.
    """
    grant = live_grant(request)
    wanted = await json_body(request)
    name = _name(wanted.get("name"))
    folder = grant.mailbox.create_folder(name, world_of(request).draw, wanted.get("parent_id"))
    if folder is None:
        raise bad_request(f"there is a folder {name} already")
    return success(request, _shown(grant, folder))


async def update_folder(request: Request) -> Response:
    """Rename a folder or change its parent, and send folder.updated.

    404 if the folder does not exist, 400 if the name is empty or no string.
    """
    grant = live_grant(request)
    folder = _folder(grant, request.path_params["id"])
    wanted = await json_body(request)
    folder.name = _name(wanted.get("name", folder.name))
    folder.parent_id = wanted.get("parent_id", folder.parent_id)
    grant.mailbox.add_folder(folder)
    return success(request, _shown(grant, folder))


async def delete_folder(request: Request) -> Response:
    """Delete a folder, and the messages that are in no other folder. Send a notification of each change.

    404 if the folder does not exist, 400 if it is a system folder.
    """
    grant = live_grant(request)
    folder = _folder(grant, request.path_params["id"])
    if folder.system:
        raise bad_request("a system folder cannot be deleted")
    grant.mailbox.remove_folder(folder.id)
    return done(request)


def routes() -> list[Route]:
    one = "/v3/grants/{grant}/folders/{id:path}"
    return [
        Route("/v3/grants/{grant}/folders", list_folders),
        Route("/v3/grants/{grant}/folders", create_folder, methods=["POST"]),
        Route(one, get_folder),
        Route(one, update_folder, methods=["PUT"]),
        Route(one, delete_folder, methods=["DELETE"]),
    ]


def _name(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise bad_request("name must be a string that is not empty")
    return value


def _folder(grant: Grant, folder_id: str) -> Folder:
    found = grant.mailbox.folders.get(folder_id)
    if found is None:
        raise not_found()
    return found


def _shown(grant: Grant, folder: Folder) -> Json:
    return folder.shape(grant.id, *grant.mailbox.counts()[folder.id])
