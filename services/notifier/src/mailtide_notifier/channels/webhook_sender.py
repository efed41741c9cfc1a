"""Signed webhooks, as Standard Webhooks 1.0 says: `webhook-id`, `webhook-timestamp`, `webhook-signature`."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from secrets import token_bytes

import httpx
import orjson
from standardwebhooks.webhooks import Webhook

from mailtide_common.runtime.errors import TransientError
from mailtide_notifier import limits

from .outgoing import GoneError, LaterError, Outgoing

SECRET_BYTES = 32
_PREFIX = "whsec_"


def new_secret() -> str:
    """A signing secret, as receivers are given it."""
    return _PREFIX + b64encode(token_bytes(SECRET_BYTES)).decode()


class WebhookSender:
    """Posts events; a redirect is not followed, because it would hand the event to somebody else."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(self, url: str, secrets: Sequence[str], outgoing: Outgoing) -> None:
        """Post one event. Only 2xx means that it arrived; of the answer, only status and `Retry-After` are read.

        Raises:
            TransientError: any other answer, or none.
            GoneError: 410.
        """
        body = orjson.dumps(outgoing.event, option=orjson.OPT_SORT_KEYS)
        headers = {
            "content-type": "application/json",
            **signed(outgoing, secrets, body, datetime.now(UTC)),
        }
        try:
            async with (
                asyncio.timeout(limits.SEND_SECONDS),
                self._client.stream("POST", url, content=body, headers=headers) as answer,
            ):
                status, retry_after = answer.status_code, answer.headers.get("retry-after", "")
        except TimeoutError as error:
            raise TransientError(f"no answer within {limits.SEND_SECONDS:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise TransientError(type(error).__name__) from error  # its text may quote the URL
        if status == HTTPStatus.GONE:
            raise GoneError("answered 410: the receiver wants no more")
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            reason = f"answered {status}"
            if retry_after.isdecimal() and len(retry_after) < 10:
                raise LaterError(reason, min(float(retry_after), limits.MAX_RETRY_AFTER_SECONDS))
            raise TransientError(reason)


def signed(outgoing: Outgoing, secrets: Sequence[str], body: bytes, now: datetime) -> dict[str, str]:
    """The headers by which a receiver knows that an event is ours, and that it is no replay. Pure.

    Every secret signs, so that a receiver that knows one of them can verify: signatures are separated by a space
    (Standard Webhooks, "Multiple signatures").

    standardwebhooks 1.1.0 takes the time's digits for UTC whatever its zone is, so `now` must be in UTC.
    """
    id_ = f"msg_{outgoing.id.hex}"
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(id_, now, body.decode()) for secret in secrets),
    }
