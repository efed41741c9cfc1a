"""Settings that several services share, and how a process reads them.

The name of a setting is the field's name in capitals. An environment variable that is not empty takes
precedence over a line of the file `MAILTIDE_ENV_FILE` (default: `.env` in the working directory). Such a line
takes precedence over a file with that name in the folder `MAILTIDE_SECRETS_DIR`.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path
from ssl import create_default_context
from typing import Annotated, Literal, NoReturn, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from mailtide_common.contracts.validation.addresses import check_database_url, is_port
from mailtide_common.contracts.validation.invalid_fields import invalid_fields
from mailtide_common.contracts.validation.shape import Shape

from .kafka.brokers import Brokers, Login, Mechanism, Protocol
from .kafka.consumers.dead_letter_bounds import Bounds

S = TypeVar("S", bound="Settings")

KEY_LENGTH, KEY_CHARACTERS = 16, 6
"""Least number of characters, and of different characters, of keys and tokens (`Key`)."""
ENV_FILE = "MAILTIDE_ENV_FILE"
ENV_FILE_MEANING = (
    "File with settings in lines `NAME=value`. Default: `.env` in the folder where a command starts; empty: "
    "no file. An environment variable takes precedence over the file."
)
SECRETS_DIR = "MAILTIDE_SECRETS_DIR"
SECRETS_DIR_MEANING = (
    "Folder with one file for each setting, named like the variable in upper or lower case. An environment "
    "variable takes precedence over a file."
)


def _brokers(value: str) -> str:
    servers = listed(value)
    if not servers:
        raise ValueError("must name at least one host:port")
    for host, _, port in (server.rpartition(":") for server in servers):
        if not is_port(port) or not host or "/" in host:
            raise ValueError("must be a comma-separated list of host:port, with ports from 1 to 65535")
    return value


def _web_address(value: str) -> str:
    address = _web_address_with_login(value)
    if "@" in urlsplit(address).netloc:  # it would replace the bearer token of requests (httpx 0.28)
        raise ValueError("must not have a user name or password")
    return address


def _web_address_with_login(value: str) -> str:
    try:
        parts = urlsplit(value)
        odd = parts.port == 0 or any(c.isspace() for c in value)
    except ValueError:
        raise ValueError("must be http(s)://host[:port][/path]") from None
    if odd or parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be http(s)://host[:port][/path]")
    return value.rstrip("/")


def _database(value: SecretStr) -> SecretStr:
    check_database_url(value.get_secret_value())
    return value


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must not be empty, and must be printable ASCII without spaces")
    return value


def _key(value: SecretStr) -> SecretStr:
    text = _secret(value).get_secret_value()
    if len(text) < KEY_LENGTH or len(set(text)) < KEY_CHARACTERS:
        raise ValueError(
            f"must have at least {KEY_LENGTH} characters, at least {KEY_CHARACTERS} of them different; "
            "`openssl rand -hex 32` prints a good value"
        )
    return value


def listed(text: str) -> tuple[str, ...]:
    """Return the items of a comma-separated list, without empty ones."""
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _certificates(value: Path) -> Path:
    try:
        create_default_context(cafile=value)
    except OSError:
        raise ValueError("must be a readable file with certificates in PEM format") from None
    return value


SCHEMA_NAME = Shape(
    "[a-z_][a-z0-9_]{0,62}",
    "must be a name of at most 63 lower-case letters, digits and underscores that does not begin with a digit",
)
Port = Annotated[int, Field(ge=1, le=65_535)]
PORT_MEANING = "Port on which a service listens for all its routes, such as health, metrics and API."
WebAddress = Annotated[str, AfterValidator(_web_address)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
Key = Annotated[SecretStr, AfterValidator(_key)]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]


class Settings(BaseSettings):
    """Settings that every process reads."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    mailtide_host: str = Field("127.0.0.1", description="Address to listen on; containers set 0.0.0.0.")
    mailtide_log_level: LogLevel = Field("INFO", description="Lowest level that is logged.")


class KafkaSettings(Settings):
    """Settings of every process that connects to Kafka."""

    kafka_bootstrap_servers: Annotated[str, AfterValidator(_brokers)] = Field(
        description="Kafka brokers, host:port, comma separated."
    )
    mailtide_topic_partitions: int = Field(
        12,
        ge=1,
        description="Partitions of each topic, except two topics with one partition. Choose it before the "
        "topics are created: a later change would break the order per grant.",
    )

    mailtide_session_timeout_ms: int = Field(
        10_000,
        ge=6_000,
        le=1_800_000,
        description="Kafka's session time-out, in milliseconds: the time after a crash until another "
        "consumer takes over.",
    )

    mailtide_dead_letter_share: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Largest share of its latest records (at least 200) that a consumer may park. Beyond "
        "it, the consumer halts. 1: no limit.",
    )
    mailtide_dead_letters_in_a_row: int = Field(
        100,
        ge=0,
        description="Maximum number of records in a row that a consumer may park for one cause. Beyond this number, it "
        "halts. 0: no limit.",
    )

    kafka_security_protocol: Protocol = Field(
        "PLAINTEXT",
        description="Protocol of connections to Kafka: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.",
    )
    kafka_ssl_ca_file: Annotated[Path, AfterValidator(_certificates)] | None = Field(
        None,
        description="PEM file with the brokers' CA certificates. Default: those that the system trusts.",
    )
    kafka_sasl_mechanism: Mechanism = Field(
        "SCRAM-SHA-512", description="Mechanism of the login: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."
    )
    kafka_sasl_username: str | None = Field(
        None, validate_default=True, description="User name for SASL_PLAINTEXT and SASL_SSL."
    )
    kafka_sasl_password: SecretStr | None = Field(
        None, validate_default=True, description="Password for SASL_PLAINTEXT and SASL_SSL."
    )

    @field_validator("kafka_sasl_username", "kafka_sasl_password")
    @classmethod
    def _goes_with_the_protocol(
        cls, value: str | SecretStr | None, info: ValidationInfo
    ) -> str | SecretStr | None:
        protocol = info.data.get("kafka_security_protocol", "SASL_" if value else "")  # absent if wrong
        if value is None and protocol.startswith("SASL_"):
            raise ValueError(f"must be set, because KAFKA_SECURITY_PROTOCOL is {protocol}")
        if value is not None and not protocol.startswith("SASL_"):
            raise ValueError("must be set only if KAFKA_SECURITY_PROTOCOL is SASL_SSL or SASL_PLAINTEXT")
        return value

    @property
    def dead_letter_bounds(self) -> Bounds:
        return Bounds(self.mailtide_dead_letter_share, self.mailtide_dead_letters_in_a_row)

    @property
    def brokers(self) -> Brokers:
        login = None
        if self.kafka_sasl_username is not None and self.kafka_sasl_password is not None:
            login = Login(
                self.kafka_sasl_mechanism,
                self.kafka_sasl_username,
                self.kafka_sasl_password.get_secret_value(),
            )
        return replace(
            Brokers.plain(self.kafka_bootstrap_servers),
            tls=self.kafka_security_protocol.endswith("SSL"),
            ca_file=self.kafka_ssl_ca_file,
            login=login,
        )


class TracingSettings(Settings):
    """Settings of every process that exports spans."""

    otel_exporter_otlp_endpoint: Annotated[str, AfterValidator(_web_address_with_login)] | None = Field(
        None,
        description="Where an OpenTelemetry collector receives spans by OTLP over HTTP, such as "
        "http://collector:4318. Without it, no spans are exported. OpenTelemetry reads further `OTEL_…` "
        "variables (`docs/monitoring.md`).",
    )


class PostgresSettings(Settings):
    """Settings of every process that connects to Postgres."""

    database_url: Annotated[SecretStr, AfterValidator(_database)] = Field(
        description="Postgres, as postgresql://user:password@host:port/database."
    )
    mailtide_schema: Annotated[str, SCHEMA_NAME] = Field(
        "public",
        description="Schema of Mailtide's tables, which `mailtide migrate` creates. Choose it once. Choose "
        "another one than `public` if the application has tables with the same names there.",
    )


class NylasSettings(Settings):
    """Settings of every process that calls Nylas."""

    nylas_api_uri: WebAddress = Field(
        "https://api.us.nylas.com",
        description="Nylas' API: https://api.us.nylas.com or https://api.eu.nylas.com.",
    )
    nylas_api_key: Secret = Field(description="API key of the Nylas application.")
    nylas_client_id: str = Field(description="Client id of the Nylas application.")


class PublicUrlSettings(Settings):
    """Settings of every process that uses the public URL of the ingress."""

    public_url: WebAddress = Field(
        "http://127.0.0.1:8080",
        description="URL at which Nylas and browsers reach the ingress, without a slash at the end.",
    )


class ConsoleUrlSettings(Settings):
    """Settings of every process that needs the URL of the console."""

    mailtide_console_url: WebAddress | None = Field(
        None,
        description="URL at which browsers of operators reach the console, without a slash at the end. "
        "Without it, alerts have no links. With https, the console's cookies are sent over TLS only.",
    )


class ConnectSettings(PublicUrlSettings):
    """Settings of every process that makes or accepts connect links."""

    connect_secret: Key | None = Field(
        None,
        description="Secret with which the application signs connect links, at least 16 characters. Without "
        "it, links are accepted only if PUBLIC_URL is a loopback address.",
    )

    @property
    def link_secret(self) -> str | None:
        return self.connect_secret.get_secret_value() if self.connect_secret else None


class SecretKeySettings(Settings):
    """Settings of every process that encrypts or signs with SECRET_KEY."""

    secret_key: Key = Field(
        description="Key that encrypts stored secrets and signs OAuth state, at least 16 characters. Keep "
        "it: without it, stored secrets cannot be read."
    )


def load(cls: type[S], command: str) -> S:
    """Return the settings of a process. If they are invalid, end the process as `refuse` does.

    Args:
        cls: the service's settings class.
        command: the command's name, which begins the line on stderr.
    """
    try:
        return read(cls, command)
    except ValidationError as error:
        refuse(command, describe(error))


def read(cls: type[S], command: str) -> S:
    """Return the settings of a process. If a file or folder is missing or unreadable, end it as `refuse` does.

    Raises:
        ValidationError: a setting is missing or wrong.
    """
    folder = os.environ.get(SECRETS_DIR)
    if folder and not Path(folder).is_dir():
        refuse(command, f"wrong settings: {SECRETS_DIR} (must be an existing folder)")
    file = os.environ.get(ENV_FILE)
    if file and (not Path(file).exists() or Path(file).is_dir()):
        refuse(command, f"wrong settings: {ENV_FILE} (must be an existing file)")
    try:
        return cls(_secrets_dir=folder or None, _env_file=os.environ.get(ENV_FILE, ".env") or None)
    except (SettingsError, OSError, UnicodeError) as error:
        place = getattr(error, "filename", None)
        named = f"the file {place}" if place else f"a file with settings (.env, {ENV_FILE} or {SECRETS_DIR})"
        refuse(command, f"{named} cannot be read or parsed: {type(error).__name__}")


def describe(error: ValidationError) -> str:
    """Return a line that names the missing and the wrong settings, without their values."""
    fields = [(each.path[0].upper() if each.path else "the settings", each) for each in invalid_fields(error)]
    missing = [name for name, each in fields if each.missing]
    wrong = [f"{name} ({each.reason})" for name, each in fields if not each.missing]
    parts = {"missing": missing, "wrong": wrong}
    return "; ".join(f"{kind} settings: {', '.join(names)}" for kind, names in parts.items() if names)


def refuse(command: str, reason: str) -> NoReturn:
    """End the process with exit code 2 and one line on stderr: the command and the reason."""
    sys.stderr.write(f"{command}: {reason} (see .env.example)\n")
    raise SystemExit(2)
