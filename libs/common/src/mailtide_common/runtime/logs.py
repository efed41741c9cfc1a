"""Configures logs as JSON lines, with sensitive fields redacted (INV-26).

Fields are redacted by their names, and a traceback is logged without the exception's text. This does not
detect every secret: code must not log secrets or mail content, not even as the text of an error.
"""

import logging
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

_REDACTED = "[redacted]"
REPEAT_SECONDS, REPEATS_REMEMBERED = 60.0, 1_000

SENSITIVE = frozenset(
    [
        "api_key",
        "authorization",
        "bcc",
        "body",
        "cc",
        "challenge",
        "code",
        "code_verifier",
        "cookie",
        "email",
        "email_address",
        "from",
        "from_",
        "password",
        "reply_to",
        "secret",
        "signature",
        "snippet",
        "state",
        "subject",
        "to",
        "token",
        "webhook_secret",
    ]
)
"""Names of the fields of a log line whose values are redacted."""


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace the values of fields in `SENSITIVE`. This is a structlog processor."""
    for name in event.keys() & SENSITIVE:
        event[name] = _REDACTED
    return event


def frames_only(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by the exception's class and frames. This is a structlog processor.

    The exception's text is left out, because it may quote mail.
    """
    info = event.pop("exc_info", None)
    if isinstance(info, tuple):
        info = info[1]
    error = info if isinstance(info, BaseException) else sys.exc_info()[1] if info else None
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        event["exception"] = type(error).__qualname__
        event["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


class LibraryFilter(logging.Filter):
    """Filters the lines of given libraries.

    A line that repeats an earlier one within a minute is dropped. An error without an exception becomes a
    warning.

    The reason is that aiokafka 0.14.0 logs an error for each failed attempt, also if it tries again, for
    example "Unable connect to" (`client.py`) and "Group Coordinator Request failed"
    (`consumer/group_coordinator.py`). If it does not try again, it raises an exception, which Mailtide
    reports.
    """

    def __init__(self, *libraries: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._libraries = libraries
        self._clock = clock
        self._passed: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(self._libraries):
            return True
        key, now = (record.name, record.getMessage()), self._clock()
        if now - self._passed.get(key, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return False
        if len(self._passed) >= REPEATS_REMEMBERED:
            self._passed.clear()
        self._passed[key] = now
        if record.levelno == logging.ERROR and not record.exc_info:
            record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        return True


def configure(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Write all logs of the process, including those of libraries, as JSON lines.

    Args:
        service: value of the field `service` of each line.
        level: lowest level that is logged. For aiokafka, httpx, httpcore and uvicorn's access log, it is at
            least WARNING.
        stream: where the lines are written, or None for stdout.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        frames_only,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                lambda _l, _m, event: {"service": service, **event},
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    handler.addFilter(LibraryFilter("aiokafka"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiokafka", "httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    for own in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(own).handlers = []
        logging.getLogger(own).propagate = True


def get_logger(name: str) -> FilteringBoundLogger:
    """Return a logger. Its methods take an event's name and fields: `log.info("tick_failed", reason=…)`."""
    logger: FilteringBoundLogger = structlog.get_logger(name)
    return logger
