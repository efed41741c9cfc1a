"""Makes messages unreadable. Some are JSON of a wrong form; others keep the whole page from being parsed."""

from typing import Any

from starlette.responses import Response

from mailtide_nylas_simulator.mail.model import Json

_DEPTH = 2_000

_NESTED, _CONTROL = "@@nested@@", "@@control@@"
_RAW = {_NESTED: b"[" * _DEPTH + b"]" * _DEPTH, _CONTROL: b'"bell \x07"'}


def broken(shown: Json, how: str) -> Any:
    """Return a message that cannot be read.

    It may contain a mark, which `respond` replaces by bytes that `encode` cannot write.

    Args:
        shown: The message as the API shows it.
        how: What is wrong. ``nested``: a field is nested 2,000 levels deep. ``control``: a string contains a
            raw control character, which JSON forbids. ``no_id``: the id is missing. ``no_object``: the
            message is a string.
    """
    match how:
        case "nested":
            return {**shown, "headers": _NESTED}
        case "control":
            return {**shown, "subject": _CONTROL}
        case "no_id":
            return {name: value for name, value in shown.items() if name != "id"}
        case _:
            return "a message"


def respond(response: Response) -> Response:
    """Return the response with every mark of `broken` replaced by its bytes."""
    body = bytes(response.body)
    for mark, raw in _RAW.items():
        body = body.replace(f'"{mark}"'.encode(), raw)
    return response if body == response.body else Response(body, media_type="application/json")
