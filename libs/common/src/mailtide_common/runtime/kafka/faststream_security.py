"""Converts login and TLS settings to FastStream's security object.

This module is separate from `brokers.py`, because importing FastStream 0.7 takes 0.1 s.
"""

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from .brokers import Brokers

_LOGINS = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


def faststream_security(brokers: Brokers) -> BaseSecurity:
    """Return FastStream's security object with the login and the TLS context of `brokers`."""
    context = brokers.ssl_context()
    if brokers.login is None:
        return BaseSecurity(context, brokers.tls)
    return _LOGINS[brokers.login.mechanism](
        brokers.login.username, brokers.login.password, ssl_context=context, use_ssl=brokers.tls
    )
