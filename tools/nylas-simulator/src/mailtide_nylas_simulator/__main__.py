"""Run the simulator: ``python -m mailtide_nylas_simulator --port N --seed S``."""

import argparse
import asyncio
import json
import os
import socket
from types import FrameType

import uvicorn

from .app import create_app
from .mail.load import load_mailbox, mailbox_path
from .mail.seed import MailboxPlan, seeded
from .webhooks.sender import SenderSettings
from .world import World

FIRST = (
    ("ada.lovelace@example.com", "google", "Ada Lovelace"),
    ("ben.okri@example.net", "microsoft", "Ben Ökri"),
    ("chloe.martin@example.org", "imap", "Chloé Martin"),
)


class Server(uvicorn.Server):
    """A server that says when it listens, and that a signal ends at once and cleanly, whatever is in flight."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say on which port."""
        await super().startup(sockets)
        if self.started and sockets:
            print(json.dumps({"ready": True, "port": sockets[0].getsockname()[1]}), flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """End without waiting, as if the machine were gone: nothing here is worth saving, no call is answered."""
        os._exit(0)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m mailtide_nylas_simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=int, default=0, help="0 takes a free one; see the line that is printed"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--messages", type=int, default=120, help="messages in each of the three first mailboxes"
    )
    parser.add_argument("--empty", action="store_true", help="start without mailboxes")
    parser.add_argument(
        "--mailbox", type=mailbox_path, help="an mbox file or a Maildir that becomes the first mailbox"
    )
    parser.add_argument("--mailbox-email", default="owner@example.com")
    parser.add_argument("--mailbox-provider", default="google")
    parser.add_argument("--client-id", default="simulated-client")
    parser.add_argument("--api-key", default="simulated-key")
    parser.add_argument("--retry-delays", default="0.2,1", help="seconds before the second and third attempt")
    return parser.parse_args()


def build(options: argparse.Namespace) -> World:
    """The world that the command line describes."""
    delays = tuple(float(part) for part in options.retry_delays.split(","))
    world = World(options.client_id, options.api_key, options.seed, SenderSettings(delays=delays))
    if options.mailbox is not None:
        world.adopt(load_mailbox(options.mailbox, options.mailbox_email, options.mailbox_provider))
    if not options.empty:
        for email, provider, name in FIRST:
            world.adopt(seeded(MailboxPlan(email, provider, name, options.messages, options.seed)))
    return world


async def serve(world: World, host: str, port: int) -> None:
    """Listen and serve until a signal comes."""
    listener = socket.create_server((host, port), backlog=2048)
    config = uvicorn.Config(
        create_app(world), log_level="critical", access_log=False, lifespan="on", ws="none"
    )
    await Server(config).serve(sockets=[listener])


def main() -> None:
    """Entry point of the command."""
    options = arguments()
    asyncio.run(serve(build(options), options.host, options.port))


if __name__ == "__main__":
    main()
