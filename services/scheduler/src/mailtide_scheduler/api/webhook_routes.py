"""The API of the webhook destination."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from mailtide_scheduler.database import connected
from mailtide_scheduler.runs.report import iso
from mailtide_scheduler.webhooks.reconciler import ReconcilerState
from mailtide_scheduler.webhooks.store import list_destinations

from .dependencies import Api


def router(api: Api) -> APIRouter:
    """All routes below `/api/webhooks`."""
    routes = APIRouter(prefix="/api/webhooks")

    @routes.get("")
    async def webhooks() -> Response:
        return JSONResponse(await _status(api))

    @routes.post("/ensure")
    async def ensure() -> Response:
        _refuse_unmanaged(api)
        _refuse_failed(await api.reconciler.ensure())
        return JSONResponse(await _status(api))

    @routes.post("/rotate")
    async def rotate() -> Response:
        _refuse_unmanaged(api)
        _refuse_failed(await api.reconciler.rotate())
        return JSONResponse(await _status(api))

    return routes


def _refuse_unmanaged(api: Api) -> None:
    if not api.reconciler.managed:
        raise HTTPException(HTTPStatus.CONFLICT, "MAILTIDE_MANAGE_WEBHOOKS is false")


def _refuse_failed(state: ReconcilerState) -> None:
    if state.error is not None:
        raise HTTPException(HTTPStatus.BAD_GATEWAY, state.error)


async def _status(api: Api) -> dict[str, Any]:
    async with connected(api.pool) as connection:
        destinations = await list_destinations(connection)
    return {
        "url": api.webhook_url,
        "managed": api.reconciler.managed,
        "destination_id": api.reconciler.state.destination_id,
        "error": api.reconciler.state.error,
        "failures": api.reconciler.state.failures,
        "destinations": [
            {
                "id": destination.id,
                "url": destination.url,
                "description": destination.description,
                "trigger_types": list(destination.trigger_types),
                "status": destination.status,
                "has_secret": destination.secret_ciphertext is not None,
                "created_at": iso(destination.created_at),
                "updated_at": iso(destination.updated_at),
            }
            for destination in destinations
        ],
    }
