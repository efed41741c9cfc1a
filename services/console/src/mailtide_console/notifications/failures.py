"""Why a form was not accepted, in words. Pure."""

from pydantic import ValidationError


def failure(error: Exception) -> str:
    """Return the reason, naming the fields; what was entered is not repeated."""
    if not isinstance(error, ValidationError):
        return str(error)
    parts = []
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        field = ".".join(str(name) for name in each["loc"] if isinstance(name, str))
        parts.append(f"{field}: {each['msg'].removeprefix('Value error, ')}" if field else each["msg"])
    return "; ".join(parts)
