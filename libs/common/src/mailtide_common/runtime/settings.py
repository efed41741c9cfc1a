"""Settings that several services share, and how a service reads them.

Every setting is an environment variable of the field's name in capitals; a secret may also be a file of that
name in the folder `MAILTIDE_SECRETS_DIR`.
"""

import os
import sys
from typing import NoReturn, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

S = TypeVar("S", bound="Settings")


class Settings(BaseSettings):
    """What every process reads."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    mailtide_host: str = Field("127.0.0.1", description="Address to listen on; containers set 0.0.0.0.")
    mailtide_log_level: str = Field("INFO", description="Lowest level that is logged.")


class KafkaSettings(Settings):
    """What every process that speaks to Kafka reads."""

    kafka_bootstrap_servers: str = Field(description="Kafka brokers, host:port, comma separated.")
    mailtide_topic_partitions: int = Field(
        12,
        ge=1,
        description="Partitions of every topic. Chosen once: a later change would break the order per grant.",
    )

    mailtide_session_timeout_ms: int = Field(
        10_000,
        ge=6_000,
        description="Kafka session time-out: so long after a consumer died, another one takes over.",
    )

    @property
    def bootstrap_servers(self) -> list[str]:
        """The brokers, one by one: FastStream takes a comma list for one host."""
        return [server.strip() for server in self.kafka_bootstrap_servers.split(",") if server.strip()]


class PostgresSettings(Settings):
    """What every process that speaks to Postgres reads."""

    database_url: SecretStr = Field(description="Postgres, as postgresql://user:password@host:port/database.")


class NylasSettings(Settings):
    """What every process that calls Nylas reads."""

    nylas_api_uri: str = Field(
        "https://api.us.nylas.com",
        description="Nylas' API: https://api.us.nylas.com or https://api.eu.nylas.com.",
    )
    nylas_api_key: SecretStr = Field(description="API key of the Nylas application.")
    nylas_client_id: str = Field(description="Client id of the Nylas application.")


class SecretKeySettings(Settings):
    """What every process that keeps secrets reads."""

    secret_key: SecretStr = Field(description="Encrypts stored secrets and signs OAuth state; keep it.")


def load(cls: type[S], command: str) -> S:
    """Read the settings, or end the process with one clear line and exit code 2.

    Args:
        cls: the service's settings class.
        command: the command's name, for the message.
    """
    try:
        return cls(_secrets_dir=os.environ.get("MAILTIDE_SECRETS_DIR"))
    except ValidationError as error:
        refuse(command, describe(error))


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
