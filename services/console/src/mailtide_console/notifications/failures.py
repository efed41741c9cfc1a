"""Why a form was not accepted, in words. Pure."""

from pydantic import ValidationError

from mailtide_common.contracts.invalid_fields import reasons


def failure(error: Exception) -> str:
    """Return the reason, naming the fields; what was entered is not repeated."""
    return reasons(error) if isinstance(error, ValidationError) else str(error)
