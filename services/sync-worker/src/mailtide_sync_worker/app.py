"""The sync worker's composition root."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette

from mailtide_common.runtime.consumers import Consumers
from mailtide_common.runtime.health import Health
from mailtide_common.runtime.postgres import create_pool
from mailtide_common.runtime.publisher import Publisher
from mailtide_common.runtime.server import Switch
from mailtide_common.runtime.startup import await_topics
from mailtide_nylas import NylasClient

from . import limits
from .consumers import register
from .local_index import LocalIndex
from .pull_account import AccountPuller
from .pull_messages import MessagePuller
from .settings import SyncWorkerSettings
from .translate import Translator
from .work import Worker


def create_app(settings: SyncWorkerSettings, switch: Switch) -> Starlette:
    """Build the service; everything is opened and closed by its lifespan."""
    health = Health()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await await_topics(settings)
            publisher = await stack.enter_async_context(
                Publisher(settings.bootstrap_servers, source="sync-worker")
            )
            nylas = await stack.enter_async_context(
                NylasClient(
                    settings.nylas_api_uri,
                    settings.nylas_api_key.get_secret_value(),
                    settings.nylas_client_id,
                )
            )
            pool = await create_pool(
                settings.database_url.get_secret_value(),
                max_size=limits.INDEX_POOL_SIZE,
                application_name="mailtide-sync-worker",
            )
            stack.push_async_callback(pool.close)
            index = LocalIndex(pool)
            accounts = AccountPuller(nylas, index, publisher)
            messages = MessagePuller(nylas, index, publisher)
            consumers = Consumers(settings, publisher, switch, health, service="sync-worker")
            register(consumers, Translator(index, publisher), Worker(messages, accounts, publisher))
            await consumers.start()
            stack.push_async_callback(consumers.stop)
            health.ready = True
            yield
            health.ready = False

    return Starlette(routes=list(health.routes()), lifespan=lifespan)
