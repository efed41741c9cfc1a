"""What every form of a change has."""

from pydantic import BaseModel


class Returning(BaseModel):
    """A form that returns to a page; its CSRF token is checked before (`session/csrf.py`)."""

    next: str = "/"
