"""Every environment variable of the ingress."""

from pydantic import Field, SecretStr

from mailtide_common.runtime.settings import (
    KafkaSettings,
    NylasSettings,
    Port,
    PublicUrlSettings,
    SecretKeySettings,
)


class IngressSettings(KafkaSettings, NylasSettings, SecretKeySettings, PublicUrlSettings):
    """Read from the environment by `mailtide-ingress`."""

    mailtide_port: Port = Field(8080, description="Port of the public routes.")
    nylas_webhook_secret: SecretStr | None = Field(
        None,
        description="Webhook secrets, comma separated while rotating. Those of destinations that Mailtide "
        "made itself are known without it.",
    )
    mailtide_return_origins: str = Field(
        "",
        description="Origins besides PUBLIC_URL's that `return_to` may name, comma separated.",
    )

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
