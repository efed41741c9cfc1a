"""Creates, changes, tests, silences and deletes channels."""

import asyncio
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from mailtide_common.contracts.api.channels import (
    Channel,
    ChannelKind,
    ChannelSettings,
    ChannelTest,
    CreatedChannel,
    NewChannel,
)
from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.errors import PermanentError, TransientError
from mailtide_notifier.database import connected, transaction
from mailtide_notifier.errors import InvalidError, NotFoundError, RefusedError

from .apprise_sender import readable
from .masking import is_webhook, masked
from .outgoing import Outgoing
from .post import Post
from .store import (
    Sealed,
    delete_channel,
    get_target,
    insert_channel,
    list_channels,
    update_channel,
    update_secret,
    update_silence,
)
from .webhook_sender import new_secret

NO_CHANNEL = "there is no channel with this id"
NAME_TAKEN = "another channel has this name: choose another one"


class Channels:
    """Manages channels. Every method also raises the errors of `postgres.connected_migrated`."""

    def __init__(self, pool: asyncpg.Pool, box: SecretBox, post: Post) -> None:
        self._pool = pool
        self._box = box
        self._post = post

    async def list(self) -> tuple[Channel, ...]:
        """Return all channels, ordered by name."""
        async with connected(self._pool) as connection:
            return tuple(await list_channels(connection))

    async def get(self, channel_id: UUID) -> Channel:
        """Return a channel.

        Raises:
            NotFoundError: there is no channel with this id.
        """
        async with connected(self._pool) as connection:
            found = await list_channels(connection, channel_id)
        if not found:
            raise NotFoundError(NO_CHANNEL)
        return found[0]

    async def create(self, wanted: NewChannel) -> CreatedChannel:
        """Create a channel. For a webhook, the result contains a new signing secret.

        Raises:
            InvalidError: the URL cannot be used for this kind of channel.
            RefusedError: another channel has the name.
        """
        secret = new_secret() if wanted.kind is ChannelKind.WEBHOOK else None
        url = await self._sealed(wanted.kind, wanted.url.get_secret_value(), secret)
        channel_id = uuid4()
        async with transaction(self._pool) as connection:
            if not await insert_channel(connection, channel_id, wanted, url):
                raise RefusedError(NAME_TAKEN)
            (channel,) = await list_channels(connection, channel_id)
        return CreatedChannel(**channel.model_dump(by_alias=False), signing_secret=secret)

    async def update(self, channel_id: UUID, wanted: ChannelSettings) -> Channel:
        """Replace a channel's settings. Without a URL in `wanted`, the channel keeps its URL.

        Enabling the channel clears its `disabled_reason`.

        Raises:
            NotFoundError: there is no channel with this id.
            InvalidError: the URL cannot be used for this kind of channel.
            RefusedError: another channel has the name.
        """
        sealed = None
        if wanted.url is not None:
            kind = (await self.get(channel_id)).kind
            sealed = await self._sealed(kind, wanted.url.get_secret_value(), None)
        try:
            async with transaction(self._pool) as connection:
                if not await update_channel(connection, channel_id, wanted, sealed):
                    raise NotFoundError(NO_CHANNEL)
                (channel,) = await list_channels(connection, channel_id)
        except asyncpg.UniqueViolationError as error:
            raise RefusedError(NAME_TAKEN) from error
        return channel

    async def delete(self, channel_id: UUID) -> None:
        """Delete a channel with its notices and deliveries, and remove it from all rules.

        Raises:
            NotFoundError: there is no channel with this id.
        """
        async with transaction(self._pool) as connection:
            if not await delete_channel(connection, channel_id):
                raise NotFoundError(NO_CHANNEL)

    async def silence(self, channel_id: UUID, until: datetime | None) -> Channel:
        """Silence a channel until a given time; None ends the silence.

        Raises:
            NotFoundError: there is no channel with this id.
        """
        async with transaction(self._pool) as connection:
            if not await update_silence(connection, channel_id, until):
                raise NotFoundError(NO_CHANNEL)
            (channel,) = await list_channels(connection, channel_id)
        return channel

    async def rotate_secret(self, channel_id: UUID, overlap_seconds: int) -> CreatedChannel:
        """Replace a webhook's signing secret. The result contains the new one.

        The previous secret also signs for `overlap_seconds`.

        Raises:
            NotFoundError: there is no channel with this id.
            InvalidError: the channel is not a webhook.
        """
        secret = new_secret()
        async with transaction(self._pool) as connection:
            rotated = await update_secret(connection, channel_id, self._box.encrypt(secret), overlap_seconds)
            found = await list_channels(connection, channel_id)
        if not found:
            raise NotFoundError(NO_CHANNEL)
        if not rotated:
            raise InvalidError("the channel is not a webhook: only webhooks have a signing secret")
        return CreatedChannel(**found[0].model_dump(by_alias=False), signing_secret=secret)

    async def test(self, channel_id: UUID, message: Outgoing) -> ChannelTest:
        """Send a message to a channel at once, and return the result.

        The channel may be disabled, silenced or in its quiet hours.

        Raises:
            NotFoundError: there is no channel with this id.
        """
        async with connected(self._pool) as connection:
            target = await get_target(connection, channel_id)
        if target is None:
            raise NotFoundError(NO_CHANNEL)
        try:
            await self._post.send(target, message)
        except (TransientError, PermanentError) as error:
            return ChannelTest(delivered=False, error=str(error))
        return ChannelTest(delivered=True, error=None)

    async def _sealed(self, kind: ChannelKind, url: str, secret: str | None) -> Sealed:
        if kind is ChannelKind.WEBHOOK:
            if not is_webhook(url):
                raise InvalidError(
                    "url: must be of the form http(s)://[user:password@]host[:port][/path][?query], without white "
                    "space or a fragment"
                )
        elif not await asyncio.to_thread(readable, url):
            raise InvalidError(
                "url: apprise refuses it (its service is unknown or needs a library that is not installed, or a part "
                "is missing or wrong), or it would show notices on the local machine"
            )
        return Sealed(
            self._box.encrypt(url), masked(kind, url), None if secret is None else self._box.encrypt(secret)
        )
