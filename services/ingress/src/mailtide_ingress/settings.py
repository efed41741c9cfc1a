"""Every environment variable of the ingress."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from mailtide_common.runtime.settings import KafkaSettings, NylasSettings, SecretKeySettings


class IngressSettings(KafkaSettings, NylasSettings, SecretKeySettings):
    """Read from the environment by `mailtide-ingress`."""

    mailtide_port: int = Field(8080, description="Port of the public routes.")
    public_url: str = Field(
        "http://127.0.0.1:8080",
        description="Where browsers and Nylas reach the ingress; OAuth's callback is below it.",
    )
    nylas_webhook_secret: SecretStr | None = Field(
        None,
        description="Webhook secrets, comma separated while rotating. Those of destinations that Mailtide "
        "made itself are known without it.",
    )
    mailtide_return_origins: str = Field(
        "",
        description="Origins besides PUBLIC_URL's that `return_to` may name, comma separated.",
    )

    @field_validator("public_url")
    @classmethod
    def _is_a_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be http(s)://host[:port][/path]")
        return value.rstrip("/")

    @property
    def environment_secrets(self) -> tuple[str, ...]:
        """The secrets of NYLAS_WEBHOOK_SECRET."""
        return _items(self.nylas_webhook_secret.get_secret_value() if self.nylas_webhook_secret else "")

    @property
    def return_origins(self) -> tuple[str, ...]:
        """The origins of MAILTIDE_RETURN_ORIGINS."""
        return _items(self.mailtide_return_origins)


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())
