"""The base of forms that return to a page after a change."""

from pydantic import BaseModel


class Returning(BaseModel):
    """A form that returns to a page; its CSRF token is checked before (`session/csrf.py`)."""

    next: str = "/"
