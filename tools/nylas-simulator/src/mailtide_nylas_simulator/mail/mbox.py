"""Reads mbox files of all common dialects.

The reader of Python 3.11.7 treats every line that begins with "From " as a separator, and never unquotes. A
body line "From here on" splits a mail in two. This reader has other rules:

- A separator is the first line, or follows an empty line. It consists of "From ", an optional sender and a
  date.
- The date is written as by `asctime`, perhaps with a time zone (Gmail's Takeout), or as in the headers of
  mail.
- `Content-Length` ends a mail if the file ends there or a separator follows. Otherwise it is ignored, because
  it is often wrong.
- In a body, one ">" is removed from lines that begin with ">"s and "From ". This is the rule of mboxrd. For
  mboxo it is wrong only if the original line had ">" before "From ", which cannot be recognised.
- If `Content-Length` encloses a line that looks like a separator, nothing is removed: the writer did not
  quote (mboxcl2).
- Line ends, LF or CRLF, stay. The empty line before a separator belongs to the separator.
"""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = rb"\d{1,2}:\d{2}(?::\d{2})?"
_ZONE = rb"(?: +(?:[+-]\d{4}|[A-Z]{1,5}))?"
_SEPARATOR = re.compile(
    rb"From +(?:(?:[^\s]+|[^\r\n]*@[^\r\n]*?) +)?"
    + rb"(?:%(day)s +%(month)s +\d{1,2} +%(time)s%(zone)s +\d{4}%(zone)s"
    rb"|%(day)s, +\d{1,2} +%(month)s +\d{4} +%(time)s%(zone)s)" % {
        b"day": _DAY, b"month": _MONTH, b"time": _TIME, b"zone": _ZONE
    }
    + rb"(?: +remote from [^\s]+)?[ \t]*(?:\r?\n|\Z)"
)  # fmt: skip
_QUOTED = re.compile(rb"(?m)^>(>*From )")
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,15})[ \t]*\r?$")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LINE_ENDS = re.compile(rb"(?:\r?\n){0,2}")

_Bytes = mmap.mmap | bytes


class NoMboxError(ValueError):
    """The content is not that of an mbox file."""


def read_mbox(path: Path) -> Iterator[bytes]:
    """Yield the mails of an mbox file, unquoted. An empty or blank file has none.

    Raises:
        NoMboxError: The file does not begin with a separator.
        OSError: The file cannot be read.
    """
    if not path.stat().st_size:  # an empty file cannot be mapped
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        try:
            yield from mails(content)
        except NoMboxError as error:
            raise NoMboxError(f"{path.name} is not an mbox file: {error}") from None


def mails(content: _Bytes) -> Iterator[bytes]:
    """Yield the mails in the content of an mbox file, unquoted. Blank content has none.

    Raises:
        NoMboxError: The content does not begin with a separator.
    """
    blank = re.compile(rb"\s*").match(content)
    separator = _SEPARATOR.match(content, blank.end() if blank else 0)
    if separator is None:
        if not blank or blank.end() < len(content):
            raise NoMboxError('its first line must be like "From a@example.com Wed May  1 10:00:00 2024"')
        return
    while separator is not None:
        start = separator.end()
        head_end = _HEAD_END.search(content, start)
        body = head_end.end() if head_end else len(content)
        following = _next_separator(content, start)
        told = _told_end(content, start, body)
        if told is None:
            end, quoted = following.start() if following else len(content), True
            yield _unquoted(_without_empty_line(content[start:end]), body - start)
        else:
            end, quoted = told
            yield content[start:end] if not quoted else _unquoted(content[start:end], body - start)
            following = _SEPARATOR.match(content, _after_line_ends(content, end))
        separator = following


def _next_separator(content: _Bytes, start: int) -> re.Match[bytes] | None:
    at = content.find(b"\nFrom ", start)
    while at >= 0:
        after_empty_line = content[at - 1 : at] == b"\n" or content[at - 2 : at] == b"\n\r"
        if after_empty_line and (found := _SEPARATOR.match(content, at + 1)):
            return found
        at = content.find(b"\nFrom ", at + 1)
    return None


def _told_end(content: _Bytes, start: int, body: int) -> tuple[int, bool] | None:
    """Return where `Content-Length` ends a mail, and whether its body is quoted.

    Return None if the header is absent or wrong.
    """
    length = _LENGTH.search(content, start, body)
    end = body + int(length[1]) if length else len(content) + 1
    if end > len(content):
        return None
    rest = _after_line_ends(content, end)
    if rest < len(content) and not _SEPARATOR.match(content, rest):
        return None
    inner = _next_separator(content, body - 1)
    return end, inner is None or inner.start() >= end


def _after_line_ends(content: _Bytes, at: int) -> int:
    found = _LINE_ENDS.match(content, at)
    return found.end() if found else at


def _without_empty_line(mail: bytes) -> bytes:
    for end in (b"\r\n", b"\n"):
        if mail.endswith(end) and mail.removesuffix(end).endswith(b"\n"):
            return mail.removesuffix(end)
    return mail


def _unquoted(mail: bytes, body: int) -> bytes:
    if b">From " not in mail:  # saves a tenth of the loading time: the substitution is slow
        return mail
    return mail[:body] + _QUOTED.sub(rb"\1", mail[body:])
