"""Converts dead letters into rows. Texts and numbers are made storable. Pure."""

import base64

import orjson

from mailtide_common.contracts import dead_letters
from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.times import of_milliseconds

from .columns import DeadLetterRow
from .rows import moment_us
from .text import clean

_NOTE = frozenset(
    [
        dead_letters.TOPIC,
        dead_letters.PARTITION,
        dead_letters.OFFSET,
        dead_letters.GROUP,
        dead_letters.ERROR_CLASS,
        dead_letters.ERROR_MESSAGE,
        dead_letters.ATTEMPTS,
    ]
)
_MAX_INTEGER = 2**31 - 1
_MAX_BIGINT = 2**63 - 1


def dead_letter_row(record: Record) -> DeadLetterRow:
    """Return a row for `insert_dead_letters`.

    If headers do not name the origin, the place of the dead letter itself is stored as its origin.
    """
    topic = clean(record.header(dead_letters.TOPIC) or record.topic)
    partition = _number(record, dead_letters.PARTITION, record.partition, _MAX_INTEGER)
    offset = _number(record, dead_letters.OFFSET, record.offset, _MAX_BIGINT)
    group = clean(record.header(dead_letters.GROUP) or "")
    headers = [_header(n, v) for n, v in record.headers if v is not None and n not in _NOTE]
    return DeadLetterRow(
        id=dead_letters.dead_letter_uuid(topic, partition, offset, group),
        origin_topic=topic,
        origin_partition=partition,
        origin_offset=offset,
        origin_group=group,
        error_class=clean(record.header(dead_letters.ERROR_CLASS) or "unknown"),
        error_message=clean(record.header(dead_letters.ERROR_MESSAGE) or ""),
        attempts=_number(record, dead_letters.ATTEMPTS, 1, _MAX_INTEGER),
        key=record.key,
        value=record.value,
        headers=orjson.dumps(headers).decode(),
        parked_at=moment_us(of_milliseconds(record.timestamp_ms)),
    )


def _header(name: str, value: bytes) -> dict[str, str]:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        return {"name": clean(name), "base64": base64.b64encode(value).decode()}
    return {"name": clean(name), "text": text}


def _number(record: Record, name: str, otherwise: int, most: int) -> int:
    text = record.header(name) or ""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(most)):
        return otherwise
    return min(int(text), most)
