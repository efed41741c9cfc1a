"""The command `mailtide-nylas-simulator`: serves a simulated Nylas API v3 until a signal ends it."""

import argparse
import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from types import FrameType

import uvicorn

from .app import create_app
from .mail.ids import PROVIDERS
from .mail.load import load_mailbox, mailbox_path, size_of
from .mail.seed import MailboxPlan, seeded
from .webhooks.sender import SenderSettings
from .world import World

NAME = "mailtide-nylas-simulator"
FIRST = (
    ("ada.lovelace@example.com", "google", "Ada Lovelace"),
    ("ben.okri@example.net", "microsoft", "Ben Ökri"),
    ("chloe.martin@example.org", "imap", "Chloé Martin"),
)
EPILOG = """\
Prints a line such as {"ready": true, "port": 8090} once it listens. SIGTERM or Ctrl-C ends it at once, and nothing
outlives it. A mailbox is loaded first, and its contents are copied to a temporary file without a name (in TMPDIR);
the progress is on standard error: lines such as {"loaded_percent": 34}, or a text if it is a terminal. The Nylas
API is below /v3; except for hosted OAuth, it requires the API key or an access token as bearer token. The admin
API, which connects mailboxes, delivers mail and switches faults on, is below /admin and requires no key: never
expose it.
"""


class Server(uvicorn.Server):
    """A uvicorn server that prints its port once it listens. SIGINT and SIGTERM end the process at once."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            print(json.dumps({"ready": True, "port": sockets[0].getsockname()[1]}), flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Exit the process at once. There is nothing to save, and calls in flight get no answer."""
        os._exit(0)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog=NAME,
        description="Simulates the Nylas API v3: mailboxes, webhooks, hosted OAuth, and faults on request.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {version(NAME)}")
    top.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    top.add_argument(
        "--port", type=_whole(0, 65535), default=0, help="port to listen on; 0 takes a free one (default: 0)"
    )
    top.add_argument(
        "--seed",
        type=int,
        default=1,
        help="seed of the random generator: the same seed gives the same ids, mail and faults (default: %(default)s)",
    )

    boxes = top.add_argument_group("initial mailboxes")
    boxes.add_argument(
        "--messages",
        type=_whole(0, 1_000_000),
        default=120,
        metavar="N",
        help=f"messages in each of {', '.join(email for email, *_ in FIRST)} (default: %(default)s)",
    )
    boxes.add_argument("--empty", action="store_true", help="start without those three mailboxes")
    boxes.add_argument(
        "--mailbox",
        type=mailbox_path,
        metavar="PATH",
        help="serve this mbox file or Maildir as the first mailbox",
    )
    boxes.add_argument(
        "--mailbox-email",
        default="owner@example.com",
        metavar="ADDRESS",
        help="address of the mailbox at PATH (default: %(default)s)",
    )
    boxes.add_argument(
        "--mailbox-provider",
        default="google",
        choices=PROVIDERS,
        help="provider of the mailbox at PATH (default: %(default)s)",
    )

    application = top.add_argument_group("application")
    application.add_argument(
        "--client-id", default="simulated-client", help="id of the application (default: %(default)s)"
    )
    application.add_argument(
        "--api-key",
        default="simulated-key",
        help="key of the application, also its client secret (default: %(default)s)",
    )
    application.add_argument(
        "--callback-uri",
        action="append",
        default=[],
        metavar="URL",
        help="a URL to which OAuth may return; repeatable (default: any URL)",
    )
    application.add_argument(
        "--retry-delays",
        type=_delays,
        default=SenderSettings().delays,
        metavar="SECONDS,SECONDS",
        help="pauses before the 2nd, 3rd, ... delivery attempt (default: 0.2,1; at Nylas two, minutes long)",
    )
    return top


class Progress:
    """Writes to standard error how much of a mailbox is loaded: a line of JSON per percent, or one on a terminal."""

    def __init__(self, total: int) -> None:
        """Begin with nothing of `total` bytes."""
        self._total = max(1, total)
        self._percent = 0

    def advance(self, loaded: int) -> None:
        """Write the percentage of `loaded` bytes, below 100, if it is higher than the last one."""
        self._write(min(99, 100 * loaded // self._total))

    def end(self) -> None:
        """Write that all is loaded."""
        self._write(100)
        if sys.stderr.isatty():
            sys.stderr.write("\n")

    def _write(self, percent: int) -> None:
        if percent == self._percent:
            return
        self._percent = percent
        line = (
            f"\rloaded {percent} %" if sys.stderr.isatty() else f"{json.dumps({'loaded_percent': percent})}\n"
        )
        sys.stderr.write(line)
        sys.stderr.flush()


def build(options: argparse.Namespace) -> World:
    sender = SenderSettings(delays=options.retry_delays)
    world = World(options.client_id, options.api_key, options.seed, sender)
    world.callback_uris = options.callback_uri
    if options.mailbox is not None:
        path = options.mailbox
        progress = Progress(size_of(path))
        world.adopt(
            load_mailbox(path, options.mailbox_email, options.mailbox_provider, loaded=progress.advance)
        )
        progress.end()
    if not options.empty:
        for email, provider, name in FIRST:
            if email not in world.mailboxes:
                world.adopt(seeded(MailboxPlan(email, provider, name, options.messages, options.seed)))
    return world


async def serve(world: World, listener: socket.socket) -> None:
    """Serve a world on a listening socket until a signal ends the process."""
    config = uvicorn.Config(
        create_app(world), log_level="critical", access_log=False, lifespan="on", ws="none"
    )
    await Server(config).serve(sockets=[listener])


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until a signal ends the process.

    Exit with code 2 if an argument is invalid, if the mailbox cannot be loaded, or if it cannot listen on the host and
    port.
    """
    command = parser()
    options = command.parse_args(arguments)
    try:
        listener = socket.create_server((options.host, options.port), backlog=2048)
    except OSError as error:
        command.exit(2, f"{NAME}: cannot listen on {options.host}:{options.port}: {_reason(error)}\n")
    if sys.stderr.isatty():
        url = f"http://{options.host}:{listener.getsockname()[1]}"
        sys.stderr.write(f"Nylas API: {url}, key {options.api_key}; admin API: {url}/admin; Ctrl-C ends it\n")
    try:
        world = build(options)
    except OSError as error:
        command.exit(2, f"{NAME}: cannot load {options.mailbox}: {_reason(error)}\n")
    asyncio.run(serve(world, listener))


def _reason(error: OSError) -> str:
    """Return the operating system's text for an error.

    In Python 3.11, `create_server` adds the address to the error's own text.
    """
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror)


def _whole(least: int, most: int) -> Callable[[str], int]:
    """Return an argument type that accepts whole numbers from `least` to `most`."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return read


def _delays(text: str) -> tuple[float, ...]:
    try:
        delays = tuple(float(part) for part in text.split(","))
    except ValueError:
        delays = ()
    if not delays or not all(0 <= delay < float("inf") for delay in delays):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of seconds (0 or more) such as 0.2,1")
    return delays


if __name__ == "__main__":
    main()
