"""The OpenAPI document of the ingress. It is not served, because the ingress is public."""

from fastapi import FastAPI

from mailtide_common.runtime.web.openapi import PROBLEM_RESPONSE, Json, completed
from mailtide_nylas.webhooks.signature import HEADER

from .webhooks.routes import PATH

_WEBHOOK: Json = {
    "get": {
        "tags": ["webhooks"],
        "summary": "Answer Nylas' challenge",
        "parameters": [{"name": "challenge", "in": "query", "required": True, "schema": {"type": "string"}}],
        "responses": {
            "200": {
                "description": "The challenge, byte for byte.",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            },
            "default": PROBLEM_RESPONSE,
        },
    },
    "post": {
        "tags": ["webhooks"],
        "summary": "Receive a delivery from Nylas",
        "description": "401: the signature is missing, repeated, or matches no known secret. 408: the body "
        "was not received within 8 s. 413: the body has more than 2 MiB as received, or more than 16 MiB "
        "inflated. 503, with `Retry-After`: Kafka did not acknowledge the delivery, no secret is known yet, "
        "the latest secrets have not been read yet, a new secret is being issued, too many deliveries are "
        "being received, or an unexpected error occurred.",
        "parameters": [
            {
                "name": HEADER,
                "in": "header",
                "required": True,
                "description": "Hexadecimal HMAC-SHA256 of the bytes sent.",
                "schema": {"type": "string"},
            },
            {
                "name": "content-encoding",
                "in": "header",
                "schema": {"type": "string", "enum": ["gzip"]},
            },
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {
            "200": {
                "description": "Kafka has acknowledged the delivery. A delivery with a valid signature is "
                "stored even if it is unreadable.",
                "content": {
                    "application/json": {
                        "schema": {"type": "object", "properties": {"success": {"const": True}}}
                    }
                },
            },
            "default": PROBLEM_RESPONSE,
        },
    },
}


def document(app: FastAPI) -> Json:
    """Return an app's OpenAPI document with the webhook route, which FastAPI does not describe."""
    return completed(app.openapi(), {PATH: _WEBHOOK})
