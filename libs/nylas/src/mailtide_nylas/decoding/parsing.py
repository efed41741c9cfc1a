"""Parses an answer into its JSON object, or into an error. Reads only the clock, for a `Retry-After` date."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from mailtide_nylas.errors import (
    NylasError,
    NylasNotFoundError,
    NylasPermanentError,
    NylasThrottledError,
    NylasTransientError,
    NylasUnauthorizedError,
    ThrottleScope,
)

from .wire_json import parse_json

MAX_RETRY_AFTER_SECONDS = 3_600.0
"""A longer `Retry-After` counts as this one. Microsoft throttles a mailbox for about 20 minutes."""

_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)


def read_answer(
    endpoint: str, status: int, headers: Mapping[str, str], body: bytes | bytearray
) -> dict[str, Any]:
    """Return the JSON object of a successful answer.

    Args:
        endpoint: method and path template, for errors.
        status: HTTP status.
        headers: the answer's headers, looked up in lower case.
        body: the answer's bytes, inflated.

    Raises:
        NylasError: the status is not a success, or the body is not a JSON object. For example, an HTML page
            with status 200 is a `NylasTransientError`.
    """
    try:
        parsed = parse_json(body)
    except ValueError:
        parsed = None
    answer = parsed if isinstance(parsed, dict) else None
    if 200 <= status < 300 and answer is not None:
        return answer
    raise error_of(endpoint, status, headers, answer)


def error_of(
    endpoint: str, status: int, headers: Mapping[str, str], answer: dict[str, Any] | None
) -> NylasError:
    """Return the error for an answer whose status is not a success, or whose body is not a JSON object.

    `answer` is the body's JSON object, or None if there is none. For other arguments, see `read_answer`.
    """
    error_type, provider_error = _describe(answer or {})
    request_id = _text((answer or {}).get("request_id")) or headers.get("x-request-id")
    if status == 429:
        scope = _throttle_scope(error_type, provider_error=provider_error)
        return NylasThrottledError(
            "throttled by Nylas" if scope == "nylas" else "throttled by the mailbox's provider",
            retry_after_seconds=retry_after_seconds(headers.get("retry-after")),
            scope=scope,
            endpoint=endpoint,
            status=status,
            error_type=error_type,
            request_id=request_id,
        )
    kind, reason = _kind(status, is_json=answer is not None)
    return kind(reason, endpoint=endpoint, status=status, error_type=error_type, request_id=request_id)


def _kind(status: int, *, is_json: bool) -> tuple[type[NylasError], str]:
    if status == 401:
        return NylasUnauthorizedError, "unauthorized: check API key and region, then the grant's status"
    if not is_json:
        return NylasTransientError, "the answer is not a JSON object"
    if status == 404:
        return NylasNotFoundError, "not found"
    if status == 408 or not 400 <= status < 500:
        return NylasTransientError, "failed at Nylas"
    return NylasPermanentError, "refused by Nylas"


def _describe(answer: dict[str, Any]) -> tuple[str | None, bool]:
    """Return the error type, and whether the provider caused the error (docs: errors)."""
    error = answer.get("error")
    if isinstance(error, str):  # OAuth
        return error, False
    inner = error if isinstance(error, dict) else answer
    return _text(inner.get("type")), bool(inner.get("provider_error"))


def _throttle_scope(error_type: str | None, *, provider_error: bool) -> ThrottleScope:
    by_provider = provider_error or (error_type or "").endswith("rate_limit_error")
    return "provider" if by_provider else "nylas"


def retry_after_seconds(value: str | None, *, now: datetime | None = None) -> float | None:
    """Return the seconds of a `Retry-After` header, at most an hour; None if it is absent or malformed.

    Args:
        value: the header's value, a number or an HTTP date; None if there is no header.
        now: the current time, from which the seconds to a date are counted; by default, the clock's.
    """
    if value is None:
        return None
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), MAX_RETRY_AFTER_SECONDS)
    try:
        date = parsedate_to_datetime(value)
        date = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
        seconds = (date - (now or datetime.now(UTC))).total_seconds()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
