"""Models of Nylas' grants, webhook destinations and folders.

Only an object's id is required: a field that is missing or of a wrong type is unknown (None), because a new or
malformed field must not stop a pass over a mailbox. Messages have no model: they stay the received JSON, so that
notifications and answers share one translation.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, ValidatorFunctionWrapHandler
from pydantic import WrapValidator as Wrap

T = TypeVar("T")


def _or_none(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


def _texts(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    items = value if isinstance(value, list | tuple) else ()
    return read(tuple(item for item in items if isinstance(item, str)))


def _texts_or_none(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    return _texts(value, read) if isinstance(value, list | tuple) else None


Maybe = Annotated[T | None, Wrap(_or_none)]
Texts = Annotated[tuple[str, ...], Wrap(_texts)]
MaybeTexts = Annotated[tuple[str, ...] | None, Wrap(_texts_or_none)]


class Model(BaseModel):
    """Base of all models: frozen, and without values in errors."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Grant(Model):
    """A connected mailbox (docs: Grants)."""

    id: str
    provider: Maybe[str] = None
    grant_status: Maybe[str] = None
    """`valid` or `invalid`."""
    email: Maybe[str] = None
    name: Maybe[str] = None

    @property
    def is_valid(self) -> bool:
        """Whether calls for it can succeed; only an explicit `invalid` rules that out."""
        return self.grant_status != "invalid"


class Webhook(Model):
    """A webhook destination (docs: Webhooks)."""

    id: str
    webhook_url: Maybe[str] = None
    trigger_types: Texts = ()
    status: Maybe[str] = None
    """`active`, `failing` (still delivering), `failed`, `pause` or `inactive`; only the first two deliver."""
    description: Maybe[str] = None
    compressed_delivery: Maybe[bool] = None


class WebhookWithSecret(Webhook):
    """A destination as `create` and `rotate` return it, the only calls that return the secret."""

    webhook_secret: SecretStr


class Folder(Model):
    """A folder or label (docs: Folders)."""

    id: str
    name: Maybe[str] = None
    attributes: MaybeTexts = None
    """System roles such as `\\Inbox`; names are localised, so they identify nothing. None: the field is absent."""


class TokenExchange(Model):
    """The result of a code exchange (docs: Hosted OAuth). Tokens are left out, because the API key is enough."""

    grant_id: str
    email: Maybe[str] = None
    provider: Maybe[str] = None
    scope: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class UnreadableMessage:
    """An entry of a listing that is not a message, or cannot be read."""

    message_id: str | None
    """The message's id; None if it cannot be read either."""
    raw: bytes = field(repr=False)
    """Its JSON as received."""
    reason: str
    """The fault, without any of its content."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of messages as received."""

    data: list[dict[str, Any]]
    next_cursor: str | None
    """`page_token` of the next page; None on the last one."""
    request_id: str | None = None
    unreadable: tuple[UnreadableMessage, ...] = ()
    """Entries of the page that are not in `data`."""
