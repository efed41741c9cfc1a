"""Errors, each class named after how callers must react.

    MailtideError
    ├── TransientError      try again: the cause may pass
    ├── PermanentError      park the work: trying again would fail, too
    └── ConfigurationError  stop with a one-line message: an operator must change something

Any other exception that no caller handles is a bug and stops the process; its work stays in Kafka and is repeated.
"""

from mailtide_common.contracts.dead_letters import ErrorClass


class MailtideError(Exception):
    """Base of the errors that are classified by how callers must react."""


class TransientError(MailtideError):
    """A broker, a database or an API is unavailable, slow or busy, or a similar cause may pass; try again later."""


class PermanentError(MailtideError):
    """The same input would fail again; park it."""

    def __init__(self, reason: str, error_class: ErrorClass = ErrorClass.REFUSED) -> None:
        super().__init__(reason)
        self.error_class = error_class


class ConfigurationError(MailtideError):
    """A setting or the environment is wrong, as the text explains; stop the process."""
