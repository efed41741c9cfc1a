"""Servers that the environment names are reached as their settings ask for, or the setting to correct is named."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from mailtide_devkit.local import backends
from mailtide_devkit.local.backends import PostgresServer, choose_kafka, choose_postgres
from mailtide_devkit.local.errors import SetupError
from mailtide_devkit.local.ports import free_port
from mailtide_devkit.local.secured_kafka import SecuredKafka

Choose = Callable[[Mapping[str, str]], object]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def secured() -> AsyncIterator[SecuredKafka]:
    async with SecuredKafka(["operator"]) as kafka:
        yield kafka


@pytest.mark.real
async def test_a_kafka_with_tls_and_login_is_reached(secured: SecuredKafka) -> None:
    external = choose_kafka(secured.environment("operator"))
    await external.start()
    assert external.bootstrap_servers == secured.address


@pytest.mark.real
async def test_a_refused_login_names_the_settings_to_check(
    secured: SecuredKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "EXTERNAL_SECONDS", 0.1)
    wrong = secured.environment("operator") | {"KAFKA_SASL_PASSWORD": "wrong"}
    with pytest.raises(
        SetupError, match=f"Kafka at {secured.address} cannot be reached by SASL_SSL.*KAFKA_SASL"
    ):
        await choose_kafka(wrong).start()


@pytest.mark.parametrize(
    ("choose", "environment", "named"),
    [
        (
            choose_kafka,
            {"KAFKA_BOOTSTRAP_SERVERS": "kafka"},
            r"KAFKA_BOOTSTRAP_SERVERS \(must be .*host:port",
        ),
        (
            choose_kafka,
            {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL"},
            "KAFKA_SASL_USERNAME .*KAFKA_SASL_PASSWORD",
        ),
        (choose_postgres, {"DATABASE_URL": "mysql://db/app"}, r"DATABASE_URL \(must be postgresql://"),
    ],
)
def test_a_wrong_setting_is_named(choose: Choose, environment: dict[str, str], named: str) -> None:
    with pytest.raises(SetupError, match=f"wrong settings: {named}"):
        choose(environment)


def test_only_the_given_environment_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_SSL_CA_FILE", str(tmp_path / "missing"))
    assert choose_kafka({"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}).bootstrap_servers == "kafka:9092"


async def test_a_refused_session_is_told_at_once_with_its_reason(postgres: PostgresServer) -> None:
    missing = choose_postgres({"DATABASE_URL": postgres.url_of("missing")})
    with pytest.raises(SetupError, match=r'"missing" does not exist \(check DATABASE_URL'):
        await missing.start()


async def test_a_postgres_that_cannot_be_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "EXTERNAL_SECONDS", 0.1)
    port = free_port()
    absent = choose_postgres({"DATABASE_URL": f"postgresql://user:hidden@127.0.0.1:{port}/app"})
    with pytest.raises(
        SetupError, match=r"Postgres at 127\.0\.0\.1:.*, database app, cannot be reached.*DATABASE_URL"
    ) as told:
        await absent.start()
    assert "hidden" not in str(told.value)
