"""The route `/api/webhooks/nylas`: deliveries and Nylas' challenge."""

import time
from functools import cache
from urllib.parse import parse_qs

from fastapi import FastAPI
from prometheus_client import Counter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mailtide_common.contracts.traces import TRACEPARENT
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.traces.spans import OFF, Spans
from mailtide_common.runtime.web.problems import problem
from mailtide_ingress import answers, metrics
from mailtide_ingress.answers import Answer, respond
from mailtide_nylas.webhooks import signature

from .body import MemoryBudget, client_of, read_body
from .receiver import Delivery, DeliveryReceiver

PATH = "/api/webhooks/nylas"

log = get_logger(__name__)


class Deliveries:
    """Answers deliveries, and passes other requests to `app`.

    Deliveries bypass FastAPI, which would take a fifth of the CPU time.
    """

    def __init__(
        self, app: FastAPI, *, receive: DeliveryReceiver, budget: MemoryBudget, spans: Spans = OFF
    ) -> None:
        self.app = app
        self._receive = receive
        self._budget = budget
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a delivery, or pass the request to the application."""
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            response = await self._post(scope, receive)
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive) -> Response:
        started = time.perf_counter()
        fields = _fields(scope)
        with self._spans.serving("POST", PATH, fields.get(TRACEPARENT)) as served:
            try:
                answer = await self._deliver(scope, fields, receive, served.traceparent)
            except ClientDisconnect:
                answer = answers.DISCONNECTED
            except Exception:
                log.exception("delivery_failed")  # answered 503, so that Nylas sends it again
                answer = answers.UNEXPECTED
            served.answered(answer.status)
        _counter(answer.name).inc()
        metrics.DELIVERY_DURATION_SECONDS.observe(time.perf_counter() - started)
        return respond(answer)

    async def _deliver(
        self, scope: Scope, fields: dict[str, str], receive: Receive, traceparent: str | None
    ) -> Answer:
        signed_with = fields.get(signature.HEADER)
        client = scope.get("client")
        with self._budget.reservation(client_of(client[0] if client else None)) as reservation:
            body = await read_body(
                receive,
                fields.get("content-length"),
                reservation,
                refusal=self._receive.refusal_unread(signed_with),
            )
            if isinstance(body, Answer):
                return body
            return await self._receive(
                Delivery(body, signed_with, fields.get("content-encoding"), traceparent)
            )


@cache
def _counter(answer: str) -> Counter:
    """Return the counter of an answer. Cached, because looking up a label costs more than counting."""
    return metrics.DELIVERIES.labels(answer)


def challenge_route() -> Route:
    """Return the route of Nylas' challenge. It includes POST, so that `Allow` in a 405 names both methods."""
    return Route(PATH, challenge, methods=["GET", "POST"])


async def challenge(request: Request) -> Response:
    """Answer with the percent-decoded challenge, not chunked (docs: Webhooks, challenge).

    Answer 400 if the challenge is missing or empty.
    """
    query = parse_qs(
        request.scope["query_string"].decode("utf-8", "surrogateescape"), errors="surrogateescape"
    )
    values = query.get("challenge")
    if not values:
        return problem(400, "the query parameter `challenge` is missing or empty")
    content = values[0].encode("utf-8", "surrogateescape")
    return Response(content, headers={"X-Content-Type-Options": "nosniff"}, media_type="text/plain")


def _fields(scope: Scope) -> dict[str, str]:
    """Return header fields by lower-case name.

    If a field is repeated, its first value counts. A repeated signature is left out.
    """
    lines = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    fields = dict(reversed(lines))
    if sum(name == signature.HEADER for name, _ in lines) > 1:
        del fields[signature.HEADER]
    return fields
