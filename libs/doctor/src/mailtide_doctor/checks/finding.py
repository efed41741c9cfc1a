"""Creates findings, one function for each severity (see `Severity`). Pure."""

from mailtide_common.contracts.api.doctor import Finding, Severity


def error(check: str, what: str, why: str, fix: str) -> Finding:
    return Finding(check=check, severity=Severity.ERROR, what=what, why=why, fix=fix)


def note(check: str, what: str, why: str, fix: str) -> Finding:
    return Finding(check=check, severity=Severity.NOTE, what=what, why=why, fix=fix)


def warning(check: str, what: str, why: str, fix: str) -> Finding:
    return Finding(check=check, severity=Severity.WARNING, what=what, why=why, fix=fix)
