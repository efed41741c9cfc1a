"""The notifier's use cases on a database, real receivers of its notices, and its process."""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr

from mailtide_common.contracts.api.channels import Channel, ChannelKind, CreatedChannel, NewChannel
from mailtide_common.contracts.api.rules import Conditions, Rule, RuleSettings
from mailtide_common.contracts.codec import Record, encode
from mailtide_common.contracts.events import (
    Address,
    AlertEnded,
    AlertKind,
    AlertRaised,
    Event,
    Lane,
    MessageContent,
    MessageState,
)
from mailtide_common.contracts.keys import account_uuid, folder_uuid
from mailtide_common.contracts.times import MICROSECONDS
from mailtide_common.contracts.topics import MESSAGES
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.crypto import SecretBox
from mailtide_devkit.local.ports import free_port
from mailtide_devkit.stack.environment import of_service
from mailtide_devkit.stack.service import Service
from mailtide_devkit.stack.stack import BIN
from mailtide_notifier.alerts.follow import AlertFollower
from mailtide_notifier.channels.apprise_sender import AppriseSender
from mailtide_notifier.channels.manage import Channels
from mailtide_notifier.channels.outgoing import Sender
from mailtide_notifier.channels.post import Post
from mailtide_notifier.channels.quiet import speaking, utc_now
from mailtide_notifier.channels.webhook_sender import WebhookSender
from mailtide_notifier.outbox.assemble import assemble
from mailtide_notifier.outbox.deliver import Deliverer
from mailtide_notifier.purge import Forgetter
from mailtide_notifier.rules.announce import Announcer
from mailtide_notifier.rules.manage import RuleBook

MAX_AGE = 3_600
CONSOLE_URL = "https://console.example.com/ops"
ADMIN_TOKEN = "an-admin-token-for-tests"
SECRET_KEY = "a-secret-key-for-tests"
INBOX = "in"


class Receiver:
    """A receiver of webhooks on a real port: stores requests, and answers with `status`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.answer_headers: dict[str, str] = {}
        self.delay_seconds = 0.0

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.requests]


@contextmanager
def a_receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:  # the sender was killed meanwhile
                return
            receiver.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            time.sleep(receiver.delay_seconds)
            self.send_response(receiver.status)
            for name, value in receiver.answer_headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Not on stderr."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Mailroom:
    """An SMTP server on a real port, which stores the mail that it receives."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.unknown: set[str] = set()
        """Addresses that it refuses."""
        self.port = 0

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}/?from=mailtide@example.com&to=operator@example.com"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        parsed: Message = BytesParser(policy=default).parsebytes(envelope.content)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 OK"


@contextmanager
def a_mailroom() -> Iterator[Mailroom]:
    room = Mailroom()
    controller = Controller(room, hostname="127.0.0.1", port=free_port())
    controller.start()
    room.port = controller.port
    try:
        yield room
    finally:
        controller.stop()


class Harness:
    """The notifier's use cases around one database, driven step by step."""

    def __init__(self, pool: asyncpg.Pool, client: httpx.AsyncClient, *, attempts: int = 3) -> None:
        self.pool = pool
        box = SecretBox(SECRET_KEY)
        senders: dict[ChannelKind, Sender] = {
            ChannelKind.APPRISE: AppriseSender(),
            ChannelKind.WEBHOOK: WebhookSender(client),
        }
        self.post = Post(senders, box)
        self.channels = Channels(pool, box, self.post)
        self.rules = RuleBook(pool)
        self.deliverer = Deliverer(pool, self.post, attempts=attempts)
        self.follower = AlertFollower(pool, _nothing, max_age_seconds=MAX_AGE)
        self.announcer = Announcer(pool, _nothing, max_age_seconds=MAX_AGE)
        self.forgetter = Forgetter(pool)

    async def channel(self, url: str, name: str = "ops", **settings: Any) -> CreatedChannel:
        """Create a channel, without digests unless the test asks for them."""
        kind = ChannelKind.WEBHOOK if url.startswith("http") else ChannelKind.APPRISE
        fields = {"digest_seconds": 0, **settings}
        return await self.channels.create(NewChannel(name=name, kind=kind, url=SecretStr(url), **fields))

    async def rule(self, *channels: Channel, name: str = "VIP", **settings: Any) -> Rule:
        conditions = Conditions(**settings.pop("conditions", {}))
        ids = tuple(channel.id for channel in channels)
        return await self.rules.create(
            RuleSettings(name=name, channels=ids, conditions=conditions, **settings)
        )

    async def account(
        self, grant: str = "g", roles: Sequence[tuple[str, str]] = ((INBOX, "\\Inbox"),)
    ) -> UUID:
        """Store a mailbox with folders, given by ids and roles; return its id."""
        account_id = account_uuid(grant)
        await self.pool.execute(
            "INSERT INTO email_accounts (id, nylas_grant_id, email_address, status) VALUES ($1, $2, $3, 'active')",
            account_id,
            grant,
            f"{grant}@example.com",
        )
        for folder, role in roles:
            await self.pool.execute(
                "INSERT INTO email_folders (id, account_id, nylas_folder_id, attributes, observed_at, source_rank,"
                " event_id) VALUES ($1, $2, $3, $4, 1, 1, 'e')",
                folder_uuid(grant, folder),
                account_id,
                folder,
                [role],
            )
        return account_id

    async def alerts(self, *events: Event, at_ms: int | None = None) -> None:
        assert await self.follower.handle([a_record(event, at_ms) for event in events]) == []

    async def mail(self, *events: Event, at_ms: int | None = None) -> None:
        assert await self.announcer.handle([a_record(event, at_ms) for event in events]) == []

    async def assembled(self) -> int:
        return await assemble(self.pool, await self.channels.list(), utc_now(), console_url=CONSOLE_URL)

    async def delivered(self) -> None:
        """Assemble and send all that is due."""
        while await self.assembled():
            pass
        while await self.deliverer.deliver_one(speaking(await self.channels.list(), utc_now())):
            pass

    async def notices(self) -> list[Any]:
        return list(await self.pool.fetch("SELECT * FROM notices ORDER BY created_at, event"))

    async def hurry(self) -> None:
        """Make everything due that is delayed."""
        await self.pool.execute("UPDATE notices SET due_at = now()")
        await self.pool.execute("UPDATE notice_deliveries SET due_at = now()")


def _nothing() -> None:
    """Do nothing: no loop has to be woken."""


@asynccontextmanager
async def a_harness(pool: asyncpg.Pool) -> AsyncIterator[Harness]:
    async with httpx.AsyncClient() as client:
        yield Harness(pool, client)


def a_record(event: Event, at_ms: int | None = None) -> Record:
    encoded = encode(event, source="test")
    moment = int(time.time() * 1_000) if at_ms is None else at_ms
    return Record(event.topic.name, 0, 0, encoded.key, encoded.value, encoded.headers, moment)


def a_tombstone(key: str) -> Record:
    return Record(MESSAGES.name, 0, 0, key.encode(), None, [], int(time.time() * 1_000))


def raised(
    subject: str = "g", kind: AlertKind = AlertKind.GRANT_INVALID, at: int | None = None, reason: str = "why"
) -> AlertRaised:
    return AlertRaised(kind=kind, subject=subject, reason=reason, at=now_us() if at is None else at)


def end_of(alert: AlertRaised) -> AlertEnded:
    return AlertEnded(
        kind=alert.kind,
        subject=alert.subject,
        reason=alert.reason,
        opened_at=alert.at,
        at=alert.at + MICROSECONDS,
    )


def content(
    message: str = "m", grant: str = "g", lane: Lane = Lane.LIVE, age: float = 0.0, **changes: Any
) -> MessageContent:
    fields: dict[str, Any] = {
        "subject": "Invoice 7 is due",
        "from_": (Address(name="Ann", email="Ann@example.com"),),
        "to": (Address(email="me@example.com"),),
        "cc": (),
        "bcc": (),
        "attachments": (),
        **changes,
    }
    return MessageContent(
        grant_id=grant,
        message_id=message,
        version=_version(),
        lane=lane,
        thread_id=None,
        snippet=None,
        reply_to=(),
        body="<p>text</p>",
        received_at=int(time.time() - age),
        content_hash="h",
        core_hash="c",
        **fields,
    )


def state(message: str = "m", grant: str = "g", **changes: Any) -> MessageState:
    fields: dict[str, Any] = {"folders": (INBOX,), "lane": Lane.LIVE, "unread": True, **changes}
    return MessageState(grant_id=grant, message_id=message, version=_version(), **fields)


def _version() -> Version:
    return Version(observed_at=now_us(), source=Source.API, event_id="e")


def notifier_process(kafka: str, database_url: str, log: Path, **env: str) -> Service:
    """Return a notifier as a process that is not started yet."""
    port = free_port()
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "DATABASE_URL": database_url,
        "ADMIN_TOKEN": ADMIN_TOKEN,
        "SECRET_KEY": SECRET_KEY,
        **env,
    }
    return Service(
        "notifier",
        [BIN / "mailtide-notifier"],
        port=port,
        log=log,
        env=of_service("notifier", settings, port, "127.0.0.1"),
    )
