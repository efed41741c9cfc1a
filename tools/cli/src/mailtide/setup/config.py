"""The `mailtide config` command."""

import typer
from pydantic import Field, ValidationError, ValidationInfo, field_validator

from mailtide.running import USAGE, Json, group, print_json
from mailtide.show import print_table
from mailtide_common.contracts.connect_links import is_loopback
from mailtide_common.contracts.invalid_fields import invalid_fields
from mailtide_common.runtime.settings import (
    ConnectSettings,
    KafkaSettings,
    Key,
    NylasSettings,
    PostgresSettings,
    SecretKeySettings,
    describe,
    read,
)

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
                "must be set where PUBLIC_URL is public: without it all connect links are refused"
            )
        return value


@app.callback()
def config() -> None:
    """Keep `check` a subcommand: without a callback, typer would run an app's only command directly."""


@app.command()
def check(as_json: Json = False) -> None:
    """Print the state of each required setting, and each wrong one, never a value.

    Exit code 2 if a setting is missing or wrong.
    """
    problem = None
    try:
        read(AllSettings, "mailtide config check")
    except ValidationError as error:
        problem = error
    wrong: dict[str, str] = {}
    if problem is not None:
        wrong = {each.path[0].upper(): each.reason for each in invalid_fields(problem) if each.path}
    if as_json:
        print_json({"wrong": wrong})
    else:
        rows = [
            (name.upper(), wrong.get(name.upper(), "ok"), field.description)
            for name, field in AllSettings.model_fields.items()
            if name.upper() in wrong or field.is_required()
        ]
        print_table(("setting", "state", "meaning"), rows, whole=("setting",))
    if problem is not None:
        typer.echo(f"mailtide config check: {describe(problem)} (see .env.example)", err=True)
        raise typer.Exit(USAGE)
