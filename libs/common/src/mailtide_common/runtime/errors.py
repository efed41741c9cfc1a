"""Errors, named by what to do with them.

    MailtideError
    ├── TransientError      try again: nothing is wrong with the work itself
    ├── PermanentError      park it: trying again cannot help
    └── ConfigurationError  stop with one clear line: a person must change something

Anything else that is raised is a bug, and stops the process: the work stays in Kafka and is done again.
"""


class MailtideError(Exception):
    """Base of all errors that are raised on purpose."""


class TransientError(MailtideError):
    """Try again later: a broker, a database or an API is unavailable, slow or busy."""


class PermanentError(MailtideError):
    """Park it: the same input will fail in the same way."""


class ConfigurationError(MailtideError):
    """Stop: the surroundings are not as they must be, and say which."""
