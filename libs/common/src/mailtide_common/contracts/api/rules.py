"""Rules that make mail important."""

from datetime import datetime
from string import Template
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from .channels import Name
from .model import Request, Response, Text

MAX_PATTERN_LENGTH = 320
"""Characters of a pattern or a word: the longest mail address has 320."""

MAX_TEMPLATE_LENGTH = 500
MAX_ITEMS = 100

TEMPLATE_FIELDS = frozenset({"rule", "mailbox", "sender", "subject"})
"""What a template may name as `$field`; sender and subject are hidden where a channel allows no content."""


def _template(value: str) -> str:
    template = Template(value)
    if not template.is_valid() or set(template.get_identifiers()) - TEMPLATE_FIELDS:
        raise ValueError(f"may name only {', '.join(f'${name}' for name in sorted(TEMPLATE_FIELDS))}")
    return value


Texts = Annotated[
    tuple[Annotated[Text, Field(min_length=1, max_length=MAX_PATTERN_LENGTH)], ...],
    Field(max_length=MAX_ITEMS),
]
Ids = Annotated[tuple[UUID, ...], Field(max_length=MAX_ITEMS)]


class Conditions(Request):
    """What makes mail important: all that are given must hold; of several values, one."""

    accounts: Ids = ()
    senders: Texts = ()
    """Addresses, or patterns with `*`: `*@example.com`."""
    recipients: Texts = ()
    """The same of to, cc and bcc."""
    folder_roles: Texts = ("inbox",)
    """System roles of folders; none: any folder but those for drafts, sent mail, junk and trash."""
    starred: bool | None = None
    subject_words: Texts = ()
    """Words or phrases, in any case."""
    has_attachment: bool | None = None


class _Settings(BaseModel):
    """What an operator decides about a rule."""

    name: Name
    enabled: bool = True
    conditions: Conditions = Conditions()
    channels: Ids
    template: Annotated[Text, Field(max_length=MAX_TEMPLATE_LENGTH), AfterValidator(_template)] | None = None
    """The notice's text, with `$rule`, `$mailbox`, `$sender` and `$subject`."""
    max_per_hour: int | None = Field(None, ge=1, le=10_000)
    """Notices of the rule that a channel gets in an hour; further mail becomes one digest."""


class RuleSettings(Request, _Settings):
    """A rule as it shall be."""


class Rule(Response, _Settings):
    """A rule as it is."""

    id: UUID
    created_at: datetime
    updated_at: datetime


class RuleList(Response):
    """All rules, by name."""

    rules: tuple[Rule, ...]
