"""The client's errors, each class named after what the caller can do (docs: Nylas errors and HTTP status codes).

    NylasError
    ├── NylasTransientError     try again: network, time-out, 408, 5xx, or an answer that is not as documented
    ├── NylasThrottledError     try again later: 429, a limit of this client, or an outage; not a failure
    ├── NylasUnauthorizedError  401: check the grant's own status before treating the grant as invalid
    ├── NylasNotFoundError      404: deleted, replaced, or not yet available; by itself no proof of a deletion
    └── NylasPermanentError     any other 4xx with JSON, an unusable id or URL, or an encoding that was not requested
        └── NylasUnreadableError  a message in the answer is not valid JSON, or is nested too deeply
            └── NylasTooLargeError  the answer exceeds its size limit

The view `account_health` of Mailtide's schema recognises a refused key by `status=401`, and outages by `status=5`, the
texts "Nylas does not answer" and "took too long", and the names of httpx' errors.

The text of an error contains status, error type, request id and the path's template, but no body, message id, token or
mail address.
"""

from typing import Literal

ThrottleScope = Literal["nylas", "provider"]

_MAX_TEXT = 100


class NylasError(Exception):
    """Base of all errors that the client raises deliberately.

    Attributes:
        reason: what happened, in a few words.
        endpoint: method and path template, such as `GET /v3/grants/{grant_id}/messages`; empty if unknown.
        status: HTTP status; None if no answer was read in full, or if its structure is wrong. If calls are suspended,
            that of the last failed call.
        error_type: Nylas' `error.type`, or OAuth's `error`.
        request_id: identifies the request when contacting Nylas' support.
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
    """A failure that may pass: network, time-out, 408, 5xx, or an answer that is not as documented.

    Such an answer is a redirect, is not JSON, has another structure, or belongs to a listing that does not end.
    """


class NylasThrottledError(NylasError):
    """A request that Nylas refused (429), that was not made because of a limit or an outage, or that failed in one.

    See the docs: API and provider rate limits.

    Attributes:
        retry_after_seconds: how long to wait; None if unknown.
        scope: `nylas` for Nylas' own limit or an outage; `provider` for the limit of the mailbox's provider, or if no
            call of the grant ended in time to make room for this one.
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
    """401, which has four causes: a wrong API key, a wrong region, an unknown grant id, or an expired grant.

    Only the grant's status shows whether it has expired (`get_grant(...).is_valid`; docs: Handling expired grants).
    """


class NylasNotFoundError(NylasError):
    """404 with Nylas' JSON; also occurs right after a notification (docs: handling 404 responses)."""


class NylasPermanentError(NylasError):
    """A failure that a retry would meet again.

    It is a 4xx with JSON other than 401, 404, 408 and 429; an id that cannot be part of a path; an invalid URL; or an
    answer in an encoding that was not requested.
    """


class NylasUnreadableError(NylasPermanentError):
    """An answer with a message that cannot be read: it is not valid JSON, nested too deeply, or too large.

    Attributes:
        raw: the message's bytes; mail content, which must not be logged.
    """

    def __init__(self, reason: str, *, raw: bytes, endpoint: str = "", status: int | None = None) -> None:
        super().__init__(reason, endpoint=endpoint, status=status)
        self.raw = raw


class NylasTooLargeError(NylasUnreadableError):
    """An answer that exceeds its size limit. `raw` is its beginning, at most 64 KiB; its full size is unknown."""


def _short(text: str | None) -> str | None:
    """Return untrusted text as one line of at most `_MAX_TEXT` characters."""
    if text is None:
        return None
    return "".join(c if c.isprintable() else "?" for c in text[:_MAX_TEXT])
