"""Errors, named by the reaction that they call for (docs: Nylas errors and HTTP status codes).

    NylasError
    ├── NylasTransientError     try again: network, time-out, 5xx, or an answer that is not Nylas' JSON
    ├── NylasThrottledError     try again later (429); not a failure, never counts as an attempt
    ├── NylasUnauthorizedError  401: check the grant's own status before treating the grant as dead
    ├── NylasNotFoundError      404: deleted, replaced, or not there yet; alone no proof of a deletion
    └── NylasPermanentError     any other 4xx: the same request fails in the same way
        └── NylasUnreadableError  the answer is complete, and one message in it cannot be read
            └── NylasTooLargeError  the answer is larger than is held in memory

A message carries status, error type, request id and the path's template; never a body, an id of a mail, a
token or an address.
"""

from typing import Literal

ThrottleScope = Literal["nylas", "provider"]

_MAX_TEXT = 100


class NylasError(Exception):
    """Base of all errors that the client raises deliberately.

    Attributes:
        reason: what happened, in a few words.
        endpoint: method and path template, such as `GET /v3/grants/{grant_id}/messages`.
        status: HTTP status, or None when no answer came.
        error_type: Nylas' `error.type`, or OAuth's `error`.
        request_id: identifies the request for Nylas' support.
    """

    def __init__(
        self,
        reason: str,
        *,
        endpoint: str = "",
        status: int | None = None,
        error_type: str | None = None,
        request_id: str | None = None,
    ) -> None:
        self.reason = reason
        self.endpoint = endpoint
        self.status = status
        self.error_type = _short(error_type)
        self.request_id = _short(request_id)
        details = {"status": status, "type": self.error_type, "request_id": self.request_id}
        notes = [f"{name}={value}" for name, value in details.items() if value is not None]
        super().__init__(" ".join(part for part in (endpoint, f"{reason}", *notes) if part))


class NylasTransientError(NylasError):
    """Try again: nothing is known to be wrong with the request."""


class NylasThrottledError(NylasError):
    """Too many requests (docs: API and provider rate limits).

    Attributes:
        retry_after_seconds: how long to wait, or None when the answer does not say.
        scope: `nylas`, or `provider` for the mailbox's own limit behind it.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry_after_seconds: float | None,
        scope: ThrottleScope,
        endpoint: str = "",
        status: int | None = None,
        error_type: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(
            reason, endpoint=endpoint, status=status, error_type=error_type, request_id=request_id
        )
        self.retry_after_seconds = retry_after_seconds
        self.scope: ThrottleScope = scope


class NylasUnauthorizedError(NylasError):
    """401, which has four causes: a wrong key, a wrong region, a wrong grant id, or an expired grant.

    Only the grant's own status tells them apart (`get_grant(...).is_valid`; docs: Handling expired grants).
    """


class NylasNotFoundError(NylasError):
    """404 with Nylas' own error: common right after a notification (docs: handling 404 responses)."""


class NylasPermanentError(NylasError):
    """The request itself is refused: 400, 403, 409, 423 and the like."""


class NylasUnreadableError(NylasPermanentError):
    """A complete answer with a message in it that no JSON parser can read.

    Attributes:
        raw: the message's bytes; mail content, so never for a log.
    """

    def __init__(self, reason: str, *, raw: bytes, endpoint: str = "", status: int | None = None) -> None:
        super().__init__(reason, endpoint=endpoint, status=status)
        self.raw = raw


class NylasTooLargeError(NylasUnreadableError):
    """An answer that exceeded its limit; `raw` is its beginning. Its full size is unknown."""


def _short(text: str | None) -> str | None:
    """Return a text from outside as one line of bounded length."""
    if text is None:
        return None
    return "".join(c if c.isprintable() else "?" for c in text[:_MAX_TEXT])
