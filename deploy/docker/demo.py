"""Connects the simulator's mailboxes, then delivers mail and prints how long each message took to its row.

Docker Compose runs this file with `--profile demo`.
"""

# ruff: noqa: INP001 - runs as it is, inside the devkit's image

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from mailtide_devkit.demo.arrivals import Arrivals
from mailtide_devkit.demo.user_actions import connect_from_outside
from mailtide_devkit.stack.webhook import webhook_is_active
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

SETUP_SECONDS = 120
ARRIVAL_SECONDS = 60
ROW_SEEN = Path("/tmp/row-seen")  # noqa: S108 - the container's own; its age is the health of the demo


def say(what: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{what}\n")


async def set_up(admin: SimulatorAdmin, ingress: str, secret: str) -> None:
    """Connect the mailboxes that are not connected, then wait until the webhook destination is active."""
    for box in await admin.mailboxes():
        if box.grant_id is None:
            await connect_from_outside(box, {ingress: ingress}, secret=secret)
            say(f"connected {box.email} ({box.provider}, {box.messages} mails)")
    await webhook_is_active(admin, seconds=SETUP_SECONDS)
    say("the webhook destination is active; mail keeps coming")


async def deliver(admin: SimulatorAdmin, arrivals: Arrivals, email: str) -> None:
    """Deliver one message, wait for its row, and print how long that took. Touch `ROW_SEEN` for each row."""
    began = time.time()
    (message,) = await admin.deliver(email)
    if await arrivals.wait_for({message}, seconds=ARRIVAL_SECONDS):
        say(f"mail for {email}: no row after {ARRIVAL_SECONDS} s; the next cron run finds it")
    else:
        await asyncio.to_thread(ROW_SEEN.touch)
        say(f"mail for {email}: row after {(arrivals.seen[message] - began) * 1000:.0f} ms")


async def run() -> None:
    """Connect the mailboxes, then deliver messages to them in turn until the task is cancelled."""
    pause = 1 / float(os.environ["MAILS_PER_SECOND"])
    async with SimulatorAdmin(os.environ["NYLAS_URL"]) as admin:
        await set_up(admin, os.environ["INGRESS_URL"], os.environ["CONNECT_SECRET"])
        boxes = [box.email for box in await admin.mailboxes()]
        async with Arrivals(os.environ["DATABASE_URL"]) as arrivals:
            number = 0
            while True:
                await deliver(admin, arrivals, boxes[number % len(boxes)])
                number += 1
                await asyncio.sleep(pause)


async def main() -> None:
    """Run until SIGTERM, which cancels `run`."""
    task = asyncio.create_task(run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await asyncio.wait({task})
    if not task.cancelled() and (error := task.exception()):
        raise error


if __name__ == "__main__":
    asyncio.run(main())
