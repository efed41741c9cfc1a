"""Log lines are JSON, and hold nothing sensitive."""

import json
import sys

import pytest

from mailtide_common.runtime import logs


def test_a_command_whose_result_is_on_stdout_logs_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("test", stream=sys.stderr)
    logs.get_logger("x").warning("event")
    written = capsys.readouterr()
    assert (written.out, json.loads(written.err)["event"]) == ("", "event")


def test_sensitive_fields_never_reach_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """INV-26."""
    logs.configure("test")
    logs.get_logger("x").warning("event", subject="Quarterly figures", secret="whsec", grant_id="g1")
    entry = json.loads(capsys.readouterr().out)
    assert entry["subject"] == entry["secret"] == "[redacted]"
    assert (entry["event"], entry["grant_id"], entry["service"]) == ("event", "g1", "test")
