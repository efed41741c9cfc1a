"""An mbox file or a Maildir becomes a mailbox with threads, folders and flags."""

import base64
import mailbox
import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_nylas_simulator.mail.load import folder_name, load_mailbox


def test_an_mbox_becomes_threads(tmp_path: Path) -> None:
    path = tmp_path / "mail.mbox"
    path.write_bytes(
        b"From a Tue Mar  4 10:00:00 2025\nMessage-ID: <1@x>\nSubject: Plan\nFrom: b@x\nStatus: RO\n\none\n\n"
        b"From a Tue Mar  4 11:00:00 2025\nMessage-ID: <2@x>\nIn-Reply-To: <1@x>\nSubject: other\n"
        b"From: Owner@example.com\nStatus: O\nX-Status: \nReceived: from a\n\ntwo\n\n"
        b"From a Tue Mar  4 12:00:00 2025\nSubject: AW: Re: plan\nFrom: c@x\n\nthree\n\n"
        b"From a Tue Mar  4 13:00:00 2025\nSubject: Plan\nFrom: d@x\n\nfour\n\n"
        b"From a Tue Mar  4 13:00:00 2025\nSubject: Plan\nFrom: d@x\n\nfour\n\n"
    )
    box = load_mailbox(path, "owner@example.com")
    by_body = {message.body().strip(): message for message in box.messages.values()}
    assert len(box.messages) == 5, "two equal mails are two messages"
    assert by_body["two"].thread_id == by_body["one"].thread_id == by_body["three"].thread_id
    assert by_body["one"].thread_id == by_body["one"].id
    assert by_body["four"].thread_id != by_body["one"].thread_id
    assert (by_body["one"].unread, by_body["two"].unread) == (False, True)
    assert by_body["two"].folders == ["SENT", "UNREAD"]
    assert list(load_mailbox(path, "owner@example.com").messages) == list(box.messages)


def test_an_address_in_a_reply_joins_no_threads(tmp_path: Path) -> None:
    answered = (
        b'In-Reply-To: Message from Ben <ben@x> of "Tue, 4 Mar" <%d@x>\nTo: Ben <Ben@x>\nFrom: a@x\n\n%d\n\n'
    )
    path = tmp_path / "mail.mbox"
    path.write_bytes(
        b"".join(
            b"From a Tue Mar  4 10:00:00 2025\nMessage-ID: <%d@x>\nFrom: Ben <ben@x>\n\n%d\n\n"
            % (number, number)
            + b"From a Tue Mar  4 11:00:00 2025\n"
            + answered % (number, number)
            for number in (1, 2)
        )
    )
    box = load_mailbox(path, "owner@example.com")
    threads: dict[str, set[str]] = {}
    for message in box.messages.values():
        threads.setdefault(message.body().strip(), set()).add(message.thread_id)
    assert [len(ids) for ids in threads.values()] == [1, 1]
    assert threads["1"] != threads["2"]


def written_by_a_server(name: str) -> str:
    def shifted(match: re.Match[str]) -> str:
        encoded = base64.b64encode(match[0].encode("utf-16-be")).decode()
        return f"&{encoded.rstrip('=').replace('/', ',')}-"

    return re.sub(r"[^ -~]+", shifted, name.replace("&", "&-"))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_folder_names_of_mail_servers_are_read(name: str) -> None:
    assert folder_name(written_by_a_server(name)) == name


def test_a_folder_name_is_that_of_the_standard() -> None:
    assert folder_name("~peter/mail/&ZeVnLIqe-/&U,BTFw-") == "~peter/mail/日本語/台北"


@pytest.mark.parametrize("name", ["R&D", "R&D-Team", "a & b", "Entwürfe", "&", "&AOQ"])
def test_a_folder_name_in_another_form_stays(name: str) -> None:
    assert folder_name(name) == name


@pytest.mark.parametrize("provider", ["google", "microsoft", "imap"])
def test_a_maildir_keeps_folders_and_flags(tmp_path: Path, provider: str) -> None:
    root = mailbox.Maildir(tmp_path / "md")
    seen = mailbox.MaildirMessage(b"Subject: seen\nFrom: a@x\n\nx")
    seen.set_flags("FS")
    root.add(seen)
    root.add_folder("Pl&AOQ-ne").add(b"Subject: new\nFrom: a@x\n\nx")
    (tmp_path / "md" / ".notmuch" / "xapian").mkdir(parents=True)
    root.close()
    box = load_mailbox(tmp_path / "md", "owner@example.com", provider)
    first, second = sorted(box.messages.values(), key=lambda message: message.subject, reverse=True)
    assert (first.unread, first.starred, second.unread) == (False, True, True)
    assert first.folders[0] == box.folder_of(r"\Inbox")
    assert box.folders[second.folders[0]].name == "Pläne"


def test_a_mailbox_may_be_larger_than_the_memory(tmp_path: Path) -> None:
    """Bodies and attachments stay on disk, and are read as they were."""
    mails = [
        b"Subject: %d\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n%s\n--b\n"
        b"Content-Disposition: attachment\n\n%s\n--b--\n" % (number, b"a" * 50_000, b"%d" % number * 50_000)
        for number in range(10, 99)
    ]
    path = tmp_path / "mail.mbox"
    path.write_bytes(b"".join(b"From a Tue Mar  4 10:00:00 2025\n%s\n" % mail for mail in mails))
    tracemalloc.start()
    try:
        box = load_mailbox(path, "owner@example.com")
        held, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < path.stat().st_size / 10
    loaded = {message.subject: message for message in box.messages.values()}
    for number, mail in enumerate(mails, 10):
        message = loaded[str(number)]
        assert message.mime is not None
        assert message.mime() == mail
        assert message.body() == "a" * 50_000
        assert message.attachments[0].content() == b"%d" % number * 50_000


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_mailbox(tmp_path / "nothing", "owner@example.com")
