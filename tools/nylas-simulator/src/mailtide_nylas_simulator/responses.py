"""Answers in the form of Nylas: request ids everywhere, errors with a type, JSON even for what is not Unicode."""

import json
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from .mail.model import Json


class ApiError(Exception):
    """An answer that is an error.

    Args:
        status: The HTTP status.
        kind: ``error.type``.
        message: ``error.message``.
        provider_error: The provider's own error, where it has one.
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
        """The error's body (docs: Nylas errors and HTTP status codes)."""
        error: Json = {"type": self.kind, "message": self.message}
        if self.provider_error is not None:
            error["provider_error"] = self.provider_error
        return {"request_id": request_id, "error": error}


class OAuthError(Exception):
    """An error of the token route, which has a flat body."""

    def __init__(self, error: str, code: int, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.code = code
        self.description = description

    def body(self, request_id: str) -> Json:
        """The error's body (docs: Hosted OAuth, token exchange)."""
        return {
            "request_id": request_id,
            "error": self.error,
            "error_code": self.code,
            "error_description": self.description,
            "error_uri": "",
        }


def not_found(what: str = "requested object not found") -> ApiError:
    """The error for something that is not there."""
    return ApiError(404, "not_found_error", what)


def bad_request(message: str) -> ApiError:
    """The error for an invalid request."""
    return ApiError(400, "invalid_request_error", message)


def encode(value: Any) -> bytes:
    """JSON bytes; lone surrogates and huge numbers, which orjson refuses, go out as ASCII escapes."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()


def request_id_of(request: Request) -> str:
    """The id that the gate gave to this request."""
    return str(request.scope.get("nylas_request_id", "unknown"))


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON response with exactly this body."""
    return Response(encode(value), status, headers, media_type="application/json")


def success(request: Request, value: Any, status: int = 200, **beside: Any) -> Response:
    """``{"request_id", "data", ...}`` as every successful call has it."""
    return answer({"request_id": request_id_of(request), "data": value, **beside}, status)


def done(request: Request) -> Response:
    """``{"request_id"}``, the whole answer to a deletion."""
    return answer({"request_id": request_id_of(request)})


async def api_error(request: Request, error: Exception) -> Response:
    """Turn an error of the API into its answer."""
    if not isinstance(error, ApiError):
        raise error
    return answer(error.body(request_id_of(request)), error.status, error.headers)


async def oauth_error(request: Request, error: Exception) -> Response:
    """Turn an error of the token route into its answer."""
    if not isinstance(error, OAuthError):
        raise error
    return answer(error.body(request_id_of(request)), 400)


async def json_body(request: Request) -> Json:
    """The request's JSON object; an empty body is an empty object. Lone surrogates are let through."""
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


def truth_of(value: str | None) -> bool | None:
    """A boolean query parameter in any case; None when absent or neither true nor false."""
    return {"true": True, "false": False}.get((value or "").lower())


def number_of(value: str | None, name: str, default: int | None = None) -> int | None:
    """An integer query parameter.

    Raises:
        ApiError: 400 when it is not an integer.
    """
    if value is None or value == "":
        return default
    try:
        return int(value)
    except ValueError:
        raise bad_request(f"{name} must be an integer") from None
