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
from .mail.load import load_mailbox, mailbox_path
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
Once it listens it prints one line: {"ready": true, "port": 8090}. SIGTERM or Ctrl-C ends it at once; it stores nothing.
The Nylas API is below /v3 and wants the API key as bearer token. The admin API, which connects mailboxes, delivers mail
and switches faults on, is below /admin and has no key: never expose it.
"""


class Server(uvicorn.Server):
    """A server that announces its port, and that a signal ends at once, whatever is in flight."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and print the port."""
        await super().startup(sockets)
        if self.started and sockets:
            print(json.dumps({"ready": True, "port": sockets[0].getsockname()[1]}), flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Exit without waiting: nothing is worth saving, and no call in flight is answered."""
        os._exit(0)


def parser() -> argparse.ArgumentParser:
    """The command line."""
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
        help="makes ids, mail and faults repeatable (default: %(default)s)",
    )

    boxes = top.add_argument_group("mailboxes at the start")
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
    boxes.add_argument("--mailbox-email", default="owner@example.com", metavar="ADDRESS", help="its address")
    boxes.add_argument("--mailbox-provider", default="google", choices=PROVIDERS, help="its provider")

    application = top.add_argument_group("application")
    application.add_argument("--client-id", default="simulated-client", help="(default: %(default)s)")
    application.add_argument(
        "--api-key", default="simulated-key", help="also the client secret (default: %(default)s)"
    )
    application.add_argument(
        "--retry-delays",
        type=_delays,
        default=SenderSettings().delays,
        metavar="SECONDS,SECONDS",
        help="pauses before the 2nd and 3rd attempt to deliver a webhook (default: 0.2,1; Nylas: minutes)",
    )
    return top


def build(options: argparse.Namespace) -> World:
    """The world that the command line describes."""
    sender = SenderSettings(delays=options.retry_delays)
    world = World(options.client_id, options.api_key, options.seed, sender)
    if options.mailbox is not None:
        world.adopt(load_mailbox(options.mailbox, options.mailbox_email, options.mailbox_provider))
    if not options.empty:
        for email, provider, name in FIRST:
            world.adopt(seeded(MailboxPlan(email, provider, name, options.messages, options.seed)))
    return world


async def serve(world: World, listener: socket.socket) -> None:
    """Serve until a signal comes."""
    config = uvicorn.Config(
        create_app(world), log_level="critical", access_log=False, lifespan="on", ws="none"
    )
    await Server(config).serve(sockets=[listener])


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the command; exit code 2 for arguments that cannot be used."""
    command = parser()
    options = command.parse_args(arguments)
    try:
        listener = socket.create_server((options.host, options.port), backlog=2048)
    except OSError as error:
        command.exit(2, f"{NAME}: cannot listen on {options.host}:{options.port}: {_reason(error)}\n")
    if sys.stderr.isatty():
        url = f"http://{options.host}:{listener.getsockname()[1]}"
        sys.stderr.write(f"Nylas API: {url}, key {options.api_key}; admin API: {url}/admin; Ctrl-C ends it\n")
    asyncio.run(serve(build(options), listener))


def _reason(error: OSError) -> str:
    """Why an address cannot be used, as the system puts it; `create_server` of Python 3.11 repeats the address."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror)


def _whole(least: int, most: int) -> Callable[[str], int]:
    """The type of an argument that is a whole number in these bounds."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return read


def _delays(text: str) -> tuple[float, ...]:
    """The type of an argument that lists seconds."""
    try:
        delays = tuple(float(part) for part in text.split(","))
    except ValueError:
        delays = ()
    if not delays or not all(0 <= delay < float("inf") for delay in delays):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of seconds such as 0.2,1")
    return delays


if __name__ == "__main__":
    main()
