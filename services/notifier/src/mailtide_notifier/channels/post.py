"""Sends messages to channels of every kind."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from mailtide_common.contracts.api.channels import ChannelKind
from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.errors import PermanentError
from mailtide_notifier import metrics

from .outgoing import Outgoing, Sender
from .store import Target


class Post:
    """Decrypts a channel's URL and secrets, and passes messages to the sender for the channel's kind."""

    def __init__(self, senders: Mapping[ChannelKind, Sender], box: SecretBox) -> None:
        self._senders = senders
        self._box = box

    async def send(self, target: Target, message: Outgoing) -> None:
        """Send a message to a channel, and record the duration as a metric.

        Raises:
            TransientError: the message may not have arrived; another attempt may succeed. A `LaterError` says
                when.
            GoneError: the receiver no longer exists.
            PermanentError: apprise does not accept the URL, or the URL or the newest secret was encrypted with
                another SECRET_KEY.
        """
        url = self._decrypt(target.url_ciphertext, "the channel's URL", "set the URL again")
        secrets = self._secrets(target.secret_ciphertexts)
        started = time.monotonic()
        try:
            await self._senders[target.kind].send(url, secrets, message)
        finally:
            metrics.DELIVERY_SECONDS.labels(target.kind).observe(time.monotonic() - started)

    def _secrets(self, ciphertexts: Sequence[str]) -> list[str]:
        """Decrypt signing secrets, newest first. Leave out a previous secret that cannot be decrypted.

        If a secret is rotated because SECRET_KEY has changed, the previous one is such a secret.
        """
        secrets = [
            self._decrypt(ciphertext, "the channel's signing secret", "rotate the secret")
            for ciphertext in ciphertexts[:1]
        ]
        for ciphertext in ciphertexts[1:]:
            with suppress(PermanentError):
                secrets.append(self._box.decrypt(ciphertext))
        return secrets

    def _decrypt(self, ciphertext: str, value: str, remedy: str) -> str:
        try:
            return self._box.decrypt(ciphertext)
        except PermanentError as error:
            raise PermanentError(f"{value}: {error}; restore that SECRET_KEY, or {remedy}") from error
