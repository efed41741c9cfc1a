"""Which secrets sign a webhook after SECRET_KEY was changed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from mailtide_common.contracts.api.channels import ChannelKind
from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.errors import PermanentError
from mailtide_notifier.channels.outgoing import Outgoing
from mailtide_notifier.channels.post import Post
from mailtide_notifier.channels.store import Target
from mailtide_notifier.outbox.render import trial

BOX, OTHER = SecretBox("a key of this test"), SecretBox("the key before it")


class Sender:
    """Keeps the secrets of the last message."""

    secrets: tuple[str, ...] = ()

    async def send(self, url: str, secrets: Sequence[str], outgoing: Outgoing) -> None:
        del url, outgoing
        self.secrets = tuple(secrets)


async def sent(*ciphertexts: str, url: str = BOX.encrypt("https://example.com")) -> tuple[str, ...]:
    sender = Sender()
    target = Target(ChannelKind.WEBHOOK, url, ciphertexts)
    message = trial(uuid4(), "ops", datetime(2026, 1, 1, tzinfo=UTC))
    await Post({ChannelKind.WEBHOOK: sender}, BOX).send(target, message)
    return sender.secrets


async def test_a_previous_secret_of_another_key_does_not_stop_the_channel() -> None:
    assert await sent(BOX.encrypt("new"), OTHER.encrypt("old")) == ("new",)
    assert await sent(BOX.encrypt("new"), BOX.encrypt("old")) == ("new", "old")


async def test_nothing_is_sent_without_the_newest_secret() -> None:
    with pytest.raises(PermanentError, match=r"signing secret: .* another SECRET_KEY.* rotate the secret"):
        await sent(OTHER.encrypt("new"), BOX.encrypt("old"))


async def test_nothing_is_sent_to_a_url_of_another_key() -> None:
    """The error tells an operator which value to set again."""
    with pytest.raises(PermanentError, match=r"channel's URL: .* another SECRET_KEY.* set the URL again"):
        await sent(BOX.encrypt("new"), url=OTHER.encrypt("https://example.com"))
