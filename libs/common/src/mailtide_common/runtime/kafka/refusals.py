"""Creates the error for a request about a topic that Kafka refused. Pure."""

from aiokafka.errors import ClusterAuthorizationFailedError, TopicAuthorizationFailedError, for_code

from mailtide_common.runtime.errors import ConfigurationError, TransientError

FORBIDDEN = (TopicAuthorizationFailedError, ClusterAuthorizationFailedError)
"""Errors of a login that lacks a privilege."""


def refusal(what: str, code: int, message: str | None, privilege: str) -> TransientError | ConfigurationError:
    """Return the error to raise for a refused request.

    It is a `TransientError` if Kafka's error is retriable, for example while there is no controller.

    Args:
        what: what could not be done, in words.
        code: Kafka's error code, which is not 0.
        message: the broker's message, if there is one.
        privilege: the privilege that the request needs. If the login lacks it, the text asks for it.
    """
    error = for_code(code)
    reason = f"{error.__name__}: {message}" if message else error.__name__
    if error.retriable:
        return TransientError(f"kafka: {what}: {reason}")
    asked = f"; grant this login {privilege}" if error in FORBIDDEN else ""
    return ConfigurationError(f"{what}: {reason}{asked}")
