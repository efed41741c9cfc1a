"""Addresses of the brokers, and the options of the clients that connect to them."""

from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import Any, Literal, Self

from mailtide_common.runtime.errors import TransientError

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]

METADATA_MAX_AGE_MS = 30_000
CONSUMER_REQUEST_TIMEOUT_MS = 20_000
"""Longest time of a consumer's request. It must exceed the rebalance time-out, because joining a group is a
request.

It determines how late mail is when a broker hangs. The controller moves the broker's partitions after 9 s
(`broker.session.timeout.ms`). aiokafka 0.14 still waits this time for an answer of the broker, and again for
a new connection to the broker. With 20 s, mail is 20 to 41 s late; with aiokafka's default of 40 s, it was 40
to 82 s late (tests/cluster, one of three brokers frozen).
"""


@dataclass(frozen=True, slots=True)
class Login:
    """A client's SASL login."""

    mechanism: Mechanism
    username: str
    password: str

    def __repr__(self) -> str:
        """Return the login without its password."""
        return f"Login({self.mechanism}, {self.username})"


@dataclass(frozen=True, slots=True)
class Brokers:
    """Addresses of the brokers, and how to connect to them."""

    servers: tuple[str, ...]
    tls: bool = False
    ca_file: Path | None = None
    """PEM file with the brokers' CA certificates, or None for the certificates that the system trusts."""
    login: Login | None = None

    @classmethod
    def plain(cls, servers: str) -> Self:
        """Return brokers without login and TLS. `servers` is a comma-separated list of `host:port`."""
        return cls(tuple(server.strip() for server in servers.split(",") if server.strip()))

    def client_options(self) -> dict[str, Any]:
        """Return the options of an aiokafka client."""
        options: dict[str, Any] = {
            "bootstrap_servers": list(self.servers),
            "security_protocol": self.protocol,
            "ssl_context": self.ssl_context(),
        }
        if self.login is not None:
            options |= {
                "sasl_mechanism": self.login.mechanism,
                "sasl_plain_username": self.login.username,
                "sasl_plain_password": self.login.password,
            }
        return options

    def failure(self, error: Exception) -> TransientError:
        """Return the error to raise for a failed connection or request. It names the brokers' addresses."""
        where = f"Kafka at {', '.join(self.servers)}"
        # The class is compared by name, because importing aiokafka would delay each command by 0.25 s.
        if isinstance(error, OSError) or type(error).__name__ == "KafkaConnectionError":
            # aiokafka 0.14 logs why a connection was refused, but raises the same error as for no answer.
            settings = ["KAFKA_BOOTSTRAP_SERVERS", "KAFKA_SECURITY_PROTOCOL"]
            settings += ["KAFKA_SSL_CA_FILE"] if self.tls else []
            settings += ["KAFKA_SASL_…"] if self.login else []
            return TransientError(
                f"{where} cannot be reached by {self.protocol}: no broker answers, or a broker refuses the "
                f"connection; check {', '.join(settings)}"
            )
        text, name = str(error), type(error).__name__  # aiokafka's texts usually begin with the class
        return TransientError(f"{where}: {text if name in text else f'{name}: {text}'}")

    @property
    def protocol(self) -> Protocol:
        """Kafka's name of the security protocol."""
        if self.login is None:
            return "SSL" if self.tls else "PLAINTEXT"
        return "SASL_SSL" if self.tls else "SASL_PLAINTEXT"

    def ssl_context(self) -> SSLContext | None:
        """Return the context of TLS connections, or None without TLS."""
        return create_default_context(cafile=self.ca_file) if self.tls else None
