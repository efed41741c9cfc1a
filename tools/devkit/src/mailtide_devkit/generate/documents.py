"""Generates JSON documents: OpenAPI of services, AsyncAPI of the topics, schemas of the CLI's output."""

import json
from collections.abc import Callable
from typing import Any

from pydantic import SecretStr

import mailtide_ingress.openapi
import mailtide_notifier.api.routes
import mailtide_scheduler.api.routes
from mailtide import outputs
from mailtide_common.contracts import asyncapi_document
from mailtide_common.runtime.web.server import Switch
from mailtide_ingress.app import create_app
from mailtide_ingress.settings import IngressSettings

UNUSED = SecretStr("unused-by-documents")


def ingress() -> dict[str, Any]:
    """Return the OpenAPI document of the ingress, whose application is composed but not started."""
    settings = IngressSettings(
        kafka_bootstrap_servers="kafka:9092",
        nylas_api_key=UNUSED,
        nylas_client_id="unused",
        secret_key=UNUSED,
    )
    return mailtide_ingress.openapi.document(create_app(settings, Switch()).app)


def scheduler() -> dict[str, Any]:
    routes = mailtide_scheduler.api.routes
    return routes.openapi(routes.create_api(UNUSED, UNUSED))


def notifier() -> dict[str, Any]:
    routes = mailtide_notifier.api.routes
    return routes.openapi(routes.create_api(UNUSED))


DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "openapi-ingress.json": ingress,
    "openapi-scheduler.json": scheduler,
    "openapi-notifier.json": notifier,
    "asyncapi.json": asyncapi_document.document,
    "mailtide-json.json": outputs.schemas,
}


def rendered(document: Callable[[], dict[str, Any]]) -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
