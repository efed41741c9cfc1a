"""Makes findings. Pure."""

from mailtide_common.contracts.api.doctor import Finding, Severity


def error(check: str, what: str, why: str, fix: str) -> Finding:
    """Return a finding because of which mail is not synced, or may be lost."""
    return Finding(check=check, severity=Severity.ERROR, what=what, why=why, fix=fix)


def note(check: str, what: str, why: str, fix: str) -> Finding:
    """Return a finding that is right for a set-up like this one."""
    return Finding(check=check, severity=Severity.NOTE, what=what, why=why, fix=fix)


def warning(check: str, what: str, why: str, fix: str) -> Finding:
    """Return a finding that costs safety or speed."""
    return Finding(check=check, severity=Severity.WARNING, what=what, why=why, fix=fix)
