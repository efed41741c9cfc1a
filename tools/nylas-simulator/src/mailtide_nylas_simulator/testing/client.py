"""A typed client of the admin API, for tests, the demo and benchmarks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import orjson

from mailtide_nylas_simulator.mail.model import Json


@dataclass(frozen=True, slots=True)
class MailboxInfo:
    """A mailbox; ``grant_id`` is None while it is not connected."""

    email: str
    provider: str
    name: str
    messages: int
    deleted: int
    folders: int
    grant_id: str | None


@dataclass(frozen=True, slots=True)
class DeliveryInfo:
    """What became of one notification at one destination; see the sender's ``Delivery``."""

    number: int
    notification_id: str
    type: str
    grant_id: str
    object_id: str
    destination_id: str
    url: str
    copy_of: int | None
    emitted_at: float
    attempts: list[Json]
    outcome: str


class SimulatorAdmin:
    """Talks to ``/admin`` of a running simulator. Use it as an async context manager.

    Args:
        base_url: Where the simulator listens, without ``/admin``.
        timeout: Seconds that one call may take; large mailboxes take their time.
    """

    def __init__(self, base_url: str, timeout: float = 60.0) -> None:
        self._client = httpx.AsyncClient(base_url=base_url, timeout=timeout, trust_env=False)

    async def __aenter__(self) -> Self:
        """The client itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def mailboxes(self) -> list[MailboxInfo]:
        """Every mailbox."""
        return [MailboxInfo(**each) for each in (await self._call("GET", "/mailboxes"))["mailboxes"]]

    async def create_mailbox(self, email: str, **plan: Any) -> MailboxInfo:
        """Make a seeded mailbox (keywords of ``seed.MailboxPlan``), or load the mail at ``path``."""
        return MailboxInfo(**await self._call("POST", "/mailboxes", {"email": email, **plan}))

    async def deliver(self, email: str, count: int = 1, **options: Any) -> list[str]:
        """Deliver new mail: ``count`` written ones; ``size``, ``attachments``, ``notify``. Returns the ids."""
        return await self._ids(email, "deliver", {"count": count, **options})

    async def deliver_messages(
        self, email: str, messages: Sequence[Json], *, omit: Sequence[str] = (), notify: bool = True
    ) -> list[str]:
        """Deliver messages with exactly these fields, right or wrong; ``omit`` names fields not to show."""
        sheet = {"messages": list(messages), "omit": list(omit), "notify": notify}
        return await self._ids(email, "deliver", sheet)

    async def create_folder(self, email: str, name: str) -> str:
        """Make a folder; folder.created is sent. The folder's id."""
        path = f"/mailboxes/{quote(email, safe='')}/folders"
        return str((await self._call("POST", path, {"name": name}))["id"])

    async def mutate(self, email: str, action: str, **options: Any) -> list[str]:
        """Change messages: read, unread, star, unstar, move, trash, delete, touch; ``ids`` or ``count``."""
        return await self._ids(email, "mutate", {"action": action, **options})

    async def connect(self, email: str, scope: list[str] | None = None) -> str:
        """Connect a mailbox without OAuth; the grant id."""
        return str((await self._call("POST", "/grants", {"email": email, "scope": scope}))["id"])

    async def grants(self) -> list[Json]:
        """Every grant in the shape of the API."""
        found: list[Json] = (await self._call("GET", "/grants"))["grants"]
        return found

    async def expire(self, grant: str) -> Json:
        """The user's permission ends; grant.expired is sent."""
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/expire")

    async def reauthenticate(self, grant: str) -> Json:
        """The user consents again; what was missed within 72 h is sent."""
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/reauth")

    async def touch(self, grant: str) -> Json:
        """A plain update of the grant; grant.updated is sent."""
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/touch")

    async def end_first_sync(self, grant: str) -> Json:
        """All of a new IMAP mailbox is listed from now on; grant.imap_sync_completed is sent."""
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/first-sync-ends")

    async def revoke(self, grant: str) -> Json:
        """The grant is deleted for good; grant.deleted is sent."""
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/revoke")

    async def truth(self, grant: str, bodies: str = "full") -> Json:
        """Everything the mailbox holds; ``bodies``: ``full``, ``digest`` (SHA-256 as body_sha256) or ``none``."""
        return await self._call("GET", f"/grants/{quote(grant, safe='')}/truth?bodies={bodies}")

    async def fault(self, kind: str, **options: Any) -> int:
        """Switch a fault on; the id by which it is cleared. See the README for kinds and options."""
        return int((await self._call("POST", "/faults", {"kind": kind, **options}))["id"])

    async def faults(self) -> list[Json]:
        """Faults that are on."""
        found: list[Json] = (await self._call("GET", "/faults"))["faults"]
        return found

    async def clear_faults(self, fault: int | None = None) -> None:
        """Switch one fault or all off."""
        await self._call("DELETE", "/faults" if fault is None else f"/faults/{fault}")

    async def calls(self) -> Json:
        """Counters of API calls: total, grants, statuses, peak_concurrency."""
        return await self._call("GET", "/calls")

    async def reset_calls(self) -> None:
        """Reset the counters."""
        await self._call("POST", "/calls/reset")

    async def deliveries(self, after: int = 0, **filters: str) -> list[DeliveryInfo]:
        """The delivery log from a number on; filters: ``grant``, ``type``, ``outcome``."""
        query = httpx.QueryParams({"after": after, **filters})
        found = (await self._call("GET", f"/deliveries?{query}"))["deliveries"]
        return [DeliveryInfo(**each) for each in found]

    async def reset_deliveries(self) -> None:
        """Empty the delivery log."""
        await self._call("POST", "/deliveries/reset")

    async def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until no delivery is pending; False when it took too long."""
        return bool((await self._call("POST", f"/deliveries/wait?timeout={timeout}"))["idle"])

    async def set_sender(self, **settings: Any) -> Json:
        """Change ``delays`` (list of seconds), ``timeout`` or ``most_bytes``."""
        return await self._call("POST", "/sender", settings)

    async def notify(self, **notification: Any) -> str:
        """Send any notification: ``type``, ``grant_id``, ``object``, ``id``, ``time``, or ``raw_base64``."""
        return str((await self._call("POST", "/notifications", notification))["id"])

    async def advance_clock(self, seconds: float) -> None:
        """Move the clock that judges destinations and the 72 h of an expired grant."""
        await self._call("POST", "/clock", {"advance": seconds})

    async def webhooks(self) -> list[Json]:
        """Every destination, with its secret."""
        found: list[Json] = (await self._call("GET", "/webhooks"))["webhooks"]
        return found

    async def set_webhook_status(self, destination: str, status: str) -> None:
        """Put a destination into any state, without a challenge."""
        await self._call("POST", f"/webhooks/{destination}/status", {"status": status})

    async def _ids(self, email: str, act: str, sheet: Json) -> list[str]:
        """A call on a mailbox that answers with message ids."""
        found: list[str] = (await self._call("POST", f"/mailboxes/{quote(email, safe='')}/{act}", sheet))[
            "ids"
        ]
        return found

    async def _call(self, method: str, path: str, sheet: Json | None = None) -> Json:
        """One call.

        Raises:
            httpx.HTTPStatusError: The simulator refused; the message holds its answer.
        """
        content = None if sheet is None else json.dumps(sheet).encode()
        response = await self._client.request(method, f"/admin{path}", content=content)
        if response.is_error:
            said = f"{method} {path}: {response.status_code} {response.text}"
            raise httpx.HTTPStatusError(said, request=response.request, response=response)
        return _read(response.content)


def _read(content: bytes) -> Json:
    """A JSON object; lone surrogates, which the fast reader refuses, are let through."""
    try:
        found: Json = orjson.loads(content)
    except orjson.JSONDecodeError:
        found = json.loads(content)
    return found
