"""The `mailtide notify` commands."""

from typing import Annotated

import typer
from pydantic import Field

from mailtide_common.contracts.api.channels import Channel, ChannelList, ChannelTest
from mailtide_common.runtime.errors import PermanentError
from mailtide_common.runtime.settings import WebAddress

from .running import FOUND, Json, group
from .scheduler import OperatorSettings, Scheduler, ask
from .show import print_table

app = group("Notifications: list channels, test one.")


class NotifierSettings(OperatorSettings):
    """Settings of the commands that call the notifier."""

    server = "notifier"
    mailtide_notifier_url: WebAddress = Field(
        "http://127.0.0.1:8085", description="Where the notifier's API is."
    )

    @property
    def api_url(self) -> str:
        return self.mailtide_notifier_url


@app.command()
def channels(as_json: Json = False) -> None:
    """List the notification channels. Reads ADMIN_TOKEN and MAILTIDE_NOTIFIER_URL."""

    def show(found: ChannelList) -> None:
        rows = [
            (each.name, each.kind, each.enabled, each.silenced_until, each.disabled_reason, each.id)
            for each in found.channels
        ]
        print_table(
            ("channel", "kind", "enabled", "silent until", "disabled because", "id"),
            rows,
            whole=("channel", "id"),
            optional=("silent until", "kind"),
        )
        if not found.channels:
            typer.echo(
                "There is no channel, so nobody is notified. "
                "Add one on the console's page Notifications (docs/notices.md)."
            )

    ask("notify channels", _channels, show, as_json=as_json, settings=NotifierSettings)


@app.command("test", short_help="Send a test notice.")
def try_channel(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="Name or id of a channel.")],
    as_json: Json = False,
) -> None:
    """Send a test notice now, even if the channel is disabled, silenced or in its quiet hours.

    Exit code 1 if the notice was not delivered. Reads ADMIN_TOKEN and MAILTIDE_NOTIFIER_URL.
    """

    async def work(notifier: Scheduler) -> ChannelTest:
        id_ = _pick((await _channels(notifier)).channels, channel).id
        return await notifier.call(ChannelTest, "POST", f"/api/channels/{id_}/test")

    def show(tested: ChannelTest) -> None:
        typer.echo(f"{channel}: delivered" if tested.delivered else f"{channel}: {tested.error}")

    tested = ask("notify test", work, show, as_json=as_json, settings=NotifierSettings)
    if not tested.delivered:
        raise typer.Exit(FOUND)


async def _channels(notifier: Scheduler) -> ChannelList:
    return await notifier.call(ChannelList, "GET", "/api/channels")


def _pick(channels: tuple[Channel, ...], name: str) -> Channel:
    for channel in channels:
        if name in {channel.name, str(channel.id)}:
            return channel
    known = ", ".join(each.name for each in channels) or "none"
    raise PermanentError(f"no channel has the name or id {name}; known channels: {known}")
