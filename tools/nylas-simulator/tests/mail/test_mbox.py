"""Mbox files of every dialect become the mails that were put in."""

import re
from argparse import ArgumentTypeError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_nylas_simulator.mail.load import load_mailbox, mailbox_path
from mailtide_nylas_simulator.mail.mbox import NoMboxError, mails, read_mbox

LINE = b"From ada@example.com Tue Mar  4 10:00:00 2025\n"
HEAD = b"From: Ada <ada@example.com>\nSubject: s\n\n"


def file_of(*parts: bytes) -> bytes:
    return b"".join(LINE + part + b"\n" for part in parts)


@pytest.mark.parametrize(
    ("content", "bodies"),
    [
        # a body's own "From " line, at a paragraph's beginning and inside of one: neither is a separator
        (file_of(HEAD + b"hello\n\nFrom here on it rains\nFrom now on\n", HEAD + b"two\n"),
         [b"hello\n\nFrom here on it rains\nFrom now on\n", b"two\n"]),
        # one that reads like a separator, but is no paragraph's first line
        (file_of(HEAD + b"he wrote\n" + LINE + b"quoted\n"), [b"he wrote\n" + LINE + b"quoted\n"]),
        # mboxo and mboxrd
        (file_of(HEAD + b"a\n\n>From b\n", HEAD + b"c\n"), [b"a\n\nFrom b\n", b"c\n"]),
        (file_of(HEAD + b">From a\n>>From b\n>>>From c\n> From d\n"), [b"From a\n>From b\n>>From c\n> From d\n"]),
        # Content-Length that ends at a separator: mboxcl2 quotes nothing
        (file_of(b"Content-Length: 62\n" + HEAD + b"a\n\n" + LINE + b">From b\n\nccc\n", HEAD + b"two\n"),
         [b"a\n\n" + LINE + b">From b\n\nccc\n", b"two\n"]),
        # the same without a look-alike inside: quoted as usual
        (file_of(b"Content-Length: 9\n" + HEAD + b">From b\n\n", HEAD + b"two\n"), [b"From b\n\n", b"two\n"]),
        # Content-Length that is wrong: too small, too large, none
        (file_of(b"Content-Length: 2\n" + HEAD + b"abc\n", HEAD + b"two\n"), [b"abc\n", b"two\n"]),
        (file_of(b"Content-Length: 9999\n" + HEAD + b"abc\n", HEAD + b"two\n"), [b"abc\n", b"two\n"]),
        (file_of(b"Content-Length: many\n" + HEAD + b"abc\n", HEAD + b"two\n"), [b"abc\n", b"two\n"]),
        # CRLF
        (file_of(HEAD + b"a\n\n>From b\n\nFrom c\n", HEAD + b"two\n").replace(b"\n", b"\r\n"),
         [b"a\r\n\r\nFrom b\r\n\r\nFrom c\r\n", b"two\r\n"]),
        # without a last line end, and with empty lines before the first
        (b"\n\n" + file_of(HEAD + b"a\n")[:-2], [b"a"]),
    ],
)  # fmt: skip
def test_each_dialect(content: bytes, bodies: list[bytes]) -> None:
    found = list(mails(content))
    assert [re.split(rb"\r?\n\r?\n", mail, maxsplit=1)[1] for mail in found] == bodies


@pytest.mark.parametrize(
    "line",
    [
        b"From 1825671234567890123@xxx Tue Mar 04 10:00:00 +0000 2025",  # Takeout
        b"From - Tue Mar 04 10:00:00 2025",  # Thunderbird
        b"From MAILER-DAEMON Tue Mar  4 10:00 2025",
        b"From a b@example.com Tue Mar  4 10:00:00 CET 2025",
        b"From a@example.com Tue, 4 Mar 2025 10:00:00 +0100",
        b"From a@example.com  Tue Mar  4 10:00:00 2025 remote from host",
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_separators_that_are_in_use(line: bytes, end: bytes) -> None:
    content = (line + b"\n" + HEAD + b"one\n\n") * 2
    assert len(list(mails(content.replace(b"\n", end)))) == 2


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [b"", b"From ", b"From x", b">From y", b">>From z", b"text", LINE.rstrip(), b"From: h"]
            ),
            max_size=8,
        ).map(b"\n".join),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_what_is_written_as_mboxrd_is_read_back(bodies: list[bytes], end: bytes) -> None:
    written = [HEAD + body + b"\n" for body in bodies]
    quoted = (LINE + HEAD + re.sub(rb"(?m)^(>*From )", rb">\1", body) + b"\n\n" for body in bodies)
    content = b"".join(quoted).replace(b"\n", end)
    assert list(mails(content)) == [mail.replace(b"\n", end) for mail in written]


@given(st.binary(max_size=300))
def test_no_content_is_too_broken(content: bytes) -> None:
    found = list(mails(LINE + content))
    assert len(found) >= 1


@pytest.mark.parametrize(
    "content", [b"Subject: one mail\n\nand no mbox\n", b"\x89PNG\r\n", b"From nobody knows when\n\nx"]
)
def test_what_is_no_mbox_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(content)
    with pytest.raises(NoMboxError, match=r"mail\.eml is not an mbox file: .*") as found:
        list(read_mbox(path))
    assert "\n" not in str(found.value)
    with pytest.raises(ArgumentTypeError, match="not an mbox file"):
        mailbox_path(str(path))


def test_an_empty_file_is_an_empty_mailbox(tmp_path: Path) -> None:
    path = tmp_path / "empty.mbox"
    for content in (b"", b"\n"):
        path.write_bytes(content)
        assert not load_mailbox(mailbox_path(str(path)), "a@example.com").messages
    with pytest.raises(ArgumentTypeError, match="there is no file or folder"):
        mailbox_path(str(tmp_path / "nothing"))
    with pytest.raises(ArgumentTypeError, match="is not a Maildir"):
        mailbox_path(str(tmp_path))
