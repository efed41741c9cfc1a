"""Bodies of the routes for rules, which define what mail is important."""

from datetime import datetime
from string import Template
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from .channels import Name
from .model import Request, Response, Text

MAX_PATTERN_LENGTH = 320
"""Maximum number of characters of a pattern or word; the longest e-mail address has 320."""

MAX_TEMPLATE_LENGTH = 500
MAX_ITEMS = 100

TEMPLATE_FIELDS = frozenset({"rule", "mailbox", "sender", "subject"})
"""Fields of a template, as `$field`. Channels that allow no content do not show sender and subject."""


def _template(value: str) -> str:
    template = Template(value)
    if not template.is_valid() or set(template.get_identifiers()) - TEMPLATE_FIELDS:
        fields = ", ".join(f"${name}" for name in sorted(TEMPLATE_FIELDS))
        raise ValueError(f"may use only {fields}, and $$ for a dollar sign")
    return value


Texts = Annotated[
    tuple[Annotated[Text, Field(min_length=1, max_length=MAX_PATTERN_LENGTH)], ...],
    Field(max_length=MAX_ITEMS),
]
Ids = Annotated[tuple[UUID, ...], Field(max_length=MAX_ITEMS)]


class Conditions(Request):
    """The conditions of a rule.

    Mail matches if it meets every condition that is set. Of several values of a condition, one is enough.
    If `folder_roles` is not given, only mail in the inbox matches.
    """

    accounts: Ids = ()
    senders: Texts = ()
    """E-mail addresses, or patterns such as `*@example.com`."""
    recipients: Texts = ()
    """Addresses or patterns, compared with To, Cc and Bcc."""
    folder_roles: Texts = ("inbox",)
    """Roles of folders; if empty, mail in any folder matches. Mail in drafts, sent mail, junk or trash
    matches only if that role is named."""
    starred: bool | None = None
    subject_words: Texts = ()
    """Words or phrases in the subject, in upper or lower case."""
    has_attachment: bool | None = None
    """Whether the mail has an attachment. Images that are shown inside the text do not count."""


class _Settings(BaseModel):
    """The settings of a rule."""

    name: Name
    enabled: bool = True
    conditions: Conditions = Conditions()
    channels: Ids
    template: Annotated[Text, Field(max_length=MAX_TEMPLATE_LENGTH), AfterValidator(_template)] | None = None
    """Text of the notice, with the fields `$rule`, `$mailbox`, `$sender` and `$subject`; null for the default
    text."""
    max_per_hour: int | None = Field(None, ge=1, le=10_000)
    """Maximum number of notices of the rule to a channel within an hour. Further mail is collected and sent
    in digests."""


class RuleSettings(Request, _Settings):
    """The settings of a rule to create or replace."""


class Rule(Response, _Settings):
    """A stored rule."""

    id: UUID
    created_at: datetime
    updated_at: datetime


class RuleList(Response):
    """All rules, ordered by name."""

    rules: tuple[Rule, ...]
