"""Fault switches: what can go wrong, where, how often, and when it stops. Drawn from the seed."""

import fnmatch
import random
from dataclasses import asdict, dataclass, field
from typing import Any

from mailtide_nylas_simulator.mail.model import Json
from mailtide_nylas_simulator.responses import bad_request

API_KINDS = {
    "latency": "the answer comes `seconds` later",
    "stall": "no answer for `seconds` (default 30), then 504",
    "disconnect": "the connection is closed in the middle of the answer",
    "rate_limit": "429 `nylas_rate_limit_exceeded`, no Retry-After",
    "provider_rate_limit": "429 `rate_limit_error` with provider_error and `Retry-After: retry_after` (default 1)",
    "server_error": "an error of `status` (default 503) with a JSON body",
    "html": "an HTML page with `status` (default 200)",
    "unauthorized": "401 although the grant is valid",
    "forbidden": "403 although the grant is valid: the user did not consent to what the call needs",
    "not_found": "404 for something that exists",
    "oauth_denied": "the user refuses: the redirect has error=access_denied",
    "gzip_members": "the answer is gzip of `members` (default 2) members, with `zeros` (default 0) zero bytes behind",
    "endless": "200 and a message whose body has `most` bytes (default 2**40), gzipped if `gzip`; `whole`: no `select`",
    "concurrency": "429 `rate_limit_error` when more than `limit` (default 4) calls of one grant overlap",
}
LISTING_KINDS = {
    "empty_listing": "a listing is empty and has no next page",
    "short_page": "a listing shows only a share of its items (`keep`, default 0.5)",
    "repeated_cursor": "a listing returns the cursor of the request, so the page repeats",
    "small_pages": "a listing shows at most `most` (default 20) items a page, whatever limit it is asked with",
    "lost_cursor": "a listing ends early: items are shown, the next cursor is not",
    "fresh_cursor": "a listing never ends: the same page repeats, each time with another cursor",
    "twice": "each message is listed twice on its page",
    "broken_message": "the message `id` cannot be read, alone or in its page; `how`: nested, control, no_id, no_object",
    "null_folders": "a listing of folders shows them with name and attributes null",
}
DELIVERY_KINDS = {
    "drop": "the notification is never sent",
    "duplicate": "it is sent `times` (default 1) more, with the same id",
    "shuffle": "it is sent at a random moment within `seconds` (default 1)",
    "delay": "it is sent `seconds` (default 1) later",
    "truncate": "message notifications come as `.truncated`, body and attachments empty (`omit`: left out)",
    "metadata": "message notifications come as `.metadata`: body, snippet, attachments, bcc, reply_to likewise",
    "emptied": "message notifications of the plain type come with empty body, snippet and attachments (`omit`)",
    "compress": "gzip, whatever the destination asked for",
    "old_secret": "signed with the secret before the last rotation",
    "wrong_secret": "signed with an unknown secret",
    "tamper": "one byte differs from what was signed",
}
KINDS = {**API_KINDS, **LISTING_KINDS, **DELIVERY_KINDS}


@dataclass(slots=True)
class Fault:
    """One switched-on fault.

    Args:
        id: Its number, by which it is cleared.
        kind: One of ``KINDS``.
        grant: Only for this grant id; None means every one.
        path: Only for calls whose path matches this shell pattern, such as ``*/messages/*``.
        trigger: Only for notifications whose type matches this shell pattern, such as ``message.*``.
        probability: How often it strikes, 0..1.
        remaining: How often it still strikes; None means without end.
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
        """An option that is a number."""
        return float(self.options.get(name, default))

    def shape(self) -> Json:
        """The fault as the admin API shows it."""
        return asdict(self)


class FaultBook:
    """The faults that are on."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._faults: dict[int, Fault] = {}
        self._last = 0

    def add(self, wanted: Json) -> Fault:
        """Switch a fault on.

        Raises:
            ApiError: 400 for an unknown kind or key.
        """
        settings: dict[str, Any] = dict(wanted)
        kind = settings.pop("kind", None)
        if kind not in KINDS:
            raise bad_request(f"unknown fault {kind}; known: {', '.join(KINDS)}")
        names = ("grant", "path", "trigger", "probability", "remaining")
        known = {name: settings.pop(name) for name in names if name in settings}
        options = {**settings.pop("options", {}), **settings}
        self._last += 1
        fault = Fault(self._last, kind, options=options, **known)
        self._faults[fault.id] = fault
        return fault

    def clear(self, fault_id: int | None = None) -> int:
        """Switch one fault or all of them off; returns how many."""
        gone = [fault_id] if fault_id in self._faults else [] if fault_id is not None else list(self._faults)
        for each in gone:
            del self._faults[each]
        return len(gone)

    def shapes(self) -> list[Json]:
        """Every fault that is on or has run out."""
        return [fault.shape() for fault in self._faults.values()]

    def draw(self) -> random.Random:
        """The seeded generator that faults draw from."""
        return self._draw

    def has(self, kind: str, option: str) -> bool:
        """Whether a fault of this kind is on with this option."""
        return any(fault.kind == kind and fault.options.get(option) for fault in self._faults.values())

    def strike(
        self, kind: str, *, grant: str | None, path: str | None = None, trigger: str | None = None
    ) -> Fault | None:
        """The first fault of this kind that strikes here and now; it is counted down."""
        for fault in self._faults.values():
            if fault.kind == kind and self._meets(fault, grant, path, trigger):
                fault.struck += 1
                if fault.remaining is not None:
                    fault.remaining -= 1
                return fault
        return None

    def _meets(self, fault: Fault, grant: str | None, path: str | None, trigger: str | None) -> bool:
        """Whether scope, count and luck let a fault strike."""
        if fault.remaining is not None and fault.remaining <= 0:
            return False
        if fault.grant is not None and fault.grant != grant:
            return False
        if fault.path is not None and not fnmatch.fnmatchcase(path or "", fault.path):
            return False
        if fault.trigger is not None and not fnmatch.fnmatchcase(trigger or "", fault.trigger):
            return False
        return fault.probability >= 1 or self._draw.random() < fault.probability
