"""The base of forms that return to a page after a change."""

from pydantic import BaseModel


class Returning(BaseModel):
    """A form that returns to a page. Its CSRF token is checked in `session/csrf.py`."""

    next: str = "/"
