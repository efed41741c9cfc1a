"""Sends notices through apprise: by mail, Slack, Teams, Telegram, ntfy and many more services.

Behaviour that this code relies on, observed with apprise 2.3.0 on Python 3.11:

- `notify` does not raise if the receiver is unavailable or refuses a notice. Its result is false.
- A URL may have several recipients (`to=a,b`, `cc`). If one of them is refused, the result is false, although
  the others got the notice. They get it again with each attempt. So `docs/notices.md` advises one channel for
  each recipient.
- `async_notify` runs `notify` in a thread, which continues if the call is cancelled. Time-outs of sockets
  limit each read, not the whole answer. So a server that sends a byte now and then can occupy the thread
  indefinitely. Therefore each attempt runs in a thread of our own, which is abandoned after its deadline.
- By default, apprise follows redirects, and reports a POST as sent if it was redirected to a page. With
  `http_redirects=False`, such a POST is a failure.
- apprise logs parts of what it sends, and of URLs that it cannot parse. `url(privacy=True)` masks passwords
  and known tokens, but no headers, as in `json://…?+Authorization=…`. Results quote this URL. Therefore
  apprise's logger is silenced, and neither its URLs nor its results are logged or shown.
- Importing apprise with its 189 plugins takes 0.4 s and 35 MB. Therefore it is imported when it is first
  needed.
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from mailtide_common.runtime.errors import PermanentError, TransientError
from mailtide_notifier import limits

from .outgoing import Outgoing

T = TypeVar("T")

LOCAL_SCHEMAS = frozenset(
    {"syslog", "dbus", "glib", "gio", "gnome", "kde", "qt", "macosx", "windows", "blink1"}
)
"""Schemas of services that notify the local machine. They are refused."""

HEADER = "X-Mailtide-Notice"

for _chatty in ("apprise", "requests", "urllib3", "requests_oauthlib"):
    logging.getLogger(_chatty).setLevel(logging.CRITICAL + 1)


def readable(url: str) -> bool:
    """Return whether apprise accepts a URL, and its service does not notify the local machine.

    The first call imports apprise, which blocks.
    """
    return _plugin(url) is not None


class AppriseSender:
    """Sends through apprise. Each attempt runs in a thread of its own."""

    def __init__(self) -> None:
        self._threads = asyncio.Semaphore(limits.APPRISE_THREADS)
        self._running: Counter[str] = Counter()
        """The number of threads that have not ended, by URL."""

    async def send(self, url: str, secrets: Sequence[str], outgoing: Outgoing) -> None:  # noqa: ARG002 - unsigned
        """Send one notice. `url` is a URL of apprise, and `secrets` is ignored.

        Raises:
            TransientError: the service refused the notice or could not be reached, too many earlier attempts
                for the URL have not ended, or there was no result within `limits.SEND_SECONDS`. This time
                includes the wait for a free thread.
            PermanentError: apprise does not accept the URL.
        """
        if self._running[url] >= limits.APPRISE_CHANNEL_THREADS:
            raise TransientError(
                f"{limits.APPRISE_CHANNEL_THREADS} earlier attempts have not ended, because the service does not answer"
            )
        occupied = True
        try:
            async with asyncio.timeout(limits.SEND_SECONDS):
                await self._threads.acquire()
                occupied = False
                self._running[url] += 1
                await in_thread(lambda: _notify(url, outgoing), lambda: self._ended(url))
        except TimeoutError as error:
            raise TransientError(
                f"all {limits.APPRISE_THREADS} threads of apprise were occupied for {limits.SEND_SECONDS:g} s, because "
                "services do not answer"
                if occupied
                else f"no result within {limits.SEND_SECONDS:g} s, including the wait for a free thread of apprise"
            ) from error

    def _ended(self, url: str) -> None:
        self._threads.release()
        self._running[url] -= 1


async def in_thread(work: Callable[[], T], ended: Callable[[], None]) -> T:
    """Run blocking work in a daemon thread, which can be abandoned, and return the result.

    Args:
        work: continues if the caller is cancelled. An exception in it is raised here.
        ended: called in the event loop when the thread ends, even if the caller was cancelled.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(set_: Callable[[Any], None], value: Any) -> None:
        ended()
        if not result.done():
            set_(value)

    def run() -> None:
        try:
            value = work()
        except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
            outcome: tuple[Callable[[Any], None], Any] = (result.set_exception, error)
        else:
            outcome = (result.set_result, value)
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, name="apprise", daemon=True).start()
    return await result


def _notify(url: str, outgoing: Outgoing) -> None:
    import apprise  # noqa: PLC0415 - see the module's docstring

    plugin = _plugin(url)
    if plugin is None:
        raise PermanentError(
            "apprise no longer accepts the channel's URL: its service is unknown or needs a library that is not "
            "installed; set another URL"
        )
    if isinstance(getattr(plugin, "headers", None), dict):
        plugin.headers[HEADER] = str(outgoing.id)  # headers of a mail or of a POST
    services = apprise.Apprise(asset=plugin.asset)
    services.add(plugin)
    if not services.notify(title=outgoing.title, body=outgoing.text, body_format=apprise.NotifyFormat.TEXT):
        raise TransientError(
            "the service refused the notice, redirected the request or could not be reached (apprise does not tell "
            "which)"
        )


def _plugin(url: str) -> Any:
    """Return apprise's plugin for a URL, or None if it has none or the URL's service is local."""
    import apprise  # noqa: PLC0415 - see the module's docstring

    schema = url.partition("://")[0].lower()
    if schema in LOCAL_SCHEMAS:
        return None
    asset = apprise.AppriseAsset(http_redirects=False, storage_mode=apprise.PersistentStoreMode.MEMORY)
    plugin = apprise.Apprise.instantiate(url, asset=asset)
    if plugin is not None:
        plugin.socket_connect_timeout = limits.APPRISE_CONNECT_SECONDS
        plugin.socket_read_timeout = limits.APPRISE_READ_SECONDS
    return plugin
