"""The sync worker's composition root."""

from contextlib import AsyncExitStack
from functools import partial

from starlette.applications import Starlette

from mailtide_common.contracts.events import SyncKind
from mailtide_common.runtime.clock_watch import ClockWatch, clock_lead
from mailtide_common.runtime.consumers import Consumers
from mailtide_common.runtime.health import Health
from mailtide_common.runtime.lifecycle import background, lifespan_of
from mailtide_common.runtime.metrics import nylas_called
from mailtide_common.runtime.postgres import check_login, close_pool, create_pool
from mailtide_common.runtime.publisher import Publisher
from mailtide_common.runtime.server import Switch
from mailtide_common.runtime.startup import await_topics
from mailtide_nylas import Circuit, GrantLimiter, NylasClient

from . import limits, metrics
from .audit import Auditor
from .backfill import Backfiller
from .compare_contents import ContentComparer
from .consumers import register
from .live_first import LiveFirst
from .local_index import LocalIndex
from .mail_index import MailIndex
from .mail_publisher import MailPublisher
from .page_lister import PageLister
from .parking import Parking
from .pull_account import AccountPuller
from .pull_delta import DeltaPuller
from .pull_messages import MessagePuller
from .pull_slice import SlicePuller
from .purge import Purger
from .reconcile import Reconciler
from .reconcile_folders import FolderReconciler
from .repair import Repairer
from .settings import SyncWorkerSettings
from .translate import Translator
from .work import Pull, Worker


def create_app(settings: SyncWorkerSettings, switch: Switch) -> Starlette:
    """Build the service; everything is opened and closed by its lifespan."""
    health = Health()

    async def compose(stack: AsyncExitStack) -> None:
        await await_topics(settings)
        publisher = await stack.enter_async_context(Publisher(settings.brokers, source="sync-worker"))
        nylas = await stack.enter_async_context(
            NylasClient(
                settings.nylas_api_uri,
                settings.nylas_api_key.get_secret_value(),
                settings.nylas_client_id,
                limiter=GrantLimiter(limits.GRANT_CONCURRENCY),
                circuit=Circuit(on_open=metrics.CIRCUIT_OPENED.inc),
                observe=nylas_called,
            )
        )
        pool = await create_pool(
            settings.database_url.get_secret_value(),
            max_size=limits.INDEX_POOL_SIZE,
            application_name="mailtide-sync-worker",
        )
        stack.push_async_callback(close_pool, pool)
        await check_login(pool)
        clock = ClockWatch(partial(clock_lead, pool), publisher, service="sync-worker")
        await clock.look()
        health.add_check("clock", lambda: not clock.ahead)
        await stack.enter_async_context(background(switch, "clock", clock, seconds=limits.STOP_SECONDS))
        index = LocalIndex(pool)
        folders = FolderReconciler(nylas, index, publisher)
        accounts = AccountPuller(nylas, index, publisher, folders)
        consumers = Consumers(settings, publisher, switch, health, service="sync-worker")
        live_first = LiveFirst()
        pulls = build_pulls(
            nylas, index, MailIndex(pool), accounts, publisher, folders=folders, live_first=live_first
        )
        register(
            consumers, Translator(index, publisher), Worker(pulls, accounts, publisher), live_first, clock
        )
        stack.push_async_callback(consumers.stop)
        await consumers.start()

    return Starlette(routes=list(health.routes()), lifespan=lifespan_of(compose, health, switch))


def build_pulls(
    nylas: NylasClient,
    known: LocalIndex,
    index: MailIndex,
    accounts: AccountPuller,
    publisher: Publisher,
    *,
    folders: FolderReconciler,
    live_first: LiveFirst,
) -> dict[SyncKind, Pull]:
    """What works on each kind of request."""
    mail = MailPublisher(publisher, Parking(publisher))
    lister = PageLister(nylas)
    slices = SlicePuller(lister, known, mail, live_first)
    repairer = Repairer(publisher, known)
    messages = MessagePuller(nylas, known, index, lister=lister, mail=mail, publisher=publisher)
    reconciler = Reconciler(lister, known, index, repairer=repairer, mail=mail)
    return {
        SyncKind.DELTA: DeltaPuller(slices, reconciler, publisher).pull_delta,
        SyncKind.BACKFILL: Backfiller(nylas, slices, publisher).backfill,
        SyncKind.AUDIT: Auditor(
            lister,
            known,
            index,
            slices=slices,
            repairer=repairer,
            mail=mail,
            folders=folders,
            publisher=publisher,
            contents=ContentComparer(lister, index, publisher),
            live_first=live_first,
        ).audit,
        SyncKind.PURGE: Purger(index, publisher).purge,
        SyncKind.MESSAGE: messages.pull_message,
        SyncKind.THREAD: messages.pull_thread,
        SyncKind.ACCOUNT: accounts.pull_account,
    }
