"""Explains why Kafka refused a request about a topic."""

from aiokafka.errors import ClusterAuthorizationFailedError, TopicAuthorizationFailedError, for_code

FORBIDDEN = (TopicAuthorizationFailedError, ClusterAuthorizationFailedError)
"""Errors of a login that lacks a privilege."""


def refusal(code: int, message: str | None, privilege: str) -> str:
    """Return the reason of a refusal. Pure.

    Args:
        code: Kafka's error code, which is not 0.
        message: the broker's message, if there is one.
        privilege: the privilege that the request needs. If the login lacks it, the reason asks for it.
    """
    error = for_code(code)
    reason = f"{error.__name__}: {message}" if message else error.__name__
    return f"{reason}; grant this login {privilege}" if error in FORBIDDEN else reason
