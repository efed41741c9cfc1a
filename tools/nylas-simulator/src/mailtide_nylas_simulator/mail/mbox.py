"""Reads an mbox file, in whichever of its dialects it was written.

The standard library's reader takes every line that begins with "From " for a separator and unquotes nothing: seen
with Python 3.11.7, where a body line "From here on" makes two mails of one. Here:

- A separator is a line "From ", the file's first or after an empty line, with a sender and a date behind it: as
  `asctime` writes it, with a zone as Gmail's Takeout has it, or as mail itself writes dates.
- `Content-Length` says where a mail ends if the file ends there or a separator follows, else it is ignored: it is
  often wrong.
- One ">" is removed from lines of the body that are ">"s and "From ". That is mboxrd's rule. It also undoes mboxo, but
  for lines that had two ">" or more before they were written, which cannot be recognised. Where `Content-Length` leaves
  a separator's look-alike inside a mail, its writer did not quote (mboxcl2), and nothing is removed.
- Line ends, LF or CRLF, stay as they are; the empty line before a separator belongs to it.
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
    """The file is no mbox; the text is one line for a person."""


def read_mbox(path: Path) -> Iterator[bytes]:
    """Every mail of a file, as it was before it was put there.

    Raises:
        NoMboxError: it does not begin as an mbox does.
    """
    if not path.stat().st_size:  # which cannot be mapped
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        try:
            yield from mails(content)
        except NoMboxError as error:
            raise NoMboxError(f"{path.name} is no mbox file: {error}") from None


def mails(content: _Bytes) -> Iterator[bytes]:
    """Every mail of an mbox' content; errors as `read_mbox`."""
    blank = re.compile(rb"\s*").match(content)
    separator = _SEPARATOR.match(content, blank.end() if blank else 0)
    if separator is None:
        if not blank or blank.end() < len(content):
            raise NoMboxError('its first line is not "From ", a sender and a date')
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
    """Where `Content-Length` ends a mail, and whether its body is quoted; None when that cannot be right."""
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
    return mail[:body] + _QUOTED.sub(rb"\1", mail[body:])
