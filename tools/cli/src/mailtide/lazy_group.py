"""A command group that imports only the module of the command that runs, so that commands start fast.

Contexts and commands are typed `Any`: since 0.26, typer contains its own click, as the private
`typer._click`.
"""

import gc
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


class LazyGroup(TyperGroup):
    """A group that imports the module of a command when the command runs."""

    places: ClassVar[dict[str, tuple[str, str]]]
    """For each command name, the module whose `app` is the command, and the command's short help."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in `places`, followed by those of commands that were registered as usual."""
        return [*self.places, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a stub for a command in `places`, with the command's name and short help.

        Shell completion needs the options, so it gets the imported command instead. Other names are looked up
        as usual.
        """
        if cmd_name not in self.places:
            return super().get_command(ctx, cmd_name)
        if ctx.resilient_parsing:
            return self._load(cmd_name)
        return TyperCommand(cmd_name, short_help=self.places[cmd_name][1], rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name, the command and the remaining arguments. A command in `places` is imported."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self._load(name) if name in self.places else command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command, and reword errors of pydantic about invalid arguments.

        typer 0.29 validates arguments with pydantic.
        """
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            from pydantic import ValidationError  # noqa: PLC0415 - only here

            from mailtide_common.contracts.validation.invalid_fields import invalid_fields  # noqa: PLC0415 - only here

            if isinstance(error.__cause__, ValidationError):
                error.message = invalid_fields(error.__cause__)[0].reason
            raise

    def _load(self, name: str) -> Any:
        gc.disable()  # collections during imports free nothing, and take a tenth of a short command's time
        try:
            app: typer.Typer = import_module(self.places[name][0]).app
        finally:
            gc.enable()
        command = typer.main.get_command(app)
        command.name = name
        return command
