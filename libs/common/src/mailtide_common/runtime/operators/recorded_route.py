"""Records the changes that operators request in the operators' log."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from fastapi import Request, Response
from fastapi.routing import APIRoute

from mailtide_common.contracts.api.operators import MAX_OPERATOR_LENGTH, OPERATOR_HEADER
from mailtide_common.runtime.web.problems import answer_of, detail_in

from .log import Change, OperatorLog, storable

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

READING = frozenset({"GET", "HEAD"})
LEFT_OUT = frozenset({"user_id", "url", "conditions", "template"})
"""Parameters that are not recorded, because they identify a person, contain a secret, or describe mail."""

MAX_LISTED = 20
"""Maximum number of parameters of a change, and of entries of a list, that are recorded. Of a longer list,
only the length is recorded."""


class RecordedRoute(APIRoute):
    """A route for operators, which records each change in the operators' log.

    The log is `app.state.use_cases.operators`. While the service starts or stops, there is no log. Then
    nothing is recorded, and the route answers 503.
    """

    def get_route_handler(self) -> Handler:
        """Return the route's handler. If the route changes something, the handler records it."""
        handle = super().get_route_handler()
        if READING.issuperset(self.methods or ()):
            return handle

        async def recorded(request: Request) -> Response:
            use_cases = getattr(request.app.state, "use_cases", None)
            if use_cases is None:
                return await handle(request)  # it answers 503
            operators: OperatorLog = use_cases.operators
            change = await _change(request, self.operation_id or self.name)
            async with operators.record(change):
                try:
                    response = await handle(request)
                except Exception as error:
                    answer = await answer_of(request, error)
                    change.status, change.error = answer.status_code, detail_in(answer)
                    raise
                change.status = response.status_code
                return response

        return recorded


async def _change(request: Request, action: str) -> Change:
    path = dict(request.path_params)
    try:
        account_id = UUID(path.pop("account_id"))
    except (KeyError, ValueError):
        account_id = None
    named = storable(unquote(request.headers.get(OPERATOR_HEADER, ""), errors="replace")).strip()
    return Change(
        operator=named[:MAX_OPERATOR_LENGTH] or None,
        action=action,
        account_id=account_id,
        detail=detail_of({**path, **request.query_params, **await _body(request)}),
    )


async def _body(request: Request) -> Mapping[str, Any]:
    """Return the body if it is a JSON object, else an empty mapping. The route validates it later."""
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def detail_of(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters to record, in a bounded size, and without `LEFT_OUT` and nulls. Pure."""
    return {
        storable(name): _recorded(value)
        for name, value in list(parameters.items())[:MAX_LISTED]
        if name not in LEFT_OUT and value is not None
    }


def _recorded(value: Any) -> Any:
    if isinstance(value, bool | int):
        return value if abs(value) < 2**53 else storable(str(value))
    if isinstance(value, list) and len(value) <= MAX_LISTED:
        return [storable(str(each)) for each in value]
    return f"{len(value)} values" if isinstance(value, list) else storable(str(value))
