"""Log lines are JSON, and hold nothing sensitive."""

import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from mailtide_common.runtime import logs


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    """Restore the logging of the process: the streams that tests configure are closed after them."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    libraries = {
        name: logging.getLogger(name).level for name in ("aiokafka", "httpx", "httpcore", "uvicorn.access")
    }
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name, own in libraries.items():
        logging.getLogger(name).setLevel(own)
    structlog.configure(**before)


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


def test_what_aiokafka_repeats_by_itself_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("test")
    aiokafka = logging.getLogger("aiokafka.consumer.group_coordinator")
    aiokafka.error("Group Coordinator Request failed: %s", "[Error 15] GroupCoordinatorNotAvailableError")
    aiokafka.error("Unexpected error in coordinator routine", exc_info=KeyError())
    logging.getLogger("mailtide").error("ours")
    levels = [json.loads(line)["level"] for line in capsys.readouterr().out.splitlines()]
    assert levels == ["warning", "error", "error"]


def test_the_level_holds_for_libraries_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("test", "ERROR")
    logging.getLogger("aiokafka.conn").warning("down")
    assert capsys.readouterr().out == ""


def test_a_library_s_repeated_line_passes_once_a_minute_and_ours_always() -> None:
    now = 0.0
    passes = logs.LibraryFilter("aiokafka", clock=lambda: now)

    def line(logger: str, text: str) -> bool:
        return passes.filter(logging.LogRecord(logger, logging.ERROR, "", 0, text, None, None))

    assert [line("aiokafka.conn", "down"), line("aiokafka.conn", "down"), line("aiokafka.conn", "up")] == [
        True,
        False,
        True,
    ]
    assert [line("mailtide", "down"), line("mailtide", "down")] == [True, True]
    now = 61.0
    assert line("aiokafka.conn", "down")
