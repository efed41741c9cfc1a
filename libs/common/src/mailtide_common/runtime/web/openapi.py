"""What the OpenAPI documents of the services share: problem details, and the routes that every service has."""

from collections.abc import Mapping
from typing import Any

from . import problems

Json = dict[str, Any]

PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}

PROBLEM_RESPONSE: Json = {
    "description": "An error.",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}

ERRORS: dict[int | str, Json] = {"default": PROBLEM_RESPONSE}
"""For FastAPI's `responses`. A default keeps FastAPI 0.165 from adding its own 422, whose body is another one."""


def _probe(summary: str, content: Json) -> Json:
    responses = {"200": {"description": "Yes.", "content": content}}
    if "application/json" in content:
        responses["503"] = {"description": "No.", "content": content}
    return {"get": {"tags": ["process"], "summary": summary, "responses": responses}}


_OBJECT: Json = {"application/json": {"schema": {"type": "object"}}}

PROBES: Json = {
    "/healthz": _probe("Whether the process makes progress", _OBJECT),
    "/readyz": _probe("Whether the service is ready", _OBJECT),
    "/metrics": _probe("Metrics for Prometheus", {"text/plain": {"schema": {"type": "string"}}}),
}


def completed(document: Json, paths: Mapping[str, Json] | None = None) -> Json:
    """A document that FastAPI generated, with what it cannot know.

    Args:
        document: of `FastAPI.openapi()`.
        paths: of routes that are not FastAPI's.
    """
    components = document.get("components", {})
    schemas = components.get("schemas", {}) | {"Problem": PROBLEM}
    return document | {
        "paths": {**(paths or {}), **document["paths"], **PROBES},
        "components": components | {"schemas": schemas},
    }
