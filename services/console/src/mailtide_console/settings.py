"""Environment variables of the console."""

from pydantic import Field

from mailtide_common.runtime.settings import (
    PORT_MEANING,
    ConnectSettings,
    ConsoleUrlSettings,
    Key,
    Port,
    PostgresSettings,
    WebAddress,
)
from mailtide_common.runtime.web.ports import PORTS
from mailtide_common.runtime.web.proxy_settings import ProxySettings


class ConsoleSettings(PostgresSettings, ProxySettings, ConnectSettings, ConsoleUrlSettings):
    """Settings of `mailtide-console`."""

    mailtide_port: Port = Field(PORTS["console"], description=PORT_MEANING)
    admin_token: Key = Field(
        description="Bearer token of the scheduler's routes other than cron, and of the notifier's. "
        "Operators log in to the console with it."
    )
    mailtide_scheduler_url: WebAddress = Field(
        "http://127.0.0.1:8081", description="Where the scheduler's API is."
    )
    mailtide_notifier_url: WebAddress = Field(
        "http://127.0.0.1:8085", description="Where the notifier's API is."
    )
    mailtide_session_seconds: int = Field(
        28_800,
        ge=60,
        le=7 * 86_400,
        description="Seconds after which an operator must log in to the console again.",
    )

    @property
    def secure(self) -> bool:
        """Whether browsers reach the console over TLS; False if its URL is not set."""
        return (self.mailtide_console_url or "").startswith("https://")
