"""Real mail in the simulator: every mail loads, whatever is broken in it, and gets the same id every time."""

import base64
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_nylas_simulator.mail.ids import PROVIDERS, object_id
from mailtide_nylas_simulator.mail.mime import parse, references, to_message
from mailtide_nylas_simulator.mail.model import Attachment, Message, data, text
from mailtide_nylas_simulator.mail.render import headers_of, mime_of

PICTURE = base64.b64encode(b"\x89PNG....").decode()
RICH = f"""\
From: =?utf-8?q?J=C3=BCrgen?= <j@example.de>
To: Ada <ada@example.com>, undisclosed-recipients:;
Cc: "Last, First" <l@example.com>
Subject: =?iso-8859-1?Q?Gr=FC=DFe?=
Date: Tue, 04 Mar 2025 10:00:00 +0100
Message-ID: <rich@example.de>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/related; boundary=inner

--inner
Content-Type: multipart/alternative; boundary=alt

--alt
Content-Type: text/plain; charset=utf-8

plain
--alt
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

<style>p {{}}</style><p>Gr=FC=DFe &amp; mehr</p><img src=3D"cid:pic">
--alt--
--inner
Content-Type: image/png; name="pic.png"
Content-ID: <pic>
Content-Transfer-Encoding: base64

{PICTURE}
--inner--
--outer
Content-Type: message/rfc822

From: inner@example.com
Subject: inner

enclosed
--outer
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''m%C3%A4rz.pdf
Content-Transfer-Encoding: base64

AAEC/w==
--outer--
""".encode()


def read(raw: bytes) -> Message:
    return to_message(parse(raw), raw, "google", "owner", 1_000_000_000)


def test_a_rich_mail_is_read_whole() -> None:
    message = read(RICH)
    assert message.subject == "Grüße"
    assert message.senders == [{"name": "Jürgen", "email": "j@example.de"}]
    assert message.to == [{"name": "Ada", "email": "ada@example.com"}]
    assert message.cc == [{"name": "Last, First", "email": "l@example.com"}]
    assert message.date == 1741078800
    assert message.body().strip().endswith('<img src="cid:pic">')
    assert message.snippet == "Grüße & mehr"
    picture, enclosed, paper = message.attachments
    assert (picture.is_inline, picture.content_id, picture.content()) == (True, "<pic>", b"\x89PNG....")
    assert b"enclosed" in enclosed.content()
    assert (paper.filename, paper.is_inline, paper.content()) == ("märz.pdf", False, b"\x00\x01\x02\xff")
    assert ("Message-ID", "<rich@example.de>") in headers_of(message)
    assert mime_of(message) == RICH


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"Subject: x\n\nplain", "plain"),
        (b"Content-Type: text/plain; charset=no-such\n\ncaf\xc3\xa9", "café"),
        (b"Content-Type: text/plain; charset=utf-8\n\ncaf\xe9", "café"),
        (b"Content-Type: text/plain; charset=ascii\n\n\x93quoted\x94", "“quoted”"),
        (b"Content-Type: multipart/alternative\n\nno boundary", "no boundary"),
        (b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n!!!", ""),
        (b"", ""),
        (b"\x00\xff\n\n\x00", "\x00ÿ\n\n\x00"),
    ],
)
def test_broken_bodies_are_read_as_far_as_they_go(raw: bytes, body: str) -> None:
    found = read(raw).body()
    assert found == body


@pytest.mark.parametrize(
    ("head", "date"),
    [
        (b"Date: Tue, 04 Mar 2025 10:00:00 +0100", 1741078800),
        (b"Date: yesterday\nReceived: from a by b; Tue, 4 Mar 2025 09:00:00 +0000", 1741078800),
        (b"Date: Tue, 04 Mar 9999 10:00:00 +0100", 1_000_000_000),
        (b"Date: Thu, 01 Jan 1960 00:00:00 +0000", 1_000_000_000),
        (b"X: y", 1_000_000_000),
    ],
)
def test_dates_fall_back(head: bytes, date: int) -> None:
    assert read(head + b"\n\nx").date == date


def mixed(*parts: bytes, end: bytes = b"\n") -> bytes:
    """A mail of parts, each with its head."""
    head = b"From: a@x\nSubject: s\nContent-Type: multipart/mixed; boundary=b\n\n"
    return (head + b"".join(b"--b\n" + part + b"\n" for part in parts) + b"--b--\n").replace(b"\n", end)


@given(st.lists(st.sampled_from(["text/html", "text/plain", "application/pdf"]), min_size=1, max_size=6))
def test_html_around_attachments_is_one_body(kinds: list[str]) -> None:
    parts = [f"Content-Type: {kind}\n\n<p>{number}</p>".encode() for number, kind in enumerate(kinds)]
    message = read(mixed(*parts))
    shown = "text/html" if "text/html" in kinds else "text/plain"
    assert message.body().split() == [f"<p>{n}</p>" for n, kind in enumerate(kinds) if kind == shown]
    assert len(message.attachments) == kinds.count("application/pdf")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("ada@example.com (Ada)", [{"name": "Ada", "email": "ada@example.com"}]),
        (
            "a@x.org (=?utf-8?q?J=C3=BCrgen?=), b@x.org",
            [{"name": "Jürgen", "email": "a@x.org"}, {"email": "b@x.org"}],
        ),
        (
            '"Last, First" <a@x.org> (home), (c) b@x.org',
            [{"name": "Last, First", "email": "a@x.org"}, {"name": "c", "email": "b@x.org"}],
        ),
        (
            "=?utf-8?q?b=40x=2Eorg_=28Ben=29=2C?= <a@x.org>, b@x.org",
            [{"name": "b@x.org (Ben),", "email": "a@x.org"}, {"email": "b@x.org"}],
        ),
    ],
)
def test_a_comment_is_the_name_of_an_address_without_one(written: str, shown: list[dict[str, str]]) -> None:
    assert read(f"From: {written}\n\nx".encode()).senders == shown


REPORT = b"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@x\nAction: failed\n\nFinal-Recipient: rfc822; b@x\n"
ENCLOSED = (
    b"Subject:  two   spaces\nX-Long: " + b"word " * 40 + b"\nFROM:a@x\n"
    b"Content-Type: multipart/mixed;boundary=i\n\n--i\n\n\xe9 8 bit\n--i\n"
    b"Content-Type: message/rfc822\n\nSubject: inner\n\n.\n--i--\nend\n"
)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (b"message/delivery-status", REPORT),
        (b"message/rfc822", ENCLOSED),
        (b"message/rfc822", b"no head at all"),
        (b"message/partial", ENCLOSED),
        (b"message/external-body", b"Content-Type: image/gif\n\n"),
        (b"message/rfc822", b""),
    ],
)
def test_an_attached_message_is_the_bytes_that_it_was(kind: bytes, content: bytes, end: bytes) -> None:
    text, attached = b"Content-Type: text/plain\n\nbody", b"Content-Type: " + kind + b"; x=y\n\n" + content
    message = read(mixed(text, attached, end=end))
    (found,) = message.attachments
    assert found.content() == content.replace(b"\n", end)
    assert found.size == len(found.content())
    assert found.content_type.startswith(kind.decode())
    assert message.body() == "body"


def test_an_attached_message_is_decoded_and_a_digest_holds_messages() -> None:
    encoded = base64.encodebytes(ENCLOSED)
    (attached,) = read(
        mixed(b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + encoded)
    ).attachments
    assert attached.content() == ENCLOSED
    (digested,) = read(
        mixed(b"\nSubject: one\n\nx").replace(b"multipart/mixed", b"multipart/digest")
    ).attachments
    assert (digested.content_type, digested.content()) == ("message/rfc822", b"Subject: one\n\nx")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"""filename="old.txt"; filename*=UTF-8''m%C3%A4rz.pdf""", "märz.pdf"),
        (b"""filename*=UTF-8''m%C3%A4rz.pdf; filename="old.txt\"""", "märz.pdf"),
        (b"""filename="old.txt"; filename*0*=iso-8859-1''m%E4; filename*1="rz.pdf\"""", "märz.pdf"),
        (b"""filename*0="long "; filename*1="name.txt\"""", "long name.txt"),
        (b"""filename="only.txt"; filename="second.txt\"""", "only.txt"),
        (b"""filename="a.txt"; filename*=no-such-charset''b%20c.txt""", "b c.txt"),
        (b"", "märz.pdf"),
    ],
)
def test_an_extended_file_name_goes_first(head: bytes, name: str) -> None:
    kind = b"""Content-Type: text/plain; name="old.txt"; name*=UTF-8''m%C3%A4rz.pdf\n""" if not head else b""
    (found,) = read(mixed(kind + b"Content-Disposition: attachment; " + head + b"\n\nx")).attachments
    assert found.filename == name


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_dates_without_a_place_are_utc_wherever_the_host_is(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for written in ("Tue, 04 Mar 2025 09:00:00 -0000", "Tue, 04 Mar 2025 09:00:00"):
            assert read(f"Date: {written}\n\nx".encode()).date == 1741078800
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.binary(max_size=400))
def test_no_bytes_are_too_broken(raw: bytes) -> None:
    message = read(raw)
    message.shape("g")
    headers_of(message)
    assert all(isinstance(part.content(), bytes) for part in message.attachments)
    assert read(raw).id == message.id


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["From", "To", "Subject", "Date", "Content-Type", "References", "Content-Disposition"]
            ),
            st.text(st.characters(exclude_characters="\r\n"), max_size=40),
        ),
        max_size=6,
    ),
    st.binary(max_size=80),
)
def test_no_headers_are_too_broken(pairs: list[tuple[str, str]], body: bytes) -> None:
    head = "".join(f"{name}: {value}\n" for name, value in pairs)
    message = read(head.encode("utf-8", "surrogatepass") + b"\n" + body)
    assert message.shape("g")["object"] == "message"
    assert message.subject.encode().decode() == message.subject


def test_a_surrogate_that_stands_for_no_byte_becomes_a_question_mark() -> None:
    (found,) = read(b"Content-Type: application/x; name*=utf-7''a%2B2AA-\n\nx").attachments
    assert found.filename == "a?"


@given(st.sampled_from(PROVIDERS), st.integers(0, 2**32))
def test_generated_mime_names_the_thread_in_full(provider: str, seed: int) -> None:
    ids = [object_id(provider, random.Random(f"{seed}{kind}"), kind) for kind in ("message", "thread")]
    head = mime_of(Message(ids[0], ids[1], 1, "s", [], [], [], "", text("b"))).partition(b"\n\n")[0]
    written = dict(line.split(": ", 1) for line in head.decode().splitlines())
    root = f"<{''.join(filter(str.isalnum, ids[1]))}@mail.example.com>"
    assert written["References"] == written["In-Reply-To"] == root
    assert references(parse(head)) == [root, root]


def test_mime_is_generated_whatever_an_attachment_is_called() -> None:
    part = Attachment("a", "two\nlines \ud800", "x\ny/z", 1, data(b"z"))
    made = mime_of(Message("m", "t", 1, "s", [], [], [], "", text("b"), attachments=[part]))
    (found,) = read(made).attachments
    assert (found.filename, found.content()) == ("two lines ?", b"z")
