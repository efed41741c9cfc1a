"""Settings that several services share, and how a service reads them.

Every setting is an environment variable of the field's name in capitals; a secret may also be a file of that
name in the folder `MAILTIDE_SECRETS_DIR`.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

S = TypeVar("S", bound="Settings")


def _brokers(value: str) -> str:
    servers = [server.strip() for server in value.split(",") if server.strip()]
    if not servers:
        raise ValueError("must name at least one host:port")
    for server in servers:
        _, separator, port = server.rpartition(":")
        if not separator or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65_536:
            raise ValueError("must be host:port, comma separated")
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        odd = parts.port == 0 or any(c.isspace() for c in value)
    except ValueError:
        raise ValueError("must be http(s)://host[:port][/path]") from None
    if odd or parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be http(s)://host[:port][/path]")
    return value.rstrip("/")


def _database(value: SecretStr) -> SecretStr:
    try:
        scheme = urlsplit(value.get_secret_value()).scheme
    except ValueError:
        scheme = ""
    if scheme not in {"postgresql", "postgres"}:
        raise ValueError("must be postgresql://user:password@host:port/database")
    return value


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be printable ASCII without blanks")
    return value


Port = Annotated[int, Field(ge=1, le=65_535)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]


class Settings(BaseSettings):
    """What every process reads."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    mailtide_host: str = Field("127.0.0.1", description="Address to listen on; containers set 0.0.0.0.")
    mailtide_log_level: LogLevel = Field("INFO", description="Lowest level that is logged.")


class KafkaSettings(Settings):
    """What every process that speaks to Kafka reads."""

    kafka_bootstrap_servers: Annotated[str, AfterValidator(_brokers)] = Field(
        description="Kafka brokers, host:port, comma separated."
    )
    mailtide_topic_partitions: int = Field(
        12,
        ge=1,
        description="Partitions of every topic. Chosen once: a later change would break the order per grant.",
    )

    mailtide_session_timeout_ms: int = Field(
        10_000,
        ge=6_000,
        le=1_800_000,
        description="Kafka session time-out: so long after a consumer died, another one takes over.",
    )

    @property
    def bootstrap_servers(self) -> list[str]:
        """The brokers, one by one: FastStream takes a comma list for one host."""
        return [server.strip() for server in self.kafka_bootstrap_servers.split(",") if server.strip()]


class PostgresSettings(Settings):
    """What every process that speaks to Postgres reads."""

    database_url: Annotated[SecretStr, AfterValidator(_database)] = Field(
        description="Postgres, as postgresql://user:password@host:port/database."
    )


class NylasSettings(Settings):
    """What every process that calls Nylas reads."""

    nylas_api_uri: WebAddress = Field(
        "https://api.us.nylas.com",
        description="Nylas' API: https://api.us.nylas.com or https://api.eu.nylas.com.",
    )
    nylas_api_key: Secret = Field(description="API key of the Nylas application.")
    nylas_client_id: str = Field(description="Client id of the Nylas application.")


class PublicUrlSettings(Settings):
    """What every process that tells others where the ingress is reads."""

    public_url: WebAddress = Field(
        "http://127.0.0.1:8080",
        description="Where Nylas and browsers reach the ingress, without a slash at the end.",
    )


class SecretKeySettings(Settings):
    """What every process that keeps secrets reads."""

    secret_key: Secret = Field(description="Encrypts stored secrets and signs OAuth state; keep it.")


def load(cls: type[S], command: str) -> S:
    """Read the settings, or end the process with one clear line and exit code 2.

    Args:
        cls: the service's settings class.
        command: the command's name, for the message.
    """
    folder = os.environ.get("MAILTIDE_SECRETS_DIR")
    if folder and not Path(folder).is_dir():
        refuse(command, "wrong settings: MAILTIDE_SECRETS_DIR (no such folder)")
    try:
        return cls(_secrets_dir=folder or None)
    except ValidationError as error:
        refuse(command, describe(error))
    except (SettingsError, OSError, UnicodeError) as error:
        refuse(command, f"unreadable settings: {type(error).__name__}")


def describe(error: ValidationError) -> str:
    """Say which settings are missing or wrong, without their values."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    missing = [str(p["loc"][0]).upper() for p in problems if p["type"] == "missing"]
    wrong = [f"{str(p['loc'][0]).upper()} ({p['msg']})" for p in problems if p["type"] != "missing"]
    parts = []
    if missing:
        parts.append(f"missing settings: {', '.join(missing)}")
    if wrong:
        parts.append(f"wrong settings: {', '.join(wrong)}")
    return "; ".join(parts)


def refuse(command: str, reason: str) -> NoReturn:
    """End the process with one line on stderr and exit code 2."""
    sys.stderr.write(f"{command}: {reason} (see .env.example)\n")
    raise SystemExit(2)
