"""Builds responses in the forms that Nylas sends, and parses requests."""

import json
import math
from collections.abc import Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from .mail.model import Json


class ApiError(Exception):
    """An error response of the API.

    Args:
        status: The HTTP status.
        kind: ``error.type``.
        message: ``error.message``.
        provider_error: The error of the provider, if it caused this one.
        headers: Further headers, such as ``Retry-After``.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        provider_error: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.provider_error = provider_error
        self.headers = headers or {}

    def body(self, request_id: str) -> Json:
        """Return the body of the response (docs: Nylas errors and HTTP status codes)."""
        error: Json = {"type": self.kind, "message": self.message}
        if self.provider_error is not None:
            error["provider_error"] = self.provider_error
        return {"request_id": request_id, "error": error}


class OAuthError(Exception):
    """An error response of the token route, with a flat body and status 400."""

    def __init__(self, error: str, code: int, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.code = code
        self.description = description

    def body(self, request_id: str) -> Json:
        """Return the body of the response (docs: Hosted OAuth, token exchange)."""
        return {
            "request_id": request_id,
            "error": self.error,
            "error_code": self.code,
            "error_description": self.description,
            "error_uri": "",
        }


def not_found(what: str = "requested object not found") -> ApiError:
    return ApiError(404, "not_found_error", what)


def bad_request(message: str) -> ApiError:
    return ApiError(400, "invalid_request_error", message)


def encode(value: Any) -> bytes:
    """Encode a value as JSON. Lone surrogates and huge integers are allowed, although orjson refuses them."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()


def request_id_of(request: Request) -> str:
    """Return the id that the middleware `Gate` gave to a request, or "unknown" outside ``/v3/``."""
    return str(request.scope.get("nylas_request_id", "unknown"))


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(encode(value), status, headers, media_type="application/json")


def success(request: Request, value: Any, status: int = 200, **beside: Any) -> Response:
    """Return the response of a successful call, an object with ``request_id`` and ``data``.

    `beside` are further members of the object.
    """
    return answer({"request_id": request_id_of(request), "data": value, **beside}, status)


def done(request: Request) -> Response:
    """Return a response that has only a ``request_id``, as most deletions do."""
    return answer({"request_id": request_id_of(request)})


async def api_error(request: Request, error: Exception) -> Response:
    """Convert an `ApiError` to its response. Raise any other error again."""
    if not isinstance(error, ApiError):
        raise error
    return answer(error.body(request_id_of(request)), error.status, error.headers)


async def oauth_error(request: Request, error: Exception) -> Response:
    """Convert an `OAuthError` to its response. Raise any other error again."""
    if not isinstance(error, OAuthError):
        raise error
    return answer(error.body(request_id_of(request)), 400)


async def failed(request: Request, error: Exception) -> Response:
    """Convert an unexpected error to a response with its text, since the server logs nothing."""
    said = f"the simulator failed: {type(error).__name__}: {error}"
    return answer(ApiError(500, "api.internal_error", said).body(request_id_of(request)), 500)


async def json_body(request: Request) -> Json:
    """Return the JSON object in a request's body, or an empty object if the body is empty.

    Raises:
        ApiError: 400 if the body is not a JSON object.
    """
    received = await request.body()
    if not received:
        return {}
    try:
        value = json.loads(received)
    except ValueError:
        raise bad_request("the body is not JSON") from None
    if not isinstance(value, dict):
        raise bad_request("the body is not a JSON object")
    return value


def number_in(fields: Json, name: str, default: float, least: float = 0.0) -> float:
    """Return a number in the body of a request.

    Args:
        fields: The body.
        name: The name of the field.
        default: What to return if the field is absent or null.
        least: The smallest number that is allowed.

    Raises:
        ApiError: 400 if the value is no finite number, or is less than `least`.
    """
    value = fields.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < math.inf:
        raise bad_request(f"{name} must be a number{'' if least == -math.inf else f', {least:g} or more'}")
    return value


def refuse_unknown(sent: Json, known: Sequence[str]) -> None:
    """Check that a request has no other fields than the known ones.

    Raises:
        ApiError: 400 otherwise.
    """
    if unknown := sent.keys() - set(known):
        raise bad_request(
            f"unknown fields: {', '.join(sorted(unknown))}; the known fields are {', '.join(known)}"
        )


def list_in(fields: Json, name: str, kind: type) -> list[Any] | None:
    """Return a list of strings or objects in the body of a request, or None if it is absent or null.

    Args:
        fields: The body.
        name: The name of the field.
        kind: ``str`` or ``dict``.

    Raises:
        ApiError: 400 if the value is no list of this kind.
    """
    found = fields.get(name)
    if found is not None and not (isinstance(found, list) and all(isinstance(each, kind) for each in found)):
        raise bad_request(f"{name} must be a list of {'objects' if kind is dict else 'strings'}")
    return found


def truth_of(value: str | None) -> bool | None:
    """Parse a boolean query parameter, in upper or lower case. Return None if it is absent or no boolean."""
    return {"true": True, "false": False}.get((value or "").lower())


def number_of(
    value: str | None, name: str, default: int | None = None, least: int | None = None
) -> int | None:
    """Parse an integer query parameter.

    Args:
        value: The text; None if the parameter is absent.
        name: The name of the parameter, for the error.
        default: What to return if it is absent or empty.
        least: The smallest number that is allowed; None: any.

    Raises:
        ApiError: 400 if the text is not an integer, or the number is less than `least`.
    """
    if value is None or value == "":
        return default
    try:
        number = int(value)
    except ValueError:
        raise bad_request(f"{name} must be an integer") from None
    if least is not None and number < least:
        raise bad_request(f"{name} must be {least} or more, not {number}")
    return number
