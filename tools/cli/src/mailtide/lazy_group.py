"""A group whose commands are imported when they are run, so that each command loads only what it needs.

Contexts and commands are those of the click that typer carries since 0.26, which has no public name.
"""

import gc
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


class LazyGroup(TyperGroup):
    """A group whose commands are named in a table."""

    places: ClassVar[dict[str, tuple[str, str]]]
    """By name: the module with the command as `app`, and its line in the list."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, in the order of the table."""
        return [*self.places, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a stub, which is enough for lists and suggestions; completions need the command itself."""
        if cmd_name not in self.places:
            return super().get_command(ctx, cmd_name)
        if ctx.resilient_parsing:
            return self._load(cmd_name)
        return TyperCommand(cmd_name, short_help=self.places[cmd_name][1], rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name, the imported command and its arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self._load(name) if name in self.places else command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; typer 0.29 checks arguments by pydantic, whose words are not for users."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            from mailtide_common.contracts.invalid_fields import in_plain_words  # noqa: PLC0415 - only here

            error.message = in_plain_words(error.message)
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
