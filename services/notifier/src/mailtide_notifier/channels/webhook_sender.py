"""Sends webhooks that are signed as Standard Webhooks 1.0 defines."""

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
    """Return a new random signing secret in the form that receivers configure: `whsec_` and base64."""
    return _PREFIX + b64encode(token_bytes(SECRET_BYTES)).decode()


class WebhookSender:
    """Posts signed events.

    `client` must not follow redirects, because they would disclose the event to another receiver.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(self, url: str, secrets: Sequence[str], outgoing: Outgoing) -> None:
        """Post one event. Only a 2xx answer is a success; its body is not read.

        Raises:
            GoneError: the answer is 410.
            LaterError: the answer is neither 2xx nor 410, and has a `Retry-After` in seconds. A longer time
                than `limits.MAX_RETRY_AFTER_SECONDS` is shortened.
            TransientError: such an answer has no valid `Retry-After`, no answer arrived within
                `limits.SEND_SECONDS`, or the request failed.
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
            raise TransientError(f"the receiver sent no answer within {limits.SEND_SECONDS:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise TransientError(f"the request to the receiver failed: {_named(error)}") from error
        if status == HTTPStatus.GONE:
            raise GoneError(
                "the receiver answered 410 (gone): correct the channel's URL, and enable the channel if it is disabled"
            )
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            reason = f"the receiver answered {status}"
            if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
                reason += ": redirects are not followed, so set the URL to which it redirects"
            if retry_after.isdecimal() and len(retry_after) < 10:
                raise LaterError(reason, min(float(retry_after), limits.MAX_RETRY_AFTER_SECONDS))
            raise TransientError(reason)


def signed(outgoing: Outgoing, secrets: Sequence[str], body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers by which receivers authenticate an event and detect repeats. Pure.

    `webhook-signature` has one signature for each secret, separated by spaces (Standard Webhooks, "Multiple
    signatures"). So a receiver needs only one of the secrets. `now` must have a UTC offset.
    """
    at = now.astimezone(UTC)  # standardwebhooks 1.1.0 ignores the offset of other times
    id_ = f"msg_{outgoing.id.hex}"
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(id_, at, body.decode()) for secret in secrets),
    }


def _named(error: BaseException) -> str:
    """Return the classes of an error and of its first cause, such as `ConnectError, gaierror`.

    Their texts are left out, because they may quote the URL.
    """
    first = error
    while (earlier := first.__cause__ or first.__context__) is not None:
        first = earlier
    names = dict.fromkeys((type(error).__name__, type(first).__name__))
    return ", ".join(names)
