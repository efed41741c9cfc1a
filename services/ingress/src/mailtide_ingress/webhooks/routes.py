"""Routes below `/api/webhooks/nylas`."""

import time
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.web.problems import problem
from mailtide_ingress import answers, metrics
from mailtide_ingress.answers import Answer, respond
from mailtide_nylas.webhooks import signature

from .body import MemoryBudget, client_of, read_body
from .receiver import Delivery, DeliveryReceiver

PATH = "/api/webhooks/nylas"

log = get_logger(__name__)


class WebhookRoutes:
    """Routes of the challenge and of deliveries. Starlette's: FastAPI's cost 1.6 times as much CPU."""

    def __init__(self, receive: DeliveryReceiver, budget: MemoryBudget) -> None:
        """Serve the use case."""
        self._receive = receive
        self._budget = budget

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(PATH, self._handle, methods=["GET", "POST"])]

    async def _handle(self, request: Request) -> Response:
        return await self._post(request) if request.method == "POST" else challenge(request)

    async def _post(self, request: Request) -> Response:
        started = time.perf_counter()
        try:
            answer = await self._deliver(request)
        except ClientDisconnect:
            answer = answers.TOO_SLOW
        except Exception:
            log.exception("delivery_failed")  # and 503: Nylas repeats it, but never a 500
            answer = answers.UNEXPECTED
        metrics.DELIVERIES.labels(answer.name).inc()
        metrics.DELIVERY_DURATION_SECONDS.observe(time.perf_counter() - started)
        return respond(answer)

    async def _deliver(self, request: Request) -> Answer:
        headers = request.headers
        signed_with = _only(headers.getlist(signature.HEADER))
        with self._budget.reservation(
            client_of(request.client.host if request.client else None)
        ) as reservation:
            body = await read_body(
                request.receive,
                headers.get("content-length"),
                reservation,
                refusal=self._receive.refusal_unread(signed_with),
            )
            if isinstance(body, Answer):
                return body
            return await self._receive(
                Delivery(body, signed_with, headers.get("content-encoding"), headers.get("traceparent"))
            )


def challenge(request: Request) -> Response:
    """Echo the challenge byte for byte, with a length and not chunked (docs: Webhooks, challenge)."""
    query = parse_qs(
        request.scope["query_string"].decode("utf-8", "surrogateescape"), errors="surrogateescape"
    )
    values = query.get("challenge")
    if not values:
        return problem(400, "the query contains no challenge")
    content = values[0].encode("utf-8", "surrogateescape")
    return Response(content, headers={"X-Content-Type-Options": "nosniff"}, media_type="text/plain")


def _only(values: list[str]) -> str | None:
    """Return the header's value; None if it occurs more than once."""
    return values[0] if len(values) == 1 else None
