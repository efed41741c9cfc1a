"""Reads one real mail tolerantly: broken parts give a sensible result, and nothing is raised."""

import email
import email.errors
import email.message
import email.policy
import email.utils
import hashlib
import html
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from typing import cast

from .ids import object_id
from .model import Attachment, Json, Message, data, text

BROKEN = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    RecursionError,
    AssertionError,
    email.errors.MessageError,
)
"""What the standard library raises on mail that breaks the rules."""

SNIPPET = 100
_LATEST = 4_102_444_800  # 2100-01-01: a date beyond it is the sender's mistake
_TAGS = re.compile(r"(?is)<(script|style|head|title)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>")
_SPACES = re.compile(r"\s+")


class _Mail(EmailMessage):
    """A mail whose attached mails and reports stay the bytes that they are.

    The parser of Python 3.11.7 takes every `message/*` apart, and what it puts together again is not the same: other
    line folding, other spaces, and a `message/delivery-status` is a list of parts, one for each block.
    A type that it does not know is left alone.
    """

    def get_content_type(self) -> str:
        """The type, or a binary type for a part that must not be parsed; `shown_type` is the real one."""
        kind = super().get_content_type()
        return "application/octet-stream" if kind.startswith("message/") else kind

    @property
    def shown_type(self) -> str:
        """The type as the mail declares it."""
        return super().get_content_type()


def parse(raw: bytes) -> EmailMessage:
    """The structure of a mail."""
    return email.message_from_bytes(raw, _Mail, policy=email.policy.default)


def header(mail: EmailMessage, name: str) -> str:
    """A header's decoded text; its raw text when it cannot be decoded; empty when it is absent."""
    try:
        value = mail.get(name)
        return clean(str(value)) if value is not None else ""
    except BROKEN:
        return next((clean(str(v)) for n, v in mail.raw_items() if n.lower() == name.lower()), "")


def clean(value: str) -> str:
    """Text without lone surrogates: bytes that were no ASCII are read as what they probably are."""
    return _guessed(value.encode("utf-8", "surrogateescape")) if _surrogates(value) else value


def people(mail: EmailMessage, name: str) -> list[Json]:
    """The addresses of a header as Nylas shows them; a name only where there is one."""
    try:
        pairs = [
            (str(one.display_name), str(one.addr_spec)) for one in mail.get(name, _NoAddresses).addresses
        ]
    except BROKEN:
        pairs = email.utils.getaddresses([header(mail, name)])
    return [
        {"name": clean(shown), "email": clean(address)} if shown else {"email": clean(address)}
        for shown, address in pairs
        if address
    ]


def date_of(mail: EmailMessage, fallback: int) -> int:
    """Unix seconds of the Date header, else of the newest Received header, else ``fallback``."""
    for value in (header(mail, "date"), header(mail, "received").rpartition(";")[2]):
        try:
            found = int(_with_zone(email.utils.parsedate_to_datetime(value.strip())).timestamp())
        except (*BROKEN, OverflowError, OSError):
            continue
        if 0 < found < _LATEST:
            return found
    return fallback


def _with_zone(moment: datetime) -> datetime:
    """The zone -0000 means UTC of an unknown place (RFC 5322, 3.3); without one Python takes the host's."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def references(mail: EmailMessage) -> list[str]:
    """The Message-IDs that a mail answers to, the oldest first."""
    return re.findall(r"<[^<>\s]+>", f"{header(mail, 'references')} {header(mail, 'in-reply-to')}")


def snippet_of(body: str) -> str:
    """The first 100 characters without tags."""
    return _SPACES.sub(" ", html.unescape(_TAGS.sub(" ", body[:20_000]))).strip()[:SNIPPET]


def to_message(raw: bytes, provider: str, salt: str, fallback_date: int) -> Message:
    """A mail as a message. Its id comes from its content and ``salt``, so it is the same at every start."""
    mail = parse(raw)
    draw = random.Random(hashlib.sha256(raw + salt.encode()).digest())
    body = _body(mail)
    message_id = object_id(provider, draw)
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
        body=text(body),
        attachments=_attachments(mail, raw, provider, draw),
        headers=partial(_headers, raw),
        mime=data(raw),
    )


class _NoAddresses:
    """The value of an address header that is absent."""

    addresses: tuple[()] = ()


def _surrogates(value: str) -> bool:
    """Whether a text cannot be written as UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def _headers(raw: bytes) -> list[tuple[str, str]]:
    """Every header in its order, undecoded."""
    return [(name, clean(str(value))) for name, value in parse(raw).raw_items()]


def _parts(mail: EmailMessage) -> Iterator[EmailMessage]:
    """The leaves of a mail; a mail within it is one, as `parse` leaves it whole."""
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        children = part.get_payload() if part.is_multipart() else None
        if isinstance(children, list):
            waiting += [cast(EmailMessage, child) for child in reversed(children)]
        else:
            yield part


def _disposition(part: EmailMessage) -> str:
    """``attachment``, ``inline`` or nothing."""
    return header(part, "content-disposition").partition(";")[0].strip().lower()


def _filename(part: EmailMessage) -> str | None:
    """The file name of a part: the extended form (RFC 2231) goes before the plain one (RFC 6266, 4.3)."""
    for name, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        if found := _extended(part, name, parameter):
            return clean(found)
    try:
        plain = part.get_filename()
    except BROKEN:
        return None
    return clean(str(plain)) if plain else None


def _extended(part: EmailMessage, name: str, parameter: str) -> str | None:
    """A parameter in its extended form or in pieces, if it has one; Python prefers the plain one."""
    raw = next((str(v) for n, v in part.raw_items() if n.lower() == name), "")
    if f"{parameter}*" not in raw.lower():
        return None
    bare = email.message.Message()
    try:
        bare[name] = raw
        values = [value for key, value in bare.get_params([], name) if key.lower() == parameter]
        return email.utils.collapse_rfc2231_value(values[-1]) if values else None  # extended ones come last
    except BROKEN:
        return None


def _is_text(part: EmailMessage) -> bool:
    """Whether a part is a piece of the body."""
    return _could_be_text(part) and not _filename(part)


def _could_be_text(part: EmailMessage) -> bool:
    """Whether a part can be read: plain or HTML, or a multipart whose boundary is missing or wrong."""
    kind = part.get_content_type()
    readable = kind in ("text/plain", "text/html") or kind.startswith("multipart/")
    return readable and _disposition(part) != "attachment"


def _body(mail: EmailMessage) -> str:
    """The HTML part if there is one, else all plain text."""
    parts = list(_parts(mail))
    texts = [part for part in parts if _is_text(part)] or [part for part in parts if _could_be_text(part)][:1]
    for part in texts:
        if part.get_content_type() == "text/html" and (found := _text(part)).strip():
            return found
    return "\n".join(_text(part) for part in texts if part.get_content_type() != "text/html")


def _text(part: EmailMessage) -> str:
    """A text part in whatever encoding it really has."""
    content = _content(part)
    try:
        charset = part.get_content_charset() or "utf-8"
        return content.decode(charset)
    except (*BROKEN, UnicodeError):
        return _guessed(content)


def _guessed(content: bytes) -> str:
    """Text whose charset is unknown or wrong."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _content(part: EmailMessage) -> bytes:
    """The decoded bytes of a leaf."""
    try:
        content = part.get_payload(decode=True)
    except BROKEN:
        return b""
    return content if isinstance(content, bytes) else b""


def _nth_content(raw: bytes, number: int) -> bytes:
    """The decoded bytes of the leaf with this number."""
    return next((_content(part) for n, part in enumerate(_parts(parse(raw))) if n == number), b"")


def _attachments(mail: EmailMessage, raw: bytes, provider: str, draw: random.Random) -> list[Attachment]:
    """Every leaf that is not the body; the bytes are decoded when they are asked for."""
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
                content=partial(_nth_content, raw, number),
                content_id=content_id,
                is_inline=_disposition(part) == "inline"
                or (content_id is not None and not _disposition(part)),
            )
        )
    return found
