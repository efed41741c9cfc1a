"""Environment variables of the ingress."""

from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from mailtide_common.runtime.settings import (
    PORT_MEANING,
    KafkaSettings,
    NylasSettings,
    Port,
    PublicUrlSettings,
    SecretKeySettings,
)
from mailtide_common.runtime.web.ports import PORTS


def _networks(value: str) -> str:
    try:
        for item in _items(value):
            ip_network(item)
    except ValueError:
        raise ValueError("must be IP addresses and networks such as 10.0.0.0/8, comma separated") from None
    return value


class IngressSettings(KafkaSettings, NylasSettings, SecretKeySettings, PublicUrlSettings):
    """Settings of `mailtide-ingress`."""

    mailtide_port: Port = Field(PORTS["ingress"], description=PORT_MEANING)
    nylas_webhook_secret: SecretStr | None = Field(
        None,
        description="Webhook secrets, comma separated while rotating. Those of destinations that Mailtide "
        "made itself are known without it.",
    )
    mailtide_shared_mailboxes: Literal["share", "refuse"] = Field(
        "share",
        description="Whether a second user may connect a mailbox that another user has connected; `refuse` sends "
        "the browser back with `error=already_connected`.",
    )
    mailtide_return_origins: str = Field(
        "",
        description="Origins besides PUBLIC_URL's that `return_to` may name, comma separated.",
    )

    mailtide_trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "",
        description="Addresses and networks of your own proxies, comma separated. Requests from them count for the "
        "client that their `X-Forwarded-For` names; each client may use a part of the memory.",
    )

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        """The addresses and networks of MAILTIDE_TRUSTED_PROXIES."""
        return _items(self.mailtide_trusted_proxies)

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
