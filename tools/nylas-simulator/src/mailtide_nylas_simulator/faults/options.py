"""Checks the scope and the options of a fault, so that no misspelled one is ignored."""

import math
from typing import Any

from mailtide_nylas_simulator.mail.model import Json
from mailtide_nylas_simulator.responses import bad_request

_NUMBERS = {
    "latency": ("seconds",),
    "stall": ("seconds",),
    "provider_rate_limit": ("retry_after",),
    "server_error": ("status",),
    "html": ("status",),
    "gzip_members": ("members", "zeros"),
    "endless": ("most",),
    "concurrency": ("limit",),
    "short_page": ("keep",),
    "small_pages": ("most",),
    "duplicate": ("times",),
    "shuffle": ("seconds",),
    "delay": ("seconds",),
}
_SWITCHES = {
    "endless": ("gzip", "whole"),
    "truncate": ("omit",),
    "metadata": ("omit",),
    "emptied": ("omit",),
}
_BOUNDS = {"status": (200.0, 599.0), "keep": (0.0, 1.0), "probability": (0.0, 1.0)}
BROKEN_WAYS = ("nested", "control", "no_id", "no_object")


def check(kind: str, scope: Json, options: Json, *, of_delivery: bool) -> None:
    """Check what a fault is to be switched on with.

    Args:
        kind: The kind of the fault.
        scope: Any of ``grant``, ``path``, ``trigger``, ``probability`` and ``remaining``; none of them None.
        options: The other settings.
        of_delivery: Whether the kind affects notifications, instead of calls.

    Raises:
        ApiError: 400 for a setting that the kind does not have, and for a value that it cannot use.
    """
    names = ["probability", "remaining", "trigger" if of_delivery else "path"]
    if kind != "oauth_denied":  # there is no grant yet
        names.append("grant")
    own = [*_NUMBERS.get(kind, ()), *_SWITCHES.get(kind, ())]
    own += ("id", "how") if kind == "broken_message" else ()
    for name in [*scope.keys() - names, *options.keys() - own]:
        raise bad_request(f"the fault {kind} has no setting {name}; it has {', '.join([*own, *names])}")
    for name, value in (scope | options).items():
        _check_value(kind, name, value)
    if kind == "broken_message" and "id" not in options:
        raise bad_request("the fault broken_message requires id, the id of the message to break")


def _check_value(kind: str, name: str, value: Any) -> None:
    if name in (*_NUMBERS.get(kind, ()), "probability"):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if name in _BOUNDS:
            least, most = _BOUNDS[name]
            fits, wanted = is_number and least <= value <= most, f"a number from {least:g} to {most:g}"
        else:
            fits, wanted = is_number and 0 <= value < math.inf, "a number, 0 or more"
    elif name == "remaining":
        fits, wanted = type(value) is int and value >= 0, "a whole number, 0 or more"
    elif name in _SWITCHES.get(kind, ()):
        fits, wanted = isinstance(value, bool), "true or false"
    elif name == "how":
        fits, wanted = value in BROKEN_WAYS, f"one of {', '.join(BROKEN_WAYS)}"
    else:
        fits, wanted = isinstance(value, str), "a string"
    if not fits:
        raise bad_request(f"{name} of the fault {kind} must be {wanted}")
