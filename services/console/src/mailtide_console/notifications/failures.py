"""Describes in words why a form was not accepted. Pure."""

from pydantic import ValidationError

from mailtide_common.contracts.invalid_fields import reasons


def failure(error: Exception) -> str:
    """Return the error's text; of a `ValidationError`, the fields and reasons, without the refused values."""
    return reasons(error) if isinstance(error, ValidationError) else str(error)
