"""Parses real mail. Malformed mail raises no error: what cannot be parsed is empty or guessed."""

import email
import email.errors
import email.header
import email.message
import email.policy
import email.utils
import hashlib
import html
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from typing import Any, cast

from .ids import object_id
from .model import Attachment, Bytes, Json, Message, Text, data

BROKEN = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    RecursionError,
    AssertionError,
    email.errors.MessageError,
)
"""What the standard library raises for mail that violates the standards."""

SNIPPET = 100
_LATEST = 4_102_444_800  # 2100-01-01; a later date is an error of the sender
_TAGS = re.compile(r"(?is)<(script|style|head|title)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>")
_SPACES = re.compile(r"\s+")


class _Mail(EmailMessage):
    """A mail whose attached mails and reports keep their bytes.

    Python 3.11.7 parses every `message/*` part, and generates other bytes from the result: line folding and
    spaces differ. A `message/delivery-status` becomes a list of parts, one for each block. So the parser is
    told another type (see `get_content_type`).

    Headers do not change after they are parsed, so each is decoded only once, which takes most of the time.
    """

    def __init__(self, policy: email.policy.Policy | None = None) -> None:
        super().__init__(policy)
        self._decoded: dict[str, Any] = {}

    def get(self, name: str, failobj: Any = None) -> Any:
        key = name.lower()
        if key not in self._decoded:
            self._decoded[key] = super().get(name)
        value = self._decoded[key]
        return failobj if value is None else value

    def get_content_type(self) -> str:
        """Return the declared type; for ``message/*`` a binary type, so that the parser keeps the bytes.

        For a header that cannot be parsed, return a binary type, too.
        """
        try:
            kind = super().get_content_type()
        except BROKEN:
            return "application/octet-stream"
        return "application/octet-stream" if kind.startswith("message/") else kind

    @property
    def shown_type(self) -> str:
        return super().get_content_type()


def parse(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, _Mail, policy=email.policy.default)


def header(mail: EmailMessage, name: str) -> str:
    """Return a header's decoded text, or its raw text if decoding fails. An absent header's text is empty."""
    try:
        value = mail.get(name)
        return clean(str(value)) if value is not None else ""
    except BROKEN:
        return next((clean(str(v)) for n, v in mail.raw_items() if n.lower() == name.lower()), "")


def clean(value: str) -> str:
    """Return a text without lone surrogates.

    If all of them stand for raw bytes, `_guessed` decodes the bytes of the whole text, which may also change
    its other characters beyond ASCII. Otherwise each surrogate becomes "?".
    """
    if not _surrogates(value):
        return value
    try:
        return _guessed(value.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # UTF-7 can encode a surrogate
        return value.encode("utf-8", "replace").decode()


def people(mail: EmailMessage, name: str) -> list[Json]:
    """Return the addresses in a header as Nylas shows them, with ``email``, and ``name`` if there is one.

    In old mail the name is a comment: ``ada@example.com (Ada)``. Python 3.11.7 then has no `display_name`.
    """
    try:
        pairs = [
            (str(one.display_name), str(one.addr_spec)) for one in mail.get(name, _NoAddresses).addresses
        ]
        if not all(shown for shown, _ in pairs):
            named = _commented(mail, name)
            pairs = [(shown or named.get(address, ""), address) for shown, address in pairs]
    except BROKEN:
        pairs = email.utils.getaddresses([header(mail, name)])
    return [
        {"name": clean(shown), "email": clean(address)} if shown else {"email": clean(address)}
        for shown, address in pairs
        if address
    ]


def _commented(mail: EmailMessage, name: str) -> dict[str, str]:
    """Return names by address in a header with comments."""
    values = [str(value) for each, value in mail.raw_items() if each.lower() == name.lower() and "(" in value]
    return {
        address: str(email.header.make_header(email.header.decode_header(shown)))
        for shown, address in email.utils.getaddresses(values)
        if shown
    }


def date_of(mail: EmailMessage, fallback: int) -> int:
    """Return the Unix seconds of the Date header, else of the first Received header, else ``fallback``.

    A date before 1970 or after 2099 is treated as absent.
    """
    for value in (header(mail, "date"), header(mail, "received").rpartition(";")[2]):
        try:
            found = int(_with_zone(email.utils.parsedate_to_datetime(value.strip())).timestamp())
        except (*BROKEN, OverflowError, OSError):
            continue
        if 0 < found < _LATEST:
            return found
    return fallback


def _with_zone(moment: datetime) -> datetime:
    """Return `moment`, in UTC if it is naive. Python parses the zone -0000 as naive (RFC 5322, 3.3)."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def references(mail: EmailMessage) -> list[str]:
    """Return the Message-IDs in the References header, then those in In-Reply-To."""
    return re.findall(r"<[^<>\s]+>", f"{header(mail, 'references')} {header(mail, 'in-reply-to')}")


def snippet_of(body: str) -> str:
    """Return the first 100 characters of the text in an HTML body. Each run of white space becomes one space.

    Only the first 20,000 characters of the body are read.
    """
    return _SPACES.sub(" ", html.unescape(_TAGS.sub(" ", body[:20_000]))).strip()[:SNIPPET]


def to_message(
    mail: EmailMessage,
    raw: bytes,
    provider: str,
    salt: str,
    fallback_date: int,
    *,
    keep: Callable[[bytes], Bytes] = data,
) -> Message:
    """Convert a mail to a message. It is in no folder, unread, and in a thread of its own.

    Args:
        mail: The parsed mail.
        raw: Its bytes. The ids are derived from them and ``salt``, so they are stable.
        provider: Determines the form of the ids.
        salt: Makes the ids of equal mails differ.
        fallback_date: Unix seconds, for a mail without a usable date.
        keep: Stores bytes of any size, and returns a function that reads them. By default, in memory.
    """
    draw = random.Random(hashlib.sha256(raw + salt.encode()).digest())
    body = _body(mail)
    message_id = object_id(provider, draw)
    kept = keep(raw)
    return Message(
        id=message_id,
        thread_id=message_id,
        date=date_of(mail, fallback_date),
        subject=header(mail, "subject"),
        senders=people(mail, "from"),
        to=people(mail, "to"),
        cc=people(mail, "cc"),
        bcc=people(mail, "bcc"),
        reply_to=people(mail, "reply-to"),
        folders=[],
        snippet=snippet_of(body),
        body=_kept_text(body, keep),
        attachments=_attachments(mail, kept, provider, draw),
        headers=partial(_headers, kept),
        mime=kept,
    )


class _NoAddresses:
    """The value of an absent address header."""

    addresses: tuple[()] = ()


def _surrogates(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def _kept_text(value: str, keep: Callable[[bytes], Bytes]) -> Text:
    kept = keep(value.encode("utf-8", "surrogatepass"))
    return lambda: kept().decode("utf-8", "surrogatepass")


def _headers(mime: Bytes) -> list[tuple[str, str]]:
    return [(name, clean(str(value))) for name, value in parse(mime()).raw_items()]


def _parts(mail: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts of a mail that have no parts themselves. An attached mail is one part."""
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        children = part.get_payload() if part.is_multipart() else None
        if isinstance(children, list):
            waiting += [cast(EmailMessage, child) for child in reversed(children)]
        else:
            yield part


def _disposition(part: EmailMessage) -> str:
    return header(part, "content-disposition").partition(";")[0].strip().lower()


def _filename(part: EmailMessage) -> str | None:
    """Return the file name of a part. The extended form (RFC 2231) has precedence (RFC 6266, 4.3)."""
    for name, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        if found := _extended(part, name, parameter):
            return clean(found)
    try:
        plain = part.get_filename()
    except BROKEN:
        return None
    return clean(str(plain)) if plain else None


def _extended(part: EmailMessage, name: str, parameter: str) -> str | None:
    """Return a parameter in an extended or split form (RFC 2231), or None.

    Python ignores such a form if there is a plain parameter too.
    """
    raw = next((str(v) for n, v in part.raw_items() if n.lower() == name), "")
    if f"{parameter}*" not in raw.lower():
        return None
    bare = email.message.Message()
    try:
        bare[name] = raw
        values = [value for key, value in bare.get_params([], name) if key.lower() == parameter]
        return email.utils.collapse_rfc2231_value(values[-1]) if values else None  # the extended one is last
    except BROKEN:
        return None


def _is_text(part: EmailMessage) -> bool:
    return _could_be_text(part) and not _filename(part)


def _could_be_text(part: EmailMessage) -> bool:
    """Return whether a part is plain text, HTML or a multipart without its boundary, and no attachment."""
    kind = part.get_content_type()
    readable = kind in ("text/plain", "text/html") or kind.startswith("multipart/")
    return readable and _disposition(part) != "attachment"


def _body(mail: EmailMessage) -> str:
    """Return the HTML parts that are not blank, joined, or else all plain text.

    Apple Mail writes a text with an attachment in its middle as HTML, attachment, HTML. Nylas' published engine
    joins HTML parts, too (nylas/sync-engine, `Message.calculate_body`). A part with a file name is not text,
    unless every part that could be text has one: then the first counts.
    """
    parts = list(_parts(mail))
    texts = [part for part in parts if _is_text(part)] or [part for part in parts if _could_be_text(part)][:1]
    pages = [_text(part) for part in texts if part.get_content_type() == "text/html"]
    plain = [_text(part) for part in texts if part.get_content_type() != "text/html"]
    return "\n".join(page for page in pages if page.strip()) or "\n".join(plain)


def _text(part: EmailMessage) -> str:
    content = _content(part)
    try:
        charset = part.get_content_charset() or "utf-8"
        return content.decode(charset)
    except (*BROKEN, UnicodeError):
        return _guessed(content)


def _guessed(content: bytes) -> str:
    """Decode text of unknown charset: as UTF-8, else as Windows-1252."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _content(part: EmailMessage) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except BROKEN:
        return b""
    return content if isinstance(content, bytes) else b""


def _nth_content(mime: Bytes, number: int) -> bytes:
    return next((_content(part) for n, part in enumerate(_parts(parse(mime()))) if n == number), b"")


def _attachments(mail: EmailMessage, mime: Bytes, provider: str, draw: random.Random) -> list[Attachment]:
    """Return an attachment for each part for which `_is_text` is False. Its bytes are decoded on request."""
    found = []
    for number, part in enumerate(_parts(mail)):
        if _is_text(part):
            continue
        content_id = header(part, "content-id").strip() or None
        found.append(
            Attachment(
                id=object_id(provider, draw, "attachment"),
                filename=_filename(part),
                content_type=header(part, "content-type") or cast(_Mail, part).shown_type,
                size=len(_content(part)),
                content=partial(_nth_content, mime, number),
                content_id=content_id,
                is_inline=_disposition(part) == "inline"
                or (content_id is not None and not _disposition(part)),
            )
        )
    return found
