"""The setting of processes that browsers reach through proxies."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from mailtide_common.runtime.settings import Settings, listed


def _networks(value: str) -> str:
    try:
        for item in listed(value):
            ip_network(item)
    except ValueError:
        raise ValueError(
            "must be a comma-separated list of IP addresses, and of networks without host bits, such as 10.0.0.0/8"
        ) from None
    return value


class ProxySettings(Settings):
    """Settings of every process that browsers reach through proxies."""

    mailtide_trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "",
        description="Addresses and networks of your own proxies, comma separated. A request from a proxy "
        "counts for the client that `X-Forwarded-For` names. The ingress and the console limit each client.",
    )

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        return listed(self.mailtide_trusted_proxies)
