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
"""The longest wait for an answer of the simulator. `SimulatorAdmin.wait_idle` adds its own time."""


@dataclass(frozen=True, slots=True)
class MailboxInfo:
    """A mailbox, with its numbers of messages, deleted messages and folders.

    ``grant_id`` is None while the mailbox is not connected.
    """

    email: str
    provider: str
    name: str
    messages: int
    deleted: int
    folders: int
    grant_id: str | None


@dataclass(frozen=True, slots=True)
class DeliveryInfo:
    """A notification for one destination, with its attempts and outcome; see ``webhooks.sender.Delivery``."""

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

    If the simulator refuses a call, `httpx.HTTPStatusError` is raised, with the answer as text.

    Args:
        base_url: The URL of the simulator, without ``/admin``.
        timeout: Maximum wait, in seconds, for a connection or an answer.
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
        """Create a mailbox from generated mail, or from the mail at ``path`` (an mbox file or a Maildir).

        A mailbox with the same address is replaced; its grant stays. ``plan`` has fields of
        ``mail.seed.MailboxPlan``, or ``path``, ``provider`` and ``name``. The simulator reads the path.
        """
        return MailboxInfo(**await self._call("POST", "/mailboxes", {"email": email, **plan}))

    async def deliver(self, email: str, count: int = 1, **options: Any) -> list[str]:
        """Deliver ``count`` generated messages, and return their ids. The README lists the options."""
        return await self._ids(email, "deliver", {"count": count, **options})

    async def deliver_messages(
        self, email: str, messages: Sequence[Json], *, omit: Sequence[str] = (), notify: bool = True
    ) -> list[str]:
        """Deliver a message for each object in ``messages``, and return their ids.

        Args:
            email: The mailbox.
            messages: The fields of each object, valid or not, replace those of a generated message.
            omit: Fields that the API does not show.
            notify: Whether notifications are sent.
        """
        sheet = {"messages": list(messages), "omit": list(omit), "notify": notify}
        return await self._ids(email, "deliver", sheet)

    async def create_folder(self, email: str, name: str) -> str:
        """Create a folder, and return its id. If the mailbox is connected, this sends folder.created."""
        path = f"/mailboxes/{quote(email, safe='')}/folders"
        return str((await self._call("POST", path, {"name": name}))["id"])

    async def mutate(self, email: str, action: str, **options: Any) -> list[str]:
        """Change messages, and return their ids. If the mailbox is connected, each change is notified.

        Args:
            email: The mailbox.
            action: ``read``, ``unread``, ``star``, ``unstar``, ``move``, ``trash``, ``delete`` or ``touch``.
            options: ``ids`` of messages, or ``count`` (default 1) for random ones; ``folder``, the id of the
                target of ``move`` (default: the archive, else the first folder).
        """
        return await self._ids(email, "mutate", {"action": action, **options})

    async def connect(self, email: str, scope: list[str] | None = None) -> str:
        """Connect a mailbox without OAuth, and send grant.created. Return the grant id.

        If the mailbox is connected, re-authenticate its grant instead, as `reauthenticate` does.
        """
        return str((await self._call("POST", "/grants", {"email": email, "scope": scope}))["id"])

    async def grants(self) -> list[Json]:
        found: list[Json] = (await self._call("GET", "/grants"))["grants"]
        return found

    async def expire(self, grant: str) -> Json:
        """Make a valid grant invalid, and send grant.expired. Return the grant."""
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/expire")

    async def reauthenticate(self, grant: str) -> Json:
        """Make a grant valid, and send grant.updated. Return the grant.

        If the grant was invalid for at most 72 h, the changes that it missed are sent too.
        """
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/reauth")

    async def touch(self, grant: str) -> Json:
        """Set ``updated_at`` of a grant to now, and send grant.updated. Return the grant."""
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/touch")

    async def end_first_sync(self, grant: str) -> Json:
        """End Nylas' own first sync of the mailbox, and send grant.imap_sync_completed. Return the grant.

        After this call, ``first_listed`` of its `MailboxPlan` no longer limits listings.
        """
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/first-sync-ends")

    async def revoke(self, grant: str) -> Json:
        """Delete a grant permanently, and send grant.deleted. Return the grant."""
        return await self._call("POST", f"/grants/{quote(grant, safe='')}/revoke")

    async def truth(self, grant: str, bodies: str = "full") -> Json:
        """Return ``grant``, and ``folders``, ``messages`` and ``deleted`` (ids) of its mailbox.

        With ``bodies="digest"``, messages have ``body_sha256`` instead of ``body``. With ``"none"``, they
        have neither.
        """
        return await self._call("GET", f"/grants/{quote(grant, safe='')}/truth?bodies={bodies}")

    async def fault(self, kind: str, **options: Any) -> int:
        """Switch a fault on, and return its id for `clear_faults`. The README lists kinds and options."""
        return int((await self._call("POST", "/faults", {"kind": kind, **options}))["id"])

    async def faults(self) -> list[Json]:
        found: list[Json] = (await self._call("GET", "/faults"))["faults"]
        return found

    async def clear_faults(self, fault: int | None = None) -> None:
        """Switch off one fault, or all faults if no id is given."""
        await self._call("DELETE", "/faults" if fault is None else f"/faults/{fault}")

    async def calls(self) -> Json:
        """Return the counters of API calls: ``total``, ``grants``, ``statuses``, ``peak_concurrency``."""
        return await self._call("GET", "/calls")

    async def reset_calls(self) -> None:
        await self._call("POST", "/calls/reset")

    async def deliveries(self, after: int = 0, **filters: str) -> list[DeliveryInfo]:
        """Return the deliveries from number ``after`` on, counted from 0.

        Filters: ``grant``, ``type``, ``outcome``. At most ``limit`` deliveries (default 100,000) are returned.
        """
        query = httpx.QueryParams({"after": after, **filters})
        found = (await self._call("GET", f"/deliveries?{query}"))["deliveries"]
        return [DeliveryInfo(**each) for each in found]

    async def reset_deliveries(self) -> None:
        """Empty the delivery log; numbers start at 0 again. Refused while a delivery is pending."""
        await self._call("POST", "/deliveries/reset")

    async def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until no delivery is pending, and return whether none is.

        The wait ends after ``timeout`` seconds, at most 300.
        """
        path = f"/deliveries/wait?timeout={timeout}"
        return bool((await self._call("POST", path, answer_seconds=timeout + ANSWER_SECONDS))["idle"])

    async def set_sender(self, **settings: Any) -> Json:
        """Change ``delays`` (a list of seconds), ``timeout`` (seconds) or ``most_bytes`` of deliveries.

        Return all three.
        """
        return await self._call("POST", "/sender", settings)

    async def notify(self, **notification: Any) -> str:
        """Send a notification to the destinations that subscribe to its ``type``, and return its id.

        The README lists the fields of ``POST /admin/notifications``.
        """
        return str((await self._call("POST", "/notifications", notification))["id"])

    async def advance_clock(self, seconds: float) -> None:
        """Advance the clock by ``seconds``, and update the status of every destination.

        The clock determines when destinations become failing and failed, and how long a grant was invalid. It
        does not change dates of mail.
        """
        await self._call("POST", "/clock", {"advance": seconds})

    async def webhooks(self) -> list[Json]:
        """Return all destinations, with their secrets."""
        found: list[Json] = (await self._call("GET", "/webhooks"))["webhooks"]
        return found

    async def set_webhook_status(self, destination: str, status: str) -> None:
        """Set the status of a destination to any value, without a challenge.

        ``failing`` may end with the next attempt or advance of the clock.
        """
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
    """Parse a JSON object. It may contain lone surrogates, which orjson refuses."""
    try:
        found: Json = orjson.loads(content)
    except orjson.JSONDecodeError:
        found = json.loads(content)
    return found
