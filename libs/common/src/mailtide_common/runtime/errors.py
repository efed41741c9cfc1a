"""Errors, named by the reaction that they call for.

    MailtideError
    ├── TransientError      try again: nothing is wrong with the work itself
    ├── PermanentError      park it: trying again cannot help
    └── ConfigurationError  stop with one clear line: a person must change something

Any other exception is a bug and stops the process; its work stays in Kafka and is repeated.
"""

from mailtide_common.contracts.dead_letters import ErrorClass


class MailtideError(Exception):
    """Base of all errors that are raised on purpose."""


class TransientError(MailtideError):
    """Try again later: a broker, a database or an API is unavailable, slow or busy."""


class PermanentError(MailtideError):
    """Park it: the same input will fail in the same way."""

    def __init__(self, reason: str, error_class: ErrorClass = ErrorClass.REFUSED) -> None:
        super().__init__(reason)
        self.error_class = error_class


class ConfigurationError(MailtideError):
    """Stop the process: a setting or the environment is wrong, and the text names it."""
