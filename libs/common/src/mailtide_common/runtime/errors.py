"""Classes of errors. Each class states how a caller must react.

    MailtideError
    ├── TransientError      try again: the cause may pass
    ├── PermanentError      park the record, or give up: the same input would fail again
    └── ConfigurationError  stop with a one-line message: an operator must change something
        └── ClockWrongError     the same, but a restart helps

APIs answer 503 after a `TransientError` or a `ConfigurationError`. Any other exception that no caller handles
is a bug. It stops the process; in a route, the answer is 500 (ingress: 503). Unfinished work stays in Kafka or
Postgres, and is repeated.
"""

from mailtide_common.contracts.dead_letters import ErrorClass


class MailtideError(Exception):
    """Base of the errors whose class states how a caller must react."""


class TransientError(MailtideError):
    """The cause may pass, for example an unavailable broker or a busy database. Try again later."""


class PermanentError(MailtideError):
    """The same input would fail again. Park the record that caused it, with `error_class`, or give up."""

    def __init__(self, reason: str, error_class: ErrorClass = ErrorClass.REFUSED) -> None:
        super().__init__(reason)
        self.error_class = error_class


class ConfigurationError(MailtideError):
    """An operator must change something, which the text names. Stop the process; a route answers 503."""


class ClockWrongError(ConfigurationError):
    """This host's clock became wrong. Stop the process; the next one waits until the clock is right."""
