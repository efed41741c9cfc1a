"""A command group that imports only the command that runs, for a short start.

Contexts and commands are typed `Any`: since 0.26, typer contains its own click, as the private `typer._click`.
"""

import gc
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


class LazyGroup(TyperGroup):
    """A group that imports the module of a command when the command runs."""

    places: ClassVar[dict[str, tuple[str, str]]]
    """For each command name, the module whose `app` is the command, and the short help."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in `places`, in their order, then those of commands that were registered as usual."""
        return [*self.places, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a stub with the name and the short help of a command in `places`.

        For shell completion, return the imported command; for a name that is not in `places`, a command that was
        registered as usual, or None.
        """
        if cmd_name not in self.places:
            return super().get_command(ctx, cmd_name)
        if ctx.resilient_parsing:
            return self._load(cmd_name)
        return TyperCommand(cmd_name, short_help=self.places[cmd_name][1], rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name, the command (imported if it is in `places`) and the remaining arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self._load(name) if name in self.places else command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; replace pydantic's wording in the message about an invalid argument by plain words.

        typer 0.29 validates arguments with pydantic.
        """
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            from pydantic import ValidationError  # noqa: PLC0415 - only here

            from mailtide_common.contracts.invalid_fields import invalid_fields  # noqa: PLC0415 - only here

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
