"""The command `mailtide config check`."""

from importlib.util import find_spec
from pkgutil import resolve_name

import typer
from pydantic import Field, ValidationError, ValidationInfo, field_validator

from mailtide.running import USAGE, Json, group, print_json
from mailtide.show import print_table
from mailtide_common.contracts.connect_links import is_loopback
from mailtide_common.contracts.validation.invalid_fields import InvalidField, invalid_fields
from mailtide_common.runtime.settings import (
    ConnectSettings,
    KafkaSettings,
    Key,
    NylasSettings,
    PostgresSettings,
    SecretKeySettings,
    Settings,
    read,
)

COMMAND = "mailtide config check"
SERVICES = {
    "mailtide-ingress": "mailtide_ingress.settings:IngressSettings",
    "mailtide-scheduler": "mailtide_scheduler.settings:SchedulerSettings",
    "mailtide-sync-worker": "mailtide_sync_worker.settings:SyncWorkerSettings",
    "mailtide-persister": "mailtide_persister.settings:PersisterSettings",
    "mailtide-notifier": "mailtide_notifier.settings:NotifierSettings",
    "mailtide-console": "mailtide_console.settings:ConsoleSettings",
}
"""The settings class of each service. An image of this command does not contain all services."""

app = group("Settings: check them.")


class AllSettings(KafkaSettings, PostgresSettings, NylasSettings, ConnectSettings, SecretKeySettings):
    """The settings that several services share, and the tokens of operators and of the cron route."""

    admin_token: Key = Field(description="Bearer token of operators.")
    cron_secret: Key = Field(description="Token of the cron route.")

    @field_validator("connect_secret")
    @classmethod
    def _links_are_accepted(cls, value: Key | None, info: ValidationInfo) -> Key | None:
        if value is None and "public_url" in info.data and not is_loopback(info.data["public_url"]):
            raise ValueError(
                "must be set: without it, the ingress refuses all connect links, because PUBLIC_URL is not a "
                "loopback address"
            )
        return value


@app.callback()
def config() -> None:
    """Keep `check` a subcommand: without a callback, typer would run an app's only command directly."""


@app.command(short_help="Print the state of settings, no values.")
def check(as_json: Json = False) -> None:
    """Print the state of each required or wrong setting, without values.

    The settings that services share are checked, and those of each service that is installed beside this
    command. Each service also checks its own settings when it starts. A name that no service reads, such as a
    misspelt one, is not noticed.

    With --json, of the settings only the wrong ones are printed.

    Exit code 2 if a setting is missing or wrong.
    """
    installed = {name: place for name, place in SERVICES.items() if find_spec(place.partition(".")[0])}
    classes: list[type[Settings]] = [AllSettings, *map(resolve_name, installed.values())]
    fields = {name.upper(): field for each in reversed(classes) for name, field in each.model_fields.items()}
    wrong: dict[str, str] = {}
    for each in classes:
        for problem in _problems(each):
            # whoever leaves out a service does not need the settings that only it requires
            if each is AllSettings or not problem.missing:
                wrong.setdefault(problem.path[0].upper() if problem.path else "settings", problem.reason)
    if as_json:
        print_json({"wrong": wrong, "services": list(installed)})
    else:
        shown = [name.upper() for name, field in AllSettings.model_fields.items() if field.is_required()]
        rows = [
            (name, wrong.get(name, "ok"), fields[name].description if name in fields else "")
            for name in dict.fromkeys([*shown, *wrong])
        ]
        print_table(("setting", "state", "meaning"), rows, whole=("setting",))
        typer.echo(f"Checked: shared settings, and those of {', '.join(installed)}.")
        if absent := [name for name in SERVICES if name not in installed]:
            typer.echo(f"Not installed here, so checked only when they start: {', '.join(absent)}.")
    if wrong:
        reasons = ", ".join(f"{name} ({reason})" for name, reason in wrong.items())
        typer.echo(f"{COMMAND}: missing or wrong settings: {reasons} (see .env.example)", err=True)
        raise typer.Exit(USAGE)


def _problems(settings: type[Settings]) -> list[InvalidField]:
    try:
        read(settings, COMMAND)
    except ValidationError as error:
        return invalid_fields(error)
    return []
