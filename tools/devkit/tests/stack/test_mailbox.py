"""The wait for a simulator grows with the mailbox that it loads."""

from pathlib import Path

from mailtide_devkit.stack.mailbox import LOADED_BYTES, loading_seconds
from mailtide_devkit.stack.service import READY_SECONDS


def test_the_wait_grows_with_the_bytes_of_a_file_or_of_a_maildir(tmp_path: Path) -> None:
    assert loading_seconds(None) == READY_SECONDS
    mbox, maildir = tmp_path / "mail.mbox", tmp_path / "maildir"
    (maildir / "cur").mkdir(parents=True)
    for path in (mbox, maildir / "cur" / "1:2,S"):
        path.write_bytes(bytes(2 * LOADED_BYTES))
    assert loading_seconds(mbox) == loading_seconds(maildir) == READY_SECONDS + 2
