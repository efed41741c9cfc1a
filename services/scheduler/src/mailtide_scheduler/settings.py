"""Every environment variable of the scheduler."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from mailtide_common.runtime.settings import (
    KafkaSettings,
    NylasSettings,
    PostgresSettings,
    SecretKeySettings,
)


class TickSettings(KafkaSettings, PostgresSettings):
    """Read from the environment by `mailtide-scheduler tick`."""

    sync_interval: float = Field(
        900.0, ge=1.0, description="Seconds between two deltas of an account, spread by a tenth either way."
    )


class SchedulerSettings(TickSettings, NylasSettings, SecretKeySettings):
    """Read from the environment by `mailtide-scheduler`."""

    mailtide_port: int = Field(8081, description="Port of the internal API.")
    cron_secret: SecretStr = Field(description="Bearer token of the cron route.")
    admin_token: SecretStr = Field(description="Bearer token of all other routes of the scheduler.")
    public_url: str = Field(
        "http://127.0.0.1:8080",
        description="Where Nylas reaches the ingress; the webhook destination is below it.",
    )
    nylas_webhook_secret: SecretStr | None = Field(
        None,
        description="Webhook secrets that the operator keeps. With them, the secret of a destination that exists "
        "already is never rotated.",
    )
    mailtide_manage_webhooks: bool = Field(
        True, description="Keep the webhook destination at Nylas; false leaves it to the operator."
    )
    mailtide_compressed_delivery: bool = Field(
        True,
        description="Have Nylas gzip its deliveries: smaller, and no firewall takes mail's HTML for an attack.",
    )

    @field_validator("public_url")
    @classmethod
    def _is_a_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be http(s)://host[:port][/path]")
        return value.rstrip("/")

    @property
    def webhook_url(self) -> str:
        """The URL of our webhook destination."""
        return f"{self.public_url}/api/webhooks/nylas"
