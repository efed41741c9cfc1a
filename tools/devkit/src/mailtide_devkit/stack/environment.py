"""What each process of a stack is told by its environment."""

import os
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CLIENT_ID = "mailtide-local"

WITHHELD = {
    "ingress": ("DATABASE_URL", "CRON_SECRET", "ADMIN_TOKEN"),
    "persister": ("NYLAS_API_KEY", "NYLAS_WEBHOOK_SECRET", "CRON_SECRET", "ADMIN_TOKEN"),
    "sync-worker": ("NYLAS_WEBHOOK_SECRET", "CRON_SECRET", "ADMIN_TOKEN"),
}
"""A service does not get what it has no business with, so a test notices when it reaches for it."""


def _own(name: str, made: str) -> str:
    return os.environ.get(name) or made


@dataclass(frozen=True, slots=True)
class Secrets:
    """Those of the environment, and random ones where it has none."""

    api_key: str = field(default_factory=lambda: _own("NYLAS_API_KEY", secrets.token_urlsafe(24)))
    client_id: str = field(default_factory=lambda: _own("NYLAS_CLIENT_ID", CLIENT_ID))
    cron_secret: str = field(default_factory=lambda: _own("CRON_SECRET", secrets.token_urlsafe(24)))
    admin_token: str = field(default_factory=lambda: _own("ADMIN_TOKEN", secrets.token_urlsafe(24)))
    secret_key: str = field(default_factory=lambda: _own("SECRET_KEY", secrets.token_urlsafe(32)))

    def as_environment(self) -> dict[str, str]:
        """The variables."""
        return {
            "NYLAS_API_KEY": self.api_key,
            "NYLAS_CLIENT_ID": self.client_id,
            "CRON_SECRET": self.cron_secret,
            "ADMIN_TOKEN": self.admin_token,
            "SECRET_KEY": self.secret_key,
        }


def of_service(service: str, shared: Mapping[str, str], port: int, host: str) -> dict[str, str]:
    """The whole environment of one service."""
    everything = {**os.environ, **shared, "MAILTIDE_HOST": host, "MAILTIDE_PORT": str(port)}
    return {key: value for key, value in everything.items() if key not in WITHHELD.get(service, ())}


def as_shell(variables: Mapping[str, str], commands: Path) -> str:
    """Lines that a shell can source: the variables, and the folder with Mailtide's commands in its path."""
    lines = [f"export {key}={shlex.quote(value)}\n" for key, value in sorted(variables.items())]
    return "".join([*lines, f'export PATH={shlex.quote(str(commands))}:"$PATH"\n'])
