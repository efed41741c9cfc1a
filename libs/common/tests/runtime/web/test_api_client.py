"""What a client of the operators' APIs sends, and the error of each answer."""

import httpx
import pytest
from pydantic import SecretStr

from mailtide_common.contracts.api.channels import ChannelKind, ChannelTest, NewChannel
from mailtide_common.contracts.api.operators import OPERATOR_HEADER
from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.web.api_client import ApiClient, ApiRefusedError


class Server:
    """Answers every request alike, and keeps the last one."""

    def __init__(self, answer: httpx.Response | httpx.TransportError) -> None:
        self.answer = answer
        self.last: httpx.Request | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.last = request
        if isinstance(self.answer, httpx.TransportError):
            raise self.answer
        return self.answer

    def client(self) -> ApiClient:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self), base_url="http://notifier")
        return ApiClient(client, "notifier", program="this test", read_seconds=1, change_seconds=2)


async def test_secrets_and_the_operator_are_sent() -> None:
    server = Server(httpx.Response(200, json={"delivered": True, "error": None}))
    url = SecretStr("https://example.com/hook?key=s3cret")
    body = NewChannel(name="ops", kind=ChannelKind.WEBHOOK, url=url)
    await server.client().call(ChannelTest, "POST", "/api/channels", body, operator="Zoë")
    assert server.last is not None
    assert b"s3cret" in server.last.content
    assert server.last.headers[OPERATOR_HEADER] == "Zo%C3%AB"
    assert server.last.extensions["timeout"]["read"] == 2


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (httpx.Response(409, json={"detail": "it is paused"}), ApiRefusedError, r"\(409\): it is paused"),
        (
            httpx.Response(404),
            ApiRefusedError,
            r"Not Found; check that http://notifier \(MAILTIDE_NOTIFIER_URL\) is",
        ),
        (httpx.Response(401), ConfigurationError, "refuses ADMIN_TOKEN"),
        (
            httpx.Response(301, headers={"Location": "https://notifier/"}),
            ConfigurationError,
            r"\(MAILTIDE_NOTIFIER_URL\) redirects to another address \(301\)",
        ),
        (httpx.Response(503, json={"detail": "not now: Kafka"}), TransientError, r"now \(503\): Kafka"),
        (httpx.Response(500), TransientError, r"could not carry out the request \(500\)"),
        (httpx.Response(200, json={}), ConfigurationError, "not a notifier of this test's version"),
        (httpx.ReadTimeout(""), TransientError, "within 2 s.*may still be carried out"),
        (httpx.ConnectError("refused"), TransientError, "no notifier answers.*ConnectError: refused$"),
        (httpx.ReadError("reset"), TransientError, "ReadError: reset; the request may have been carried out"),
    ],
)
async def test_each_answer_is_an_error_by_what_to_do(
    answer: httpx.Response | httpx.TransportError, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        await Server(answer).client().call(ChannelTest, "POST", "/api/channels/1/test")


async def test_a_redirected_change_does_not_count_as_made() -> None:
    redirect = httpx.Response(308, headers={"Location": "https://notifier/"})
    with pytest.raises(ConfigurationError, match="was not carried out"):
        await Server(redirect).client().send("DELETE", "/api/channels/1")
