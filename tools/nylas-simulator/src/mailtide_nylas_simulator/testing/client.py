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

ANSWER_SECONDS = 60.0
"""Most seconds to wait for an answer of the simulator, unless the call itself waits for something."""


@dataclass(frozen=True, slots=True)
class MailboxInfo:
    """A mailbox and its numbers of objects; ``grant_id`` is None while it is not connected."""

    email: str
    provider: str
    name: str
    messages: int
    deleted: int
    folders: int
    grant_id: str | None


@dataclass(frozen=True, slots=True)
class DeliveryInfo:
    """A notification for one destination, its attempts and its outcome; see ``webhooks.sender.Delivery``."""

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
    """A client of ``/admin`` of a running simulator. Use it as an asynchronous context manager.

    Every call raises `httpx.HTTPStatusError`, with the simulator's answer as text, if the simulator refuses it.

    Args:
        base_url: The URL of the simulator, without ``/admin``.
        timeout: The most seconds to wait for a connection or an answer; creating a large mailbox takes several.
    """

    def __init__(self, base_url: str, timeout: float = ANSWER_SECONDS) -> None:
        self._client = httpx.AsyncClient(base_url=base_url, timeout=timeout, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def mailboxes(self) -> list[MailboxInfo]:
        return [MailboxInfo(**each) for each in (await self._call("GET", "/mailboxes"))["mailboxes"]]

    async def create_mailbox(self, email: str, **plan: Any) -> MailboxInfo:
        """Create a mailbox of generated mail (``plan``: fields of ``seed.MailboxPlan``), or of the mail at ``path``."""
        return MailboxInfo(**await self._call("POST", "/mailboxes", {"email": email, **plan}))

    async def deliver(self, email: str, count: int = 1, **options: Any) -> list[str]:
        """Deliver generated messages and return their ids; options: the other fields of the route (README)."""
        return await self._ids(email, "deliver", {"count": count, **options})

    async def deliver_messages(
        self, email: str, messages: Sequence[Json], *, omit: Sequence[str] = (), notify: bool = True
    ) -> list[str]:
        """Deliver a message for each object, and return their ids.

        Fields of the object, valid or not, replace generated ones; those in ``omit`` are not shown. Notifications are
        sent unless ``notify`` is False.
        """
        sheet = {"messages": list(messages), "omit": list(omit), "notify": notify}
        return await self._ids(email, "deliver", sheet)

    async def create_folder(self, email: str, name: str) -> str:
        """Create a folder, which sends folder.created if the mailbox is connected, and return its id."""
        path = f"/mailboxes/{quote(email, safe='')}/folders"
        return str((await self._call("POST", path, {"name": name}))["id"])

    async def mutate(self, email: str, action: str, **options: Any) -> list[str]:
        """Change messages, and return their ids.

        Args:
            email: The mailbox.
            action: ``read``, ``unread``, ``star``, ``unstar``, ``move``, ``trash``, ``delete`` or ``touch``.
            options: ``ids``, or ``count`` for randomly drawn ones (default 1); ``folder`` to move them to.
        """
        return await self._ids(email, "mutate", {"action": action, **options})

    async def connect(self, email: str, scope: list[str] | None = None) -> str:
        """Connect a mailbox without OAuth, and return the grant id. A connected mailbox is re-authenticated."""
        return str((await self._call("POST", "/grants", {"email": email, "scope": scope}))["id"])

    async def grants(self) -> list[Json]:
        found: list[Json] = (await self._call("GET", "/grants"))["grants"]
        return found

    async def expire(self, grant: str) -> Json:
        """Make a valid grant invalid, which sends grant.expired; return the grant."""
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/expire")

    async def reauthenticate(self, grant: str) -> Json:
        """Make a grant valid, which sends grant.updated; return the grant.

        If it was invalid for at most 72 h, the changes that it missed are sent too.
        """
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/reauth")

    async def touch(self, grant: str) -> Json:
        """Set ``updated_at`` of a grant to now, and send grant.updated; return the grant."""
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/touch")

    async def end_first_sync(self, grant: str) -> Json:
        """List all messages of the mailbox from now on, and send grant.imap_sync_completed; return the grant."""
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/first-sync-ends")

    async def revoke(self, grant: str) -> Json:
        """Delete a grant permanently, which sends grant.deleted; return the grant."""
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/revoke")

    async def truth(self, grant: str, bodies: str = "full") -> Json:
        """Return a grant and the contents of its mailbox: ``grant``, ``folders``, ``messages``, ids in ``deleted``.

        ``bodies`` is ``full``, ``digest`` (``body_sha256`` instead of ``body``) or ``none``.
        """
        return await self._call("GET", f"/grants/{quote(grant, safe='')}/truth?bodies={bodies}")

    async def fault(self, kind: str, **options: Any) -> int:
        """Switch a fault on, and return the id by which it is cleared. The README lists kinds and options."""
        return int((await self._call("POST", "/faults", {"kind": kind, **options}))["id"])

    async def faults(self) -> list[Json]:
        found: list[Json] = (await self._call("GET", "/faults"))["faults"]
        return found

    async def clear_faults(self, fault: int | None = None) -> None:
        """Switch off one fault, or all of them if no id is given."""
        await self._call("DELETE", "/faults" if fault is None else f"/faults/{fault}")

    async def calls(self) -> Json:
        """Return the counters of API calls: ``total``, ``grants``, ``statuses``, ``peak_concurrency``."""
        return await self._call("GET", "/calls")

    async def reset_calls(self) -> None:
        await self._call("POST", "/calls/reset")

    async def deliveries(self, after: int = 0, **filters: str) -> list[DeliveryInfo]:
        """Return the deliveries with number ``after``, counted from 0, or a higher one.

        Filters: ``grant``, ``type``, ``outcome``.
        """
        query = httpx.QueryParams({"after": after, **filters})
        found = (await self._call("GET", f"/deliveries?{query}"))["deliveries"]
        return [DeliveryInfo(**each) for each in found]

    async def reset_deliveries(self) -> None:
        """Empty the delivery log; refused while a delivery is pending."""
        await self._call("POST", "/deliveries/reset")

    async def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until no delivery is pending; return False if one still is after ``timeout`` seconds, at most 300."""
        path = f"/deliveries/wait?timeout={timeout}"
        return bool((await self._call("POST", path, answer_seconds=timeout + ANSWER_SECONDS))["idle"])

    async def set_sender(self, **settings: Any) -> Json:
        """Change ``delays`` (a list of seconds), ``timeout`` (seconds) or ``most_bytes`` of deliveries."""
        return await self._call("POST", "/sender", settings)

    async def notify(self, **notification: Any) -> str:
        """Send a notification of these fields of ``POST /admin/notifications``, and return its id."""
        return str((await self._call("POST", "/notifications", notification))["id"])

    async def advance_clock(self, seconds: float) -> None:
        """Advance the clock by ``seconds``, and update the status of every destination.

        By this clock, destinations become failing (15 min) and failed (72 h), and a re-authenticated grant is sent the
        changes that it missed (if it was invalid for at most 72 h). Dates of mail stay real.
        """
        await self._call("POST", "/clock", {"advance": seconds})

    async def webhooks(self) -> list[Json]:
        """Return all destinations, with their secrets."""
        found: list[Json] = (await self._call("GET", "/webhooks"))["webhooks"]
        return found

    async def set_webhook_status(self, destination: str, status: str) -> None:
        """Set the status of a destination to any value, without a challenge."""
        await self._call("POST", f"/webhooks/{destination}/status", {"status": status})

    async def _ids(self, email: str, act: str, sheet: Json) -> list[str]:
        found: list[str] = (await self._call("POST", f"/mailboxes/{quote(email, safe='')}/{act}", sheet))[
            "ids"
        ]
        return found

    async def _call(
        self, method: str, path: str, sheet: Json | None = None, *, answer_seconds: float | None = None
    ) -> Json:
        content = None if sheet is None else json.dumps(sheet).encode()
        timeout = httpx.USE_CLIENT_DEFAULT if answer_seconds is None else answer_seconds
        response = await self._client.request(method, f"/admin{path}", content=content, timeout=timeout)
        if response.is_error:
            said = f"{method} {path}: {response.status_code} {response.text}"
            raise httpx.HTTPStatusError(said, request=response.request, response=response)
        return _read(response.content)


def _read(content: bytes) -> Json:
    """Parse a JSON object; lone surrogates, which orjson refuses, are accepted."""
    try:
        found: Json = orjson.loads(content)
    except orjson.JSONDecodeError:
        found = json.loads(content)
    return found
