"""The environment variables of a stack's processes, and the secrets among them."""

import re
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

CLIENT_ID = "mailtide-local"

WITHHELD = {
    "ingress": ("DATABASE_URL", "CRON_SECRET", "ADMIN_TOKEN"),
    "persister": ("NYLAS_API_KEY", "NYLAS_WEBHOOK_SECRET", "CRON_SECRET", "ADMIN_TOKEN"),
    "notifier": ("NYLAS_API_KEY", "NYLAS_CLIENT_ID", "NYLAS_WEBHOOK_SECRET", "CRON_SECRET"),
    "console": (
        "KAFKA_BOOTSTRAP_SERVERS",
        "NYLAS_API_KEY",
        "NYLAS_CLIENT_ID",
        "NYLAS_WEBHOOK_SECRET",
        "CRON_SECRET",
        "SECRET_KEY",
    ),
    "sync-worker": ("NYLAS_WEBHOOK_SECRET", "CRON_SECRET", "ADMIN_TOKEN"),
}
"""By service, the settings that it must not require.

A stack does not give them to the service, so that a test fails if the service requires one.
"""


SETTINGS = re.compile(
    r"(?:KAFKA|MAILTIDE|NYLAS|OTEL)_\w+|ADMIN_TOKEN|CONNECT_SECRET|CRON_SECRET|DATABASE_URL|PUBLIC_URL|SECRET_KEY"
    r"|SYNC_INTERVAL"
)
"""The names of Mailtide's settings."""


def settings_in(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if SETTINGS.fullmatch(name)}


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not SETTINGS.fullmatch(name)}


def manages_webhooks(settings: Mapping[str, str]) -> bool:
    """Return whether a scheduler with these settings creates and repairs the webhook destination."""
    return TypeAdapter(bool).validate_python(settings.get("MAILTIDE_MANAGE_WEBHOOKS", "true"))


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of a stack's services, and the client id of the application at Nylas."""

    api_key: str
    client_id: str
    cron_secret: str
    admin_token: str
    secret_key: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return the secrets in `environment`.

        A missing secret is replaced by a random one, a missing client id by `CLIENT_ID`.
        """
        return cls(
            environment.get("NYLAS_API_KEY") or secrets.token_urlsafe(24),
            environment.get("NYLAS_CLIENT_ID") or CLIENT_ID,
            environment.get("CRON_SECRET") or secrets.token_urlsafe(24),
            environment.get("ADMIN_TOKEN") or secrets.token_urlsafe(24),
            environment.get("SECRET_KEY") or secrets.token_urlsafe(32),
        )

    def as_environment(self) -> dict[str, str]:
        return {
            "NYLAS_API_KEY": self.api_key,
            "NYLAS_CLIENT_ID": self.client_id,
            "CRON_SECRET": self.cron_secret,
            "ADMIN_TOKEN": self.admin_token,
            "SECRET_KEY": self.secret_key,
        }


def of_service(service: str, settings: Mapping[str, str], port: int, host: str) -> dict[str, str]:
    """Return the whole environment of one service: `settings`, host and port, without those in `WITHHELD`."""
    everything = {**settings, "MAILTIDE_HOST": host, "MAILTIDE_PORT": str(port)}
    return {key: value for key, value in everything.items() if key not in WITHHELD.get(service, ())}


def as_shell(variables: Mapping[str, str], commands: Path) -> str:
    """Return lines for a shell to source. They export `variables`, and add the folder `commands` to PATH."""
    lines = [f"export {key}={shlex.quote(value)}\n" for key, value in sorted(variables.items())]
    return "".join([*lines, f'export PATH={shlex.quote(str(commands))}:"$PATH"\n'])
