"""Every service as a command."""

import os
import subprocess
import sys

import pytest

KAFKA, POSTGRES, NYLAS = "KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "NYLAS_API_KEY"


@pytest.mark.parametrize(
    ("service", "names"),
    [
        ("ingress", (KAFKA, NYLAS, "SECRET_KEY")),
        ("scheduler", (KAFKA, POSTGRES, NYLAS, "CRON_SECRET", "ADMIN_TOKEN", "SECRET_KEY")),
        ("sync_worker", (KAFKA, POSTGRES, NYLAS)),
        ("persister", (KAFKA, POSTGRES)),
    ],
)
def test_missing_settings_are_one_clear_line_and_exit_2(service: str, names: tuple[str, ...]) -> None:
    ended = subprocess.run(  # noqa: S603 - a service of ours
        [sys.executable, "-m", f"mailtide_{service}"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert all(name in line for name in names)
