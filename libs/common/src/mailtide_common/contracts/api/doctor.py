"""The report of `mailtide doctor`."""

from datetime import datetime
from enum import StrEnum

from .model import Response


class Severity(StrEnum):
    """How serious a finding is."""

    ERROR = "error"
    """Mail is late, is not synced or may be lost, or mailboxes cannot be connected."""
    WARNING = "warning"
    """Less safety or speed than there should be, a possible fault, or accounts that wait or need a person."""
    NOTE = "note"
    """Worth knowing. It may be right in this set-up, and wrong in another one."""


class Finding(Response):
    """What a check found, with its consequence and the fix."""

    check: str
    """What was checked."""
    severity: Severity
    what: str
    why: str
    """The consequence."""
    fix: str


class DoctorReport(Response):
    """The result of all checks."""

    at: datetime
    passed: tuple[str, ...]
    """Checks without a finding."""
    unchecked: tuple[str, ...] = ()
    """Checks that were not possible. A finding states the reason."""
    findings: tuple[Finding, ...]
    """Errors first, notes last."""
