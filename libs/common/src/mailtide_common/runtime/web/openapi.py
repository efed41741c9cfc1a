"""Common parts of the services' OpenAPI documents: problem details, probes and metrics."""

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
"""Value for FastAPI's `responses`. Without a default, FastAPI 0.165 adds its own 422 with another body."""


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
    """Return FastAPI's document with the schema of problem details, the probes, and further paths.

    Args:
        document: the result of `FastAPI.openapi()`.
        paths: path items of routes that FastAPI does not describe, by path.
    """
    components = document.get("components", {})
    schemas = components.get("schemas", {}) | {"Problem": PROBLEM}
    return document | {
        "paths": {**(paths or {}), **document["paths"], **PROBES},
        "components": components | {"schemas": schemas},
    }
