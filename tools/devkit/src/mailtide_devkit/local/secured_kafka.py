"""A Kafka with a second listener that is secured as in production: TLS, logins, and access only by ACL.

Clients of the first listener need no login and have all rights. Tests use that one to act as an operator.
"""

import secrets
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from aiokafka.protocol.admin import CreateAclsRequest_v1
from aiokafka.protocol.api import Request
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.brokers import Brokers, Login

from .kafka import HOST, Kafka
from .ports import free_port
from .process import ProcessError

PLAIN_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"


TOPIC, GROUP = 2, 3
LITERAL, PREFIXED = 3, 4
ALLOW = 3
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
"""Kafka's protocol numbers of the operations in ACLs."""


class _CreateAcls(Request[CreateAclsRequest_v1]):  # type: ignore[misc]
    """Creates several ACLs at once; aiokafka's own request takes one."""

    API_KEY = CreateAclsRequest_v1.API_KEY

    def __init__(self, rules: Sequence[tuple[object, ...]]) -> None:
        self._rules = rules

    def build(self, request_struct_class: type[CreateAclsRequest_v1]) -> CreateAclsRequest_v1:
        return request_struct_class(self._rules)


class SecuredKafka:
    """A broker with a secured listener. Use as `async with SecuredKafka(users) as kafka:`."""

    def __init__(self, users: Iterable[str] = ()) -> None:
        """Create the broker without starting it. Each user can log in by PLAIN, but has no rights yet."""
        self._passwords = {user: secrets.token_hex(8) for user in users}
        self._folder = Path(tempfile.mkdtemp(prefix="mailtide-guarded-kafka-"))
        self._port = free_port()
        self.ca_file = self._folder / "ca.crt"
        self.open = Kafka(settings=self._settings())
        """The broker. Its `bootstrap_servers` is the address of the listener without login."""

    async def __aenter__(self) -> Self:
        (self._folder / "broker.pem").write_text(_certificate(self.ca_file))
        await self.open.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.open.discard()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def address(self) -> str:
        return f"{HOST}:{self._port}"

    def brokers(self, user: str, *, password: str | None = None) -> Brokers:
        """Return the address and login of a user. `password` replaces the user's own, to test a wrong one."""
        login = Login("PLAIN", user, password or self._passwords[user])
        return Brokers((self.address,), tls=True, ca_file=self.ca_file, login=login)

    def environment(self, user: str) -> dict[str, str]:
        """Return the settings with which a service logs in as this user."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.address,
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SSL_CA_FILE": str(self.ca_file),
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_USERNAME": user,
            "KAFKA_SASL_PASSWORD": self._passwords[user],
        }

    async def add_scram_user(self, user: str, password: str) -> None:
        """Allow a user to log in by SCRAM-SHA-512.

        Raises:
            ProcessError: Kafka's tool failed, or did not end within `START_SECONDS` of `kafka.py`.
        """
        await self.open.run_tool(
            "kafka.admin.ConfigCommand",
            "--alter", "--entity-type", "users", "--entity-name", user,
            "--add-config", f"SCRAM-SHA-512=[password={password}]",
        )  # fmt: skip

    async def allow(
        self,
        user: str,
        topics: Mapping[str, Iterable[str]],
        group_prefixes: Iterable[str],
        *,
        sees_groups: bool = False,
    ) -> None:
        """Add ACLs that give a user rights on topics and consumer groups.

        Args:
            user: the user who gets the rights.
            topics: operations (keys of `OPERATIONS`) by topic.
            group_prefixes: prefixes of the consumer groups that the user may join.
            sees_groups: whether the user may describe every group.

        Raises:
            ProcessError: Kafka refused an ACL.
        """
        rules = [
            (TOPIC, topic, LITERAL, f"User:{user}", "*", OPERATIONS[operation], ALLOW)
            for topic, operations in topics.items()
            for operation in operations
        ]
        rules += [
            (GROUP, group, PREFIXED, f"User:{user}", "*", OPERATIONS["Read"], ALLOW)
            for group in group_prefixes
        ]
        if sees_groups:
            rules.append((GROUP, "*", LITERAL, f"User:{user}", "*", OPERATIONS["Describe"], ALLOW))
        async with admin_client(Brokers.plain(self.open.bootstrap_servers)) as admin:
            answer = await admin._send_request(_CreateAcls(rules))  # noqa: SLF001 - aiokafka has no public call
        refused = [f"{code} {message or ''}".strip() for code, message in answer.creation_responses if code]
        if refused:
            raise ProcessError(f"Kafka refused ACLs, with these error codes: {', '.join(refused)}")

    def _settings(self) -> dict[str, str]:
        listener = "listener.name.guarded"
        users = "".join(f' user_{user}="{password}"' for user, password in self._passwords.items())
        return {
            "listeners": f"GUARDED://{HOST}:{self._port}",
            "advertised.listeners": f"GUARDED://{HOST}:{self._port}",
            "listener.security.protocol.map": "GUARDED:SASL_SSL",
            f"{listener}.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            f"{listener}.plain.sasl.jaas.config": f"{PLAIN_LOGIN} required{users};",
            f"{listener}.scram-sha-512.sasl.jaas.config": f"{SCRAM_LOGIN} required;",
            f"{listener}.ssl.keystore.type": "PEM",
            f"{listener}.ssl.keystore.location": str(self._folder / "broker.pem"),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }


def _certificate(ca_file: Path) -> str:
    """Return a new key and its self-signed certificate in PEM. Also write the certificate to `ca_file`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mailtide devkit")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    ca_file.write_text(pem)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode() + pem
