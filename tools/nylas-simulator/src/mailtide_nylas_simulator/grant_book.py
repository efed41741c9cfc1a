"""Grants of connected mailboxes, and the changes that a grant missed while it was invalid."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from .mail.ids import uuid_of
from .mail.mailbox import Mailbox
from .mail.model import Change, Json
from .responses import ApiError

READ_SCOPES = {
    "google": ["https://www.googleapis.com/auth/gmail.readonly"],
    "microsoft": ["https://graph.microsoft.com/Mail.Read", "offline_access"],
    "yahoo": ["email", "mail-r"],
}


@dataclass(slots=True)
class Grant:
    """A user's consent to access a mailbox.

    While the grant is invalid, ``missed`` holds the latest change of each kind for each object. Nylas sends
    these changes if the user authenticates again within 72 h.
    """

    id: str
    mailbox: Mailbox
    scope: list[str]
    created_at: int
    updated_at: int
    integration_id: str
    status: Literal["valid", "invalid"] = "valid"
    state: str | None = None
    settings: Json = field(default_factory=dict)
    invalid_since: float | None = None
    missed: dict[tuple[str, str], Change] = field(default_factory=dict)

    @property
    def email(self) -> str:
        return self.mailbox.email

    @property
    def provider(self) -> str:
        return self.mailbox.provider

    def shape(self) -> Json:
        return {
            "id": self.id,
            "provider": self.provider,
            "scope": list(self.scope),
            "grant_status": self.status,
            "email": self.email,
            "name": self.mailbox.name,
            "blocked": False,
            "ip": "127.0.0.1",
            "user_agent": "simulated browser",
            "state": self.state or "",
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "provider_user_id": self.email,
            "settings": dict(self.settings),
        }


class GrantBook:
    """All grants of the application, one per address."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._grants: dict[str, Grant] = {}

    def __iter__(self) -> Iterator[Grant]:
        return iter(list(self._grants.values()))

    def get(self, grant_id: str) -> Grant | None:
        return self._grants.get(grant_id)

    def of_email(self, email: str) -> Grant | None:
        return next((grant for grant in self._grants.values() if grant.email.lower() == email.lower()), None)

    def find(self, reference: str, own: str | None = None) -> Grant:
        """Return the grant that a reference in a path names.

        Args:
            reference: An id, ``grant:<id>``, an address, ``email:<address>`` or ``me``.
            own: The id of the access token's grant, if there is one; ``me`` stands for this id.

        Raises:
            ApiError: 404 if there is no such grant.
        """
        if reference == "me" and own is not None:
            reference = own
        kind, _, rest = reference.partition(":")
        found = self._grants.get(rest if kind == "grant" else reference)
        if found is None:
            found = self.of_email(rest if kind == "email" else reference)
        if found is None:
            cause = ": it requires a grant's access token" if reference == "me" else ""
            raise ApiError(404, "grant.not_found", f"no grant found for {reference}{cause}")
        return found

    def add(self, mailbox: Mailbox, now: int, scope: list[str] | None = None) -> Grant:
        """Create a grant for a mailbox that has none. `now` is in Unix seconds."""
        grant = Grant(
            uuid_of(self._draw),
            mailbox,
            scope or list(READ_SCOPES.get(mailbox.provider, ["Mail.Read"])),
            now,
            now,
            uuid_of(self._draw),
        )
        self._grants[grant.id] = grant
        return grant

    def remove(self, grant_id: str) -> Grant:
        return self._grants.pop(grant_id)
