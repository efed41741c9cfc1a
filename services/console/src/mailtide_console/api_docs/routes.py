"""Swagger UI, and the OpenAPI documents that it shows. The console requests them with its ADMIN_TOKEN."""

from enum import StrEnum
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from mailtide_console.layout.parts import Operator, Parts, With
from mailtide_console.layout.render import renderer
from mailtide_console.scheduler_api.client import Api
from mailtide_console.session.guard import POLICY

router = APIRouter()

SWAGGER_POLICY: Final = POLICY.replace("img-src 'self'", "img-src 'self' data:")
"""A Content-Security-Policy that allows data URLs, because Swagger UI 5.32.6 has its icons in these."""


class Service(StrEnum):
    """A service with an API that requires ADMIN_TOKEN."""

    SCHEDULER = "scheduler"
    NOTIFIER = "notifier"

    def of(self, parts: Parts) -> Api:
        return parts.scheduler if self is Service.SCHEDULER else parts.notifier


@router.get("/docs")
async def index() -> Response:
    """Redirect to the documentation of the scheduler's API."""
    return RedirectResponse(f"/docs/{Service.SCHEDULER}", HTTPStatus.SEE_OTHER)


@router.get("/docs/{service}")
async def page(request: Request, service: Service) -> Response:
    """Show an API in Swagger UI."""
    response = renderer(request).page(request, "api_docs/docs.html", service=service, services=Service)
    response.headers["Content-Security-Policy"] = SWAGGER_POLICY
    return response


@router.get("/docs/{service}/openapi.json")
async def document(service: Service, parts: With, operator: Operator) -> Response:
    """Return a service's OpenAPI document, as the service serves it."""
    content = await service.of(parts).send("GET", "/api/openapi.json", operator=operator)
    return Response(content, media_type="application/json")
