"""Messages that a client cannot read: some are valid JSON, and some break the page that they are on."""

from typing import Any

from starlette.responses import Response

from mailtide_nylas_simulator.mail.model import Json

_DEPTH = 2_000

_NESTED, _CONTROL = "@@nested@@", "@@control@@"
_RAW = {_NESTED: b"[" * _DEPTH + b"]" * _DEPTH, _CONTROL: b'"bell \x07"'}


def broken(shown: Json, how: str) -> Any:
    """A message made unreadable; what no encoder writes is a mark, which `respond` replaces.

    Args:
        shown: The message as the API shows it.
        how: ``nested``: a field is nested more deeply than any reader follows; ``control``: a text holds a raw control
            character, which JSON forbids; ``no_id``: it has no id; anything else: it is a string.
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
    """The same answer, with the bytes that marks stand for."""
    body = bytes(response.body)
    for mark, raw in _RAW.items():
        body = body.replace(f'"{mark}"'.encode(), raw)
    return response if body == response.body else Response(body, media_type="application/json")
