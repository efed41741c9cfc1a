"""Compares messages with the conditions of rules. Pure."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from uuid import UUID

from mailtide_common.contracts.api.rules import Conditions
from mailtide_common.contracts.events import Address, MessageContent, MessageState

UNASKED_ROLES = frozenset({"drafts", "sent", "junk", "spam", "trash"})
"""Roles of special folders. Their mail matches only rules that name the role."""


@dataclass(frozen=True, slots=True)
class Content:
    """The parts of a message's content that rules and notices use."""

    senders: tuple[str, ...]
    recipients: tuple[str, ...]
    sender: str | None
    """Name and address, or one of them, for display; None if both are missing."""
    subject: str | None
    has_attachment: bool
    """Whether there is an attachment that is not inline."""


@dataclass(frozen=True, slots=True)
class State:
    """The parts of a message's state that rules use, and its time."""

    observed_at: int
    """Microseconds since 1970. An older state does not replace a newer one."""
    starred: bool
    folders: tuple[str, ...]


def content_of(event: MessageContent) -> Content:
    """Return the content that rules and notices use, without NUL.

    `senders` and `recipients` are in lower case.
    """
    return Content(
        senders=_addresses(event.from_),
        recipients=_addresses([*event.to, *event.cc, *event.bcc]),
        sender=storable(_named(event.from_)),
        subject=storable(event.subject),
        has_attachment=any(not attachment.is_inline for attachment in event.attachments),
    )


def state_of(event: MessageState) -> State:
    """Return the state that rules use, without folders whose id contains NUL."""
    folders = tuple(folder for folder in event.folders if "\x00" not in folder)
    return State(event.version.observed_at, event.starred, folders)


def storable(text: str | None) -> str | None:
    """Return a text without NUL. Postgres refuses no other character of a decoded event."""
    return text and text.replace("\x00", "")


def content_matches(conditions: Conditions, account_id: UUID, content: Content) -> bool:
    """Return whether a message meets all conditions about account, addresses, subject and attachments."""
    return (
        (not conditions.accounts or account_id in conditions.accounts)
        and (not conditions.senders or _any_address(conditions.senders, content.senders))
        and (not conditions.recipients or _any_address(conditions.recipients, content.recipients))
        and (not conditions.subject_words or _any_word(conditions.subject_words, content.subject or ""))
        and conditions.has_attachment in (None, content.has_attachment)
    )


def state_matches(conditions: Conditions, state: State, roles: Collection[str]) -> bool:
    """Return whether a message meets all conditions about its folders and star.

    `roles` are the roles of its folders, from `role_of`. If one of them is in `UNASKED_ROLES`, the conditions
    must name it.
    """
    wanted = {role_of(role) for role in conditions.folder_roles}
    if wanted and not wanted.intersection(roles):
        return False
    if UNASKED_ROLES.intersection(roles) - wanted:
        return False
    return conditions.starred in (None, state.starred)


def role_of(attribute: str) -> str:
    """Return the role that a folder's attribute names, in lower case and without leading backslashes."""
    return attribute.lstrip("\\").casefold()


def _any_address(patterns: Iterable[str], addresses: Iterable[str]) -> bool:
    found = list(addresses)
    return any(_pattern(pattern.casefold()).match(address) for pattern in patterns for address in found)


@lru_cache(maxsize=4_096)
def _pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which only `*` is special."""
    return re.compile(translate(re.sub(r"([\[?])", r"[\1]", pattern)))


def _any_word(words: Iterable[str], text: str) -> bool:
    folded = text.casefold()
    return any(_word(word.casefold()).search(folded) for word in words)


@lru_cache(maxsize=4_096)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word.strip())}(?!\w)")


def _addresses(addresses: Iterable[Address]) -> tuple[str, ...]:
    return tuple(address.email.replace("\x00", "").casefold() for address in addresses if address.email)


def _named(addresses: Collection[Address]) -> str | None:
    for address in addresses:
        if address.name and address.email:
            return f"{address.name} ({address.email})"
        if address.name or address.email:
            return address.name or address.email
    return None
