"""The answers to a webhook delivery, and their HTTP responses."""

from dataclasses import dataclass
from functools import cache
from http import HTTPStatus

import orjson
from starlette.responses import Response

from mailtide_common.runtime.web.problems import problem

from . import limits


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a delivery: `ACCEPTED`, or a refusal with its reason."""

    status: int
    detail: str
    name: str
    """Value of the label `answer` of `mailtide_ingress_deliveries_total`."""
    close: bool = False
    """Whether the answer closes the connection, because part of the request may be unread."""


ACCEPTED = Answer(200, "", "accepted")
NO_SIGNATURE = Answer(401, "the header x-nylas-signature is missing or repeated", "no-signature")
WRONG_SIGNATURE = Answer(401, "x-nylas-signature matches no known webhook secret", "wrong-signature")
TOO_SLOW = Answer(408, "the whole body was not received within 8 s", "too-slow", close=True)
DISCONNECTED = Answer(
    408, "the connection ended before the whole body was received", "disconnected", close=True
)
TOO_LARGE = Answer(413, "the body is larger than 2 MiB", "too-large", close=True)
TOO_LARGE_INFLATED = Answer(413, "the body inflates to more than 16 MiB", "too-large-inflated")
BUSY = Answer(503, "too many deliveries are being received", "busy", close=True)
SECRETS_UNREAD = Answer(503, "the latest webhook secrets have not been read from Kafka yet", "secrets-unread")
NO_SECRET = Answer(503, "no webhook secret is known yet", "no-secret")
SECRET_PENDING = Answer(503, "a new webhook secret is being issued", "secret-pending")
NOT_STORED = Answer(503, "Kafka did not acknowledge the delivery", "not-stored")
UNEXPECTED = Answer(503, "an unexpected error occurred", "unexpected")

_SUCCESS = orjson.dumps({"success": True})


@cache
def respond(answer: Answer) -> Response:
    """Return the HTTP response of an answer. A 503 has the header `Retry-After`."""
    if answer is ACCEPTED:
        return Response(_SUCCESS, media_type="application/json")
    busy = answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    return problem(
        answer.status,
        answer.detail,
        close=answer.close,
        retry_after_seconds=limits.RETRY_AFTER_SECONDS if busy else None,
    )
