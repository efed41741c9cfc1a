"""Faults that can be switched on: their kinds, and the calls and notifications that they affect."""

import fnmatch
import random
from dataclasses import asdict, dataclass, field
from typing import Any

from mailtide_nylas_simulator.mail.model import Json
from mailtide_nylas_simulator.responses import bad_request

from .options import check

API_KINDS = {
    "latency": "the answer comes `seconds` (default 0.1) later",
    "stall": "no answer for `seconds` (default 30, at most 600), then 504",
    "disconnect": "the connection is closed in the middle of the answer",
    "rate_limit": "429 `nylas_rate_limit_exceeded`, no Retry-After",
    "provider_rate_limit": "429 `rate_limit_error` with provider_error and `Retry-After: retry_after` (default 1)",
    "server_error": "an error of `status` (default 503) with a JSON body",
    "html": "an HTML page with `status` (default 200)",
    "unauthorized": "401, although the grant is valid",
    "forbidden": "403, although the grant is valid: the user did not consent to what the call requires",
    "not_found": "404, although the object exists",
    "oauth_denied": "the user refuses: the redirect has error=access_denied",
    "gzip_members": "the answer is `members` (default 2) gzip members, followed by `zeros` (default 0) zero bytes",
    "endless": "200 and a body of `most` (default 2**40) bytes; `gzip`: compressed; `whole`: not if `select` is used",
    "concurrency": "429 `rate_limit_error` when more than `limit` (default 4) calls of one grant overlap",
}
LISTING_KINDS = {
    "empty_listing": "a listing is empty and has no next page",
    "short_page": "a page has only a share of its items (`keep`, default 0.5)",
    "repeated_cursor": "`messages` returns the cursor of the request: a page between the first and the last repeats",
    "small_pages": "a page has at most `most` (default 20) items, whatever `limit` asks for",
    "lost_cursor": "a listing ends early: a page has its items, but no next cursor",
    "fresh_cursor": "a listing never ends: the same page is repeated, each time with another cursor",
    "twice": "each message appears twice on its page",
    "broken_message": "the message `id` cannot be read, alone or in its page; `how`: nested, control, no_id, no_object",
    "null_folders": "in a listing of folders, name and attributes are null",
}
DELIVERY_KINDS = {
    "drop": "the notification is never sent",
    "duplicate": "it is sent `times` (default 1) more times, with the same id",
    "shuffle": "it is sent at a random moment within `seconds` (default 1)",
    "delay": "it is sent `seconds` (default 1) later",
    "truncate": "message notifications are `.truncated`, with empty body and attachments (`omit`: without them)",
    "metadata": "message notifications are `.metadata`: body, snippet, attachments, bcc, reply_to as above",
    "emptied": "message notifications of the plain type have empty body, snippet and attachments (`omit`)",
    "compress": "it is compressed with gzip, whatever the destination asked for",
    "old_secret": "it is signed with the secret before the last rotation",
    "wrong_secret": "it is signed with an unknown secret",
    "tamper": "one byte is changed after it was signed",
}
KINDS = {**API_KINDS, **LISTING_KINDS, **DELIVERY_KINDS}


@dataclass(slots=True)
class Fault:
    """A fault that is switched on.

    Args:
        id: A number, by which it is cleared.
        kind: One of ``KINDS``.
        grant: The only grant id to which it applies; None: it applies to all.
        path: A shell pattern; None: any. The fault applies only to calls whose path matches it.
        trigger: A shell pattern; None: any. The fault applies only to notifications whose type matches it.
        probability: The probability that it strikes, 0 to 1.
        remaining: How many more times it can strike; None: without limit.
        options: Settings of the kind, such as ``seconds``.
        struck: How often it has struck.
    """

    id: int
    kind: str
    grant: str | None = None
    path: str | None = None
    trigger: str | None = None
    probability: float = 1.0
    remaining: int | None = None
    options: Json = field(default_factory=dict)
    struck: int = 0

    def number(self, name: str, default: float) -> float:
        return float(self.options.get(name, default))

    def shape(self) -> Json:
        return asdict(self)


class FaultBook:
    """The faults that were switched on and not cleared."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._faults: dict[int, Fault] = {}
        self._last = 0

    def add(self, wanted: Json) -> Fault:
        """Switch a fault on.

        Args:
            wanted: Its ``kind``, and optionally ``grant``, ``path``, ``trigger``, ``probability`` and
                ``remaining``. All other keys, and those in an object ``options``, are options of the kind.

        Raises:
            ApiError: 400 for an unknown kind, for a setting that the kind does not have, and for a value that
                it cannot use.
        """
        settings: dict[str, Any] = dict(wanted)
        kind = settings.pop("kind", None)
        if not isinstance(kind, str) or kind not in KINDS:
            raise bad_request(f"unknown kind of fault {kind}; it must be one of {', '.join(KINDS)}")
        names = ("grant", "path", "trigger", "probability", "remaining")
        given = {name: settings.pop(name, None) for name in names}
        known = {name: value for name, value in given.items() if value is not None}
        inner = settings.pop("options", None) or {}
        if not isinstance(inner, dict):
            raise bad_request("options must be an object")
        options = {**inner, **settings}
        check(kind, known, options, of_delivery=kind in DELIVERY_KINDS)
        self._last += 1
        fault = Fault(self._last, kind, options=options, **known)
        self._faults[fault.id] = fault
        return fault

    def clear(self, fault_id: int | None = None) -> int:
        """Switch off one fault, or all faults if no id is given. Return how many were switched off."""
        gone = [fault_id] if fault_id in self._faults else [] if fault_id is not None else list(self._faults)
        for each in gone:
            del self._faults[each]
        return len(gone)

    def shapes(self) -> list[Json]:
        """Return all faults that were not cleared, including those that cannot strike any more."""
        return [fault.shape() for fault in self._faults.values()]

    def draw(self) -> random.Random:
        return self._draw

    def has(self, kind: str, option: str) -> bool:
        """Return whether any fault of this kind has this option set to a true value."""
        return any(fault.kind == kind and fault.options.get(option) for fault in self._faults.values())

    def strike(
        self,
        kind: str,
        *,
        grant: str | None,
        path: str | None = None,
        trigger: str | None = None,
        message: str | None = None,
        running: int | None = None,
    ) -> Fault | None:
        """Return the first fault of this kind that strikes, and count the strike. None if no fault strikes.

        Args:
            kind: One of ``KINDS``.
            grant: The grant id of the call or notification; None if it has none.
            path: The path of the call; None for a notification.
            trigger: The type of the notification; None for a call.
            message: The id that a fault must have in its option ``id``; None: any or none.
            running: The number that must exceed a fault's option ``limit`` (default 4); None: no condition.
        """
        for fault in self._faults.values():
            if message is not None and fault.options.get("id") != message:
                continue
            if running is not None and running <= fault.number("limit", 4):
                continue
            if fault.kind == kind and self._meets(fault, grant, path, trigger):
                fault.struck += 1
                if fault.remaining is not None:
                    fault.remaining -= 1
                return fault
        return None

    def _meets(self, fault: Fault, grant: str | None, path: str | None, trigger: str | None) -> bool:
        if fault.remaining is not None and fault.remaining <= 0:
            return False
        if fault.grant is not None and fault.grant != grant:
            return False
        if fault.path is not None and not fnmatch.fnmatchcase(path or "", fault.path):
            return False
        if fault.trigger is not None and not fnmatch.fnmatchcase(trigger or "", fault.trigger):
            return False
        return fault.probability >= 1 or self._draw.random() < fault.probability
