"""The composition root on a real Kafka."""

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr

from mailtide_common.contracts.codec import decode
from mailtide_common.contracts.connect_links import connect_link
from mailtide_common.contracts.events import Account
from mailtide_common.contracts.topics import ACCOUNTS
from mailtide_common.runtime.kafka.reader import read_to_end
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_common.runtime.web.server import Switch
from mailtide_devkit.local.kafka import Kafka
from mailtide_devkit.local.waiting import until
from mailtide_harness.ingress import browser
from mailtide_ingress.app import create_app
from mailtide_ingress.settings import IngressSettings

PUBLIC = "http://mail.test"


async def test_an_account_is_in_the_log_before_connected_is_said(kafka: Kafka) -> None:
    grant = f"g/{uuid4().hex}"
    nylas = httpx.MockTransport(
        lambda _request: httpx.Response(200, json={"grant_id": grant, "email": "a@example.com"})
    )
    settings = IngressSettings(
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        nylas_api_key=SecretStr("key"),
        nylas_client_id="client",
        secret_key=SecretStr("a-secret-key-for-tests"),
        public_url=f"{PUBLIC}/",
        connect_secret=SecretStr("demo-connect-secret"),
    )
    await ensure_topics(settings.brokers, settings.mailtide_topic_partitions)
    app = create_app(settings, Switch(), nylas_transport=nylas)
    async with app.app.router.lifespan_context(app.app), browser(app, PUBLIC) as client:

        async def ready() -> bool:
            return (await client.get("/readyz")).status_code == 200

        await until(ready, what="the ingress is ready")
        unsigned = await client.get("/api/auth/nylas/connect?user_id=u-1&return_to=/done")
        assert (unsigned.status_code, unsigned.headers["content-type"]) == (403, "application/problem+json")
        sent = await client.get(connect_link(PUBLIC, "demo-connect-secret", user_id="u-1", return_to="/done"))
        state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
        answer = await client.get("/api/auth/nylas/callback", params={"code": "c", "state": state})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{PUBLIC}/done?success=connected&email=a%40example.com"
    events = [
        decode(record) async for chunk in read_to_end(settings.brokers, ACCOUNTS) for record in chunk.records
    ]
    (account,) = [event for event in events if isinstance(event, Account) and event.grant_id == grant]
    assert (account.user_id, account.email_address) == ("u-1", "a@example.com")
    called = {"endpoint": "POST /v3/connect/token", "outcome": "ok"}
    assert REGISTRY.get_sample_value("mailtide_nylas_call_duration_seconds_count", called)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("public_url", url) for url in ("", "mail.test", "ftp://mail.test", "https://mail.test/?x=1")],
        *[
            ("mailtide_trusted_proxies", each)
            for each in ("*", "proxy.internal", "10.0.0.1/8", "10.0.0.0/8;::1")
        ],
    ],
)
def test_wrong_urls_and_proxies_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        IngressSettings(
            kafka_bootstrap_servers="k:1",
            nylas_api_key=SecretStr("key"),
            nylas_client_id="c",
            secret_key=SecretStr("a-secret-key-for-tests"),
            **{name: value},
        )
