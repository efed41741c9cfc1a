"""The client's errors, one class for each reaction of the caller (docs: Nylas errors and HTTP status codes).

    NylasError
    ├── NylasTransientError     try again: network, time-out, 408, 5xx, or an undocumented answer
    ├── NylasThrottledError     try again later: 429, this client's limit, or an outage; not a failure
    ├── NylasUnauthorizedError  401: check the grant's own status before treating the grant as invalid
    ├── NylasNotFoundError      404: deleted, replaced, or not yet available; no proof of a deletion
    └── NylasPermanentError     do not try again: other 4xx, an encoding not requested
        ├── NylasUnsentError        no request was sent: an id cannot be part of a path, or a bad URL
        └── NylasUnreadableError    a message in the answer is not valid JSON, or is nested too deeply
            └── NylasTooLargeError      the answer exceeds its size limit

The view `account_health` of Mailtide's schema searches the texts of errors, so change both together. It
recognises a refused key by `status=401`. It recognises an outage by `status=5`, "Nylas does not answer",
"took too long", or the name of an error of httpx about connecting, reading, writing, closing or the protocol.

The text of an error may contain endpoint, status, error type and request id. It contains no body, message id,
token or mail address.
"""

from typing import Literal

ThrottleScope = Literal["nylas", "provider"]

_MAX_TEXT = 100


class NylasError(Exception):
    """Base of all errors of the client.

    Attributes:
        reason: what happened, in a few words.
        endpoint: method and path template, such as `GET /v3/grants/{grant_id}/messages`; empty if unknown.
        status: HTTP status; None if there is none to report, as after a time-out. While calls are suspended
            (see `Circuit`), the status of the last failed call.
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
    """A failure that may not occur again: network, time-out, 408, 5xx, or an undocumented answer.

    Undocumented answers are redirects, bodies that cannot be inflated, answers that are not JSON objects
    (except 401 and 429), successful answers with a wrong structure, and pages of a listing that does not end.
    """


class NylasThrottledError(NylasError):
    """A call to repeat later, which does not count as a failure (docs: API and provider rate limits).

    It has one of these causes:

    - Nylas answered 429.
    - `GrantLimiter` refused the call.
    - `Circuit` refused the call, or the call failed while the circuit was open.

    Attributes:
        retry_after_seconds: how long to wait; None if unknown.
        scope: `nylas` for Nylas' own limit or an outage; `provider` for the limit of the mailbox's provider,
            or if the grant had no free slot.
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
    """401: a wrong API key, a wrong region, an unknown grant id, or an expired grant.

    Only `get_grant(...).is_valid` shows whether the grant has expired (docs: Handling expired grants).
    """


class NylasNotFoundError(NylasError):
    """404 with a JSON body.

    Nylas may not find an object that exists, if its notification has just arrived (docs: handling 404
    responses).
    """


class NylasPermanentError(NylasError):
    """A failure that the same call causes again.

    It has one of these causes:

    - a 4xx with JSON, except 401, 404, 408 and 429
    - no request was sent (see `NylasUnsentError`)
    - an answer in an encoding that was not requested
    - an answer that cannot be read (see the subclasses)
    """


class NylasUnsentError(NylasPermanentError):
    """No request was sent, because an id cannot be part of a path, or the URL is invalid."""


class NylasUnreadableError(NylasPermanentError):
    """A message in an answer is not valid JSON, or is nested too deeply.

    Attributes:
        raw: the bytes of the message. They are mail content: do not log them.
    """

    def __init__(self, reason: str, *, raw: bytes, endpoint: str = "", status: int | None = None) -> None:
        super().__init__(reason, endpoint=endpoint, status=status)
        self.raw = raw


class NylasTooLargeError(NylasUnreadableError):
    """An answer is larger than its limit. `raw` is the beginning of the answer, at most 64 KiB."""


def _short(text: str | None) -> str | None:
    """Return untrusted text as one line of at most `_MAX_TEXT` characters. None gives None."""
    if text is None:
        return None
    return "".join(c if c.isprintable() else "?" for c in text[:_MAX_TEXT])
