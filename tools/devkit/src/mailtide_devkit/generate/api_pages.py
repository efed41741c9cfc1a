"""Generates `docs/generated/api-….md`: every route of a service, with an example call and answer."""

import json
from collections.abc import Callable
from textwrap import fill
from typing import Any

from .markdown import page, table

Schema = dict[str, Any]

ID = "0b5e7a52-6f6c-5c0e-9f61-5a4d1d6f3c11"
FORMATS = {
    "uuid": ID,
    "date-time": "2026-11-28T09:00:00Z",
    "uri": "https://hooks.example.com/mail",
    "time": "22:00:00",
}
NAMES = {
    "email": "ada@example.com",
    "user_id": "42",
    "grant_id": "9d1f3c5e-1f0a-4a52-8d61-0c1f4be6a7d2",
    "provider": "google",
    "name": "on-call",
    "url": "ntfy://mailtide-alerts",
    "signing_secret": "whsec_…",
    "disabled_reason": "disabled by an operator",
    "error": "Nylas answers 503",
}
"""Example texts by the name of the property, for texts whose format is not in `FORMATS`."""


def api_page(document: Callable[[], Schema], port: int) -> str:
    """Render the page of one service.

    Args:
        document: returns the service's OpenAPI document.
        port: the service's usual port, for the example calls.
    """
    api = document()
    tokens = "; ".join(f"`{name}`: a bearer token" for name in api["components"].get("securitySchemes", {}))
    opening = (
        f"Errors are RFC 9457 problem details. {tokens}.\nIn a browser: the console's `/docs`.\n"
        if tokens
        else "Errors are RFC 9457 problem details.\n"
    )
    routes = [
        _route(api, port, method, path, operation)
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    ]
    return page(api["info"]["title"] + ": routes", "\n".join([opening, *routes]))


def _route(api: Schema, port: int, method: str, path: str, operation: Schema) -> str:
    text = str(operation.get("description") or operation["summary"])
    wrapped = "\n".join(fill(line, 120, break_on_hyphens=False) for line in text.strip().splitlines())
    parts = [f"## {method.upper()} {path}\n", f"{wrapped}\n"]
    parameters = operation.get("parameters", [])
    if parameters:
        cells = [
            (f"`{each['name']}`", each["in"], _limits(each["schema"]), each.get("description", ""))
            for each in parameters
        ]
        parts.append(table(("Parameter", "In", "Value", "Meaning"), cells))
    parts.append(f"```sh\n{_call(api, port, method, path, operation)}\n```\n")
    for status, answer in operation["responses"].items():
        shown = _answer(api, answer)
        if status.startswith("2") and shown is not None:
            parts.append(f"{status}:\n\n```json\n{json.dumps(shown, indent=2, ensure_ascii=False)}\n```\n")
            break
    return "\n".join(parts)


def _call(api: Schema, port: int, method: str, path: str, operation: Schema) -> str:
    for parameter in operation.get("parameters", []):
        path = path.replace(f"{{{parameter['name']}}}", ID)
    words = ["curl"] if method == "get" else [f"curl -X {method.upper()}"]
    for scheme in operation.get("security") or []:
        words += [f'-H "Authorization: Bearer ${name}"' for name in scheme]
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        body = example(api, content["application/json"]["schema"])
        words.append(f"--json '{json.dumps(body, indent=2, ensure_ascii=False)}'")
    words.append(f"http://localhost:{port}{path}")
    return " \\\n  ".join([" ".join(words[:2]), *words[2:]])


def _answer(api: Schema, answer: Schema) -> Any:
    schema = answer.get("content", {}).get("application/json", {}).get("schema")
    return None if not schema else example(api, schema)


def _limits(schema: Schema) -> str:
    options = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    first = options[0]
    shown = str(first.get("format") or first.get("type", ""))
    if "minimum" in first or "maximum" in first:
        shown += f", {first.get('minimum', '')} to {first.get('maximum', '')}"
    return shown + (f", default {schema['default']}" if schema.get("default") is not None else "")


def example(api: Schema, schema: Schema, name: str = "") -> Any:
    """Return an example value for a JSON Schema. It may violate constraints such as patterns.

    Args:
        api: the OpenAPI document, in which references are looked up.
        schema: what the value must match.
        name: the name of the property, which selects an example of `NAMES`.
    """
    schema = _resolved(api, schema)
    given = schema.get("const", schema.get("default", next(iter(schema.get("enum", ())), None)))
    if given is not None:
        return given
    match schema.get("type"):
        case "object":
            return {key: example(api, value, key) for key, value in schema.get("properties", {}).items()}
        case "array":
            return [example(api, schema["items"], name)] if "items" in schema else []
        case "integer" | "number" | "boolean" | "null" as simple:
            return {"boolean": True, "null": None}.get(simple, schema.get("minimum", 1))
        case _:
            return FORMATS.get(schema.get("format", ""), NAMES.get(name, name or "text"))


def _resolved(api: Schema, schema: Schema) -> Schema:
    """Return the schema to which a reference leads. Of several alternatives, return the first."""
    if "$ref" in schema:
        return _resolved(api, api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return _resolved(api, schema[key][0])
    return schema
