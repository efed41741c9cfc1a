"""The sync worker's composition root."""

from contextlib import AsyncExitStack
from functools import partial

from starlette.applications import Starlette

from mailtide_common.contracts.events import SyncKind
from mailtide_common.runtime.clock_watch import ClockWatch, clock_lead
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.startup import await_topics
from mailtide_common.runtime.metrics import nylas_called
from mailtide_common.runtime.postgres import check_login, open_pool
from mailtide_common.runtime.traces.spans import spans_to
from mailtide_common.runtime.web import problems
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.lifecycle import background, lifespan_of
from mailtide_common.runtime.web.server import Switch
from mailtide_nylas import Circuit, GrantLimiter, NylasClient

from . import limits, metrics
from .comparison.audit import Auditor
from .comparison.compare_contents import ContentComparer
from .comparison.reconcile import Reconciler
from .comparison.reconcile_folders import FolderReconciler
from .comparison.repair import Repairer
from .consumers import register
from .known.state import KnownState
from .known.stored_index import StoredIndex
from .listings.page_lister import PageLister
from .listings.slice import SlicePuller
from .notifications.translate import Translator
from .priority import BulkThrottle
from .publishing.mail_publisher import MailPublisher
from .publishing.parking import Parking
from .requests.account import AccountPuller
from .requests.backfill import Backfiller
from .requests.delta import DeltaPuller
from .requests.handler import Pull, Worker
from .requests.messages import MessagePuller
from .requests.purge import Purger
from .settings import SyncWorkerSettings


def create_app(settings: SyncWorkerSettings, switch: Switch) -> Starlette:
    """Create the app. Its lifespan runs the clock watch, and the consumers once the clock is right."""
    health = Health()

    async def compose(stack: AsyncExitStack) -> None:
        await await_topics(settings)
        spans = spans_to(settings.otel_exporter_otlp_endpoint, "sync-worker")
        stack.push_async_callback(spans.aclose)
        publisher = await stack.enter_async_context(
            Publisher(settings.brokers, source="sync-worker", spans=spans)
        )
        nylas = await stack.enter_async_context(
            NylasClient(
                settings.nylas_api_uri,
                settings.nylas_api_key.get_secret_value(),
                settings.nylas_client_id,
                limiter=GrantLimiter(limits.GRANT_CONCURRENCY),
                circuit=Circuit(on_open=metrics.CIRCUIT_OPENINGS.inc),
                observe=spans.with_calls(nylas_called),
            )
        )
        pool = await open_pool(stack, settings, service="sync-worker", max_size=limits.INDEX_POOL_SIZE)
        await check_login(pool)
        clock = ClockWatch(partial(clock_lead, pool), publisher, service="sync-worker")
        await clock.measure()
        health.add_check("clock", lambda: not clock.wrong)
        await stack.enter_async_context(background(switch, "clock", clock, seconds=limits.STOP_SECONDS))
        index = KnownState(pool)
        folders = FolderReconciler(nylas, index, publisher)
        accounts = AccountPuller(nylas, index, publisher, folders)
        consumers = Consumers(settings, publisher, switch, health, service="sync-worker", spans=spans)
        bulk_throttle = BulkThrottle()
        pulls = build_pulls(
            nylas, index, StoredIndex(pool), accounts, publisher, folders=folders, bulk_throttle=bulk_throttle
        )
        register(
            consumers, Translator(index, publisher), Worker(pulls, accounts, publisher), bulk_throttle, clock
        )
        stack.push_async_callback(consumers.stop)
        await clock.right()
        await consumers.start()

    app = Starlette(routes=list(health.routes()), lifespan=lifespan_of(compose, health, switch))
    problems.install(app)
    return app


def build_pulls(
    nylas: NylasClient,
    known: KnownState,
    index: StoredIndex,
    accounts: AccountPuller,
    publisher: Publisher,
    *,
    folders: FolderReconciler,
    bulk_throttle: BulkThrottle,
) -> dict[SyncKind, Pull]:
    """Return the function that does the work of a request, for each kind of request."""
    mail = MailPublisher(publisher, Parking(publisher))
    lister = PageLister(nylas)
    slices = SlicePuller(lister, known, mail, bulk_throttle)
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
            contents=ContentComparer(lister, index, publisher),
            bulk_throttle=bulk_throttle,
        ).audit,
        SyncKind.PURGE: Purger(known, index, publisher).purge,
        SyncKind.MESSAGE: messages.pull_message,
        SyncKind.THREAD: messages.pull_thread,
        SyncKind.ACCOUNT: accounts.pull_account,
    }
