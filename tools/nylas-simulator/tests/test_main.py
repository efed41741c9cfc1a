"""The command: what it refuses, in which words."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mailtide_nylas_simulator.__main__ import FIRST, build, main, parser


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The last line that the command prints when it refuses these arguments."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refused(capsys, "--empty", "--port", str(port))
    assert said == f"mailtide-nylas-simulator: cannot listen on 127.0.0.1:{port}: Address already in use"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--port", "99999"), "--port: '99999' is not a whole number from 0 to 65535"),
        (("--messages", "-1"), "--messages: '-1' is not a whole number from 0 to 1000000"),
        (
            ("--retry-delays", "1,soon"),
            "--retry-delays: '1,soon' is not a list of seconds (0 or more) such as 0.2,1",
        ),
        (
            ("--retry-delays", "nan"),
            "--retry-delays: 'nan' is not a list of seconds (0 or more) such as 0.2,1",
        ),
        (("--mailbox-provider", "fax"), "--mailbox-provider: invalid choice: 'fax'"),
    ],
)
def test_an_argument_that_cannot_be_used_is_named(
    arguments: tuple[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"error: argument {said}" in refused(capsys, *arguments)


def test_a_file_that_is_no_mailbox_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert f"there is no file or folder {tmp_path}/none" in refused(capsys, "--mailbox", f"{tmp_path}/none")
    file = tmp_path / "file"
    file.touch()
    assert f"cannot read {file}/none: Not a directory" in refused(capsys, "--mailbox", f"{file}/none")


def test_a_disk_that_is_too_small_for_the_mailbox_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mail.mbox"
    path.write_bytes(b"From a Tue Mar  4 10:00:00 2025\nSubject: large\n\n%s\n" % (b"x" * 100_000))
    program = f"ulimit -f 8 && exec {sys.executable} -m mailtide_nylas_simulator --mailbox {path}"
    ended = subprocess.run(["sh", "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (
        2,
        f"mailtide-nylas-simulator: cannot load {path}: File too large\n",
    )


def test_generated_mail_does_not_replace_the_given_mailbox(tmp_path: Path) -> None:
    (tmp_path / "mail.mbox").write_bytes(b"From a Tue Mar  4 10:00:00 2025\nSubject: mine\n\nx\n")
    email = FIRST[0][0]
    world = build(
        parser().parse_args(
            ["--mailbox", f"{tmp_path}/mail.mbox", "--mailbox-email", email, "--messages", "2"]
        )
    )
    assert list(world.mailboxes) == [each[0] for each in FIRST]
    assert [message.subject for message in world.mailboxes[email].messages.values()] == ["mine"]
