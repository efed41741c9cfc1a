"""Records in the operators' log every change that an operator's route makes."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from fastapi import Request, Response
from fastapi.routing import APIRoute

from mailtide_common.contracts.api.operators import MAX_OPERATOR_LENGTH, OPERATOR_HEADER
from mailtide_scheduler.operators.log import Change

from . import problems
from .dependencies import UseCases

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

READING = frozenset({"GET", "HEAD"})
PERSONAL = frozenset({"user_id"})
"""Parameters that identify a person; they are left out, because the log outlives a purge."""

MAX_LISTED = 20
"""Most parameters that are recorded, and most entries of a list; of a longer list, only the length is."""


class RecordedRoute(APIRoute):
    """A route for operators. It records a change, with the operator's name, before making it, and then its result."""

    def get_route_handler(self) -> Handler:
        """Return the route's handler; for methods other than GET and HEAD, it records the change."""
        handle = super().get_route_handler()
        if READING.issuperset(self.methods or ()):
            return handle

        async def recorded(request: Request) -> Response:
            use_cases: UseCases | None = getattr(request.app.state, "use_cases", None)
            if use_cases is None:
                return await handle(request)  # it answers 503
            change = await _change(request, self.operation_id or self.name)
            async with use_cases.operators.record(change):
                try:
                    response = await handle(request)
                except Exception as error:
                    change.status, change.error = problems.outcome(error)
                    raise
                change.status = response.status_code
                return response

        return recorded


async def _change(request: Request, action: str) -> Change:
    try:
        account_id = UUID(request.path_params["account_id"])
    except (KeyError, ValueError):
        account_id = None
    named = unquote(request.headers.get(OPERATOR_HEADER, ""), errors="replace").replace("\x00", "").strip()
    return Change(
        operator=named[:MAX_OPERATOR_LENGTH] or None,
        action=action,
        account_id=account_id,
        detail=detail_of({**request.query_params, **await _body(request)}),
    )


async def _body(request: Request) -> Mapping[str, Any]:
    """Return the body if it is a JSON object, also one that the route's model refuses; else an empty mapping."""
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def detail_of(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as the log stores them: bounded, and without those that identify a person. Pure."""
    return {
        _short(name): _recorded(value)
        for name, value in list(parameters.items())[:MAX_LISTED]
        if name not in PERSONAL and value is not None
    }


def _recorded(value: Any) -> Any:
    if isinstance(value, bool | int):
        return value if abs(value) < 2**53 else _short(str(value))
    if isinstance(value, list) and len(value) <= MAX_LISTED:
        return [_short(str(each)) for each in value]
    return f"{len(value)} values" if isinstance(value, list) else _short(str(value))


def _short(text: str) -> str:
    """Return the text in a form that Postgres can store: bounded, without NUL and lone surrogates."""
    return text[:200].replace("\x00", "").encode("utf-8", "replace").decode()
