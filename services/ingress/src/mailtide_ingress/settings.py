"""The ingress' settings."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from mailtide_common.runtime.settings import (
    PORT_MEANING,
    ConnectSettings,
    KafkaSettings,
    NylasSettings,
    Port,
    SecretKeySettings,
    TracingSettings,
    listed,
)
from mailtide_common.runtime.web.ports import PORTS
from mailtide_common.runtime.web.proxy_settings import ProxySettings

from .origins import origin_of


class IngressSettings(
    KafkaSettings, NylasSettings, SecretKeySettings, ConnectSettings, ProxySettings, TracingSettings
):
    """Settings of `mailtide-ingress`."""

    mailtide_port: Port = Field(PORTS["ingress"], description=PORT_MEANING)
    nylas_webhook_secret: SecretStr | None = Field(
        None,
        description="Webhook secrets, comma separated. Not needed for destinations that Mailtide created.",
    )
    mailtide_shared_mailboxes: Literal["share", "refuse"] = Field(
        "share",
        description="Whether a user may connect a mailbox that another user has connected. With `refuse`, "
        "the browser returns to the application with `error=already_connected`.",
    )
    mailtide_return_origins: str = Field(
        "",
        description="Origins that `return_to` may name besides the origin of PUBLIC_URL, comma separated. A path "
        "in them is ignored: every path of an origin is allowed.",
    )

    @field_validator("mailtide_return_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        if any(origin_of(each) is None for each in listed(value)):
            raise ValueError(
                "must be a comma-separated list of origins such as https://app.example.com, with ASCII hosts "
                "(xn--… for other letters) and without user names"
            )
        return value

    @property
    def environment_secrets(self) -> tuple[str, ...]:
        return listed(self.nylas_webhook_secret.get_secret_value() if self.nylas_webhook_secret else "")

    @property
    def return_origins(self) -> tuple[str, ...]:
        return listed(self.mailtide_return_origins)
