"""Models of the objects in Nylas' answers.

Ids and webhook secrets are required, except the application's id. Any other field becomes None or empty,
which means unknown, if it is missing or of a wrong type. So a malformed field does not stop the sync of a
mailbox.

Messages have no model. They stay JSON objects, so that the same code translates notifications and answers.
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
    """Base of all models. They are immutable, and their validation errors do not contain the values."""

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
        """Whether calls for the grant may succeed: False only if its status is `invalid`."""
        return self.grant_status != "invalid"


class Webhook(Model):
    """A webhook destination (docs: Webhooks)."""

    id: str
    webhook_url: Maybe[str] = None
    trigger_types: Texts = ()
    status: Maybe[str] = None
    """If `active` or `failing`, Nylas delivers; if `failed`, `pause` or `inactive`, it does not."""
    description: Maybe[str] = None
    compressed_delivery: Maybe[bool] = None


class WebhookWithSecret(Webhook):
    """A webhook destination with its secret. Nylas returns the secret only when it is new."""

    webhook_secret: SecretStr


def _urls(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    items = value if isinstance(value, list) else ()
    urls = (item.get("url") for item in items if isinstance(item, dict) and not item.get("deleted_at"))
    return read(tuple(url for url in urls if isinstance(url, str)))


class Application(Model):
    """The Nylas application of an API key (docs: Applications, Get application)."""

    application_id: Maybe[str] = None
    callback_uris: Annotated[tuple[str, ...], Wrap(_urls)] = ()
    """The registered callback URLs of hosted OAuth, without deleted ones. Nylas refuses other URLs."""


class Folder(Model):
    """A folder or label (docs: Folders)."""

    id: str
    name: Maybe[str] = None
    attributes: MaybeTexts = None
    """System roles such as `\\Inbox`; None if unknown. Names do not identify roles, because they are localised."""


class TokenExchange(Model):
    """The result of a code exchange (docs: Hosted OAuth). The API key makes its tokens unnecessary."""

    grant_id: str
    email: Maybe[str] = None
    provider: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class UnreadableMessage:
    """A message that cannot be read, or an entry of a listing that is no message."""

    message_id: str | None
    """The message's id; None if it has none that can be read."""
    raw: bytes = field(repr=False)
    """Its JSON: as received if it cannot be parsed, otherwise encoded again. Of an answer that is too large,
    only the beginning."""
    reason: str
    """What is wrong, without content of the message."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of messages, each a JSON object."""

    data: list[dict[str, Any]]
    next_cursor: str | None
    """The `page_token` of the next page; None on the last page."""
    unreadable: tuple[UnreadableMessage, ...] = ()
    """The entries that are not valid messages; `data` does not contain them."""
