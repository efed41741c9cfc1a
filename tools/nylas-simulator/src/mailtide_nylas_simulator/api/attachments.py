"""The Attachments API (docs: Attachments)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailtide_nylas_simulator.lookup import live_grant, message_in
from mailtide_nylas_simulator.mail.model import Attachment
from mailtide_nylas_simulator.responses import bad_request, not_found, success


async def get_attachment(request: Request) -> Response:
    return success(request, _attachment(request).shape(live_grant(request).id))


async def download_attachment(request: Request) -> Response:
    return Response(_attachment(request).content(), media_type="application/octet-stream")


def routes() -> list[Route]:
    return [
        Route("/v3/grants/{grant}/attachments/{id:path}/download", download_attachment),
        Route("/v3/grants/{grant}/attachments/{id:path}", get_attachment),
    ]


def _attachment(request: Request) -> Attachment:
    mailbox = live_grant(request).mailbox
    message_id = request.query_params.get("message_id")
    if not message_id:
        raise bad_request("the query parameter message_id is required")
    wanted = request.path_params["id"]
    for part in message_in(mailbox, message_id).attachments:
        if part.id == wanted:
            return part
    raise not_found()
