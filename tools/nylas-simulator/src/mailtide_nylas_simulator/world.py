"""The state of the simulator: mailboxes, grants, tokens, webhook destinations, faults and the clock."""

import random
import time
from dataclasses import dataclass

from .call_log import CallLog
from .faults.switches import FaultBook
from .grant_book import Grant, GrantBook
from .mail.ids import uuid_of
from .mail.mailbox import Mailbox
from .mail.model import Change, Json
from .mail.seed import Author
from .webhooks.destinations import DestinationBook
from .webhooks.notifications import grant_notice, mailbox_notice
from .webhooks.sender import Sender, SenderSettings

BACKFILL_SECONDS = 72 * 3600
CREATED, UPDATED, DELETED, EXPIRED, RETURNED = 25012, 25014, 25013, 25009, 25027


class Clock:
    """Real time plus an offset, which the admin API advances.

    It determines the status and the timestamps of destinations, how long a grant was invalid, and the default
    ``time`` of ``POST /admin/notifications``. Other times, such as dates of mail, are real.
    """

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        return time.time() + self.offset


@dataclass(slots=True)
class Code:
    """An authorization code that was issued and not yet exchanged."""

    email: str
    redirect_uri: str
    challenge: str | None
    method: str
    offline: bool
    state: str | None
    scope: list[str]


class World:
    """The whole state of the simulator.

    Args:
        client_id: The id of the application.
        api_key: Its API key, which is also its client secret.
        seed: Equal seeds and equal calls in the same order give equal ids, faults and generated mail, apart
            from its dates.
        sender: Settings of deliveries.
    """

    def __init__(self, client_id: str, api_key: str, seed: int, sender: SenderSettings | None = None) -> None:
        self.client_id = client_id
        self.api_key = api_key
        self.callback_uris: list[str] = []
        """The callback URIs to which OAuth may return; if there are none, it may return to any."""
        self.seed = seed
        self.draw = random.Random(f"world:{seed}")
        self.clock = Clock()
        self.calls = CallLog()
        self.faults = FaultBook(random.Random(f"faults:{seed}"))
        self.grants = GrantBook(random.Random(f"grants:{seed}"))
        self.mailboxes: dict[str, Mailbox] = {}
        self._authors: dict[str, Author] = {}
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, str] = {}
        """Grant ids by access token."""
        self.refresh_tokens: dict[str, str] = {}
        self.destinations = DestinationBook(random.Random(f"hooks:{seed}"), self.clock.now)
        self.sender = Sender(self.destinations, self.faults, sender or SenderSettings())

    def request_id(self) -> str:
        return uuid_of(self.draw)

    def adopt(self, mailbox: Mailbox) -> Mailbox:
        """Add a mailbox and return it. Its changes send notifications while it is connected.

        A mailbox with the same address is replaced. Its grant stays, and now belongs to the new mailbox.
        """
        self.mailboxes[mailbox.email] = mailbox
        self._authors.pop(mailbox.email, None)
        mailbox.listener = self.changed
        grant = self.grants.of_email(mailbox.email)
        if grant is not None:
            grant.mailbox = mailbox
        return mailbox

    def author_of(self, mailbox: Mailbox) -> Author:
        """Return the generator of new mail for a mailbox. New mail may continue earlier conversations."""
        author = self._authors.get(mailbox.email)
        if author is None:
            author = Author(mailbox, random.Random(f"author:{mailbox.email}:{self.seed}"))
            author.go_on()
            self._authors[mailbox.email] = author
        return author

    def connect(self, email: str, scope: list[str] | None = None, login_id: str | None = None) -> Grant:
        """Connect a mailbox, send grant.created, and return the grant.

        If the mailbox is connected, re-authenticate its grant instead. The id and the scope stay.

        Args:
            email: The address of the mailbox.
            scope: None or empty: the provider's scopes for reading.
            login_id: The login's id to put into grant.created; None: none.

        Raises:
            KeyError: There is no such mailbox.
        """
        mailbox = self.mailboxes[email]
        known = self.grants.of_email(email)
        if known is not None:
            self.reauthenticate(known)
            return known
        grant = self.grants.add(mailbox, int(time.time()), scope)
        extra: Json = {"name": mailbox.name, "scope": grant.scope}
        if login_id is not None:
            extra["login_id"] = login_id
        self._notify_grant("grant.created", grant, CREATED, extra)
        return grant

    def expire(self, grant: Grant) -> None:
        """Make a grant invalid, as if the user had withdrawn the consent, and send grant.expired.

        Do nothing if the grant is invalid already.
        """
        if grant.status == "invalid":
            return
        grant.status = "invalid"
        grant.invalid_since = self.clock.now()
        self._notify_grant("grant.expired", grant, EXPIRED, {"grant_updated_at": grant.updated_at})

    def reauthenticate(self, grant: Grant) -> None:
        """Make a grant valid and send grant.updated.

        If it was invalid for at most 72 h, also send the changes that it missed.
        """
        since, missed = grant.invalid_since, list(grant.missed.values())
        again = grant.status == "invalid"
        grant.status, grant.invalid_since, grant.updated_at = "valid", None, int(time.time())
        grant.missed.clear()
        self._notify_grant("grant.updated", grant, RETURNED, {"reauthentication_flag": True})
        if again and since is not None and self.clock.now() - since <= BACKFILL_SECONDS:
            for change in missed:
                self._notify(grant, change)

    def touch_grant(self, grant: Grant) -> None:
        """Set ``updated_at`` of a grant to now, and send grant.updated."""
        grant.updated_at = int(time.time())
        self._notify_grant("grant.updated", grant, UPDATED, {"reauthentication_flag": False})

    def end_first_sync(self, grant: Grant) -> None:
        """End Nylas' own first sync of a mailbox, and send grant.imap_sync_completed.

        After this call, `Mailbox.first_listed` no longer limits listings (docs: Webhooks, triggers).
        """
        grant.mailbox.first_listed = None
        self._notify_grant("grant.imap_sync_completed", grant, CREATED, {})

    def delete_grant(self, grant: Grant) -> None:
        """Delete a grant permanently, with its tokens, and send grant.deleted."""
        self.grants.remove(grant.id)
        self.tokens = {token: owner for token, owner in self.tokens.items() if owner != grant.id}
        self.refresh_tokens = {t: owner for t, owner in self.refresh_tokens.items() if owner != grant.id}
        self._notify_grant("grant.deleted", grant, DELETED, {})

    def changed(self, change: Change) -> None:
        """Send the notification of a change in a mailbox, if it is connected.

        While its grant is invalid, store the change in `Grant.missed` instead.
        """
        grant = self.grants.of_email(change.email)
        if grant is None:
            return
        if grant.status == "invalid":
            grant.missed[change.kind, change.object_id] = change
            return
        self._notify(grant, change)

    def _notify(self, grant: Grant, change: Change) -> None:
        if self.sender.wanted(change.kind):
            self.sender.publish(mailbox_notice(uuid_of(self.draw), self.client_id, grant, change))

    def _notify_grant(self, kind: str, grant: Grant, code: int, extra: Json) -> None:
        self.sender.publish(grant_notice(uuid_of(self.draw), self.client_id, grant, (kind, code, extra)))
