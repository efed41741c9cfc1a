"""The Applications API (docs: Applications): the application of the API key, and its callback URIs."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailtide_nylas_simulator.lookup import world_of
from mailtide_nylas_simulator.mail.model import Json
from mailtide_nylas_simulator.responses import bad_request, json_body, success
from mailtide_nylas_simulator.world import World


async def get_application(request: Request) -> Response:
    return success(request, _shape(world_of(request)))


async def update_application(request: Request) -> Response:
    """Replace the callback URIs, if the request has them. Ignore other fields.

    400 if ``callback_uris`` is not a list of objects with a ``url``.
    """
    world, wanted = world_of(request), await json_body(request)
    uris = wanted.get("callback_uris")
    if uris is not None:
        if not isinstance(uris, list) or not all(isinstance(each, dict) and each.get("url") for each in uris):
            raise bad_request("callback_uris must be a list of objects with a url")
        world.callback_uris = [str(each["url"]) for each in uris]
    return success(request, _shape(world))


def routes() -> list[Route]:
    return [
        Route("/v3/applications", get_application),
        Route("/v3/applications", update_application, methods=["PATCH"]),
    ]


def _shape(world: World) -> Json:
    return {
        "application_id": world.client_id,
        "organization_id": f"organization-of-{world.client_id}",
        "region": "us",
        "environment": "sandbox",
        "branding": {"name": "Simulated application"},
        "callback_uris": [
            {"id": f"callback-{number}", "url": url, "platform": "web"}
            for number, url in enumerate(world.callback_uris)
        ],
    }
