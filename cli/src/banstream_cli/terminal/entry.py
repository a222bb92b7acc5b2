"""The frame around every command: it is loaded when it is asked for, and ends in one line and one exit code."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer._click.core import Command, Context
from typer._click.exceptions import ClickException, NoArgsIsHelpError
from typer.core import TyperCommand, TyperGroup

from banstream_cli.terminal.exits import INTERRUPTED, NO, NOBODY_READS, STUCK, Trouble
from banstream_cli.terminal.standard_streams import open_what_is_closed, survive_any_encoding, write_nowhere


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command is: the module, the name of its Typer app there, and its line in the help."""

    module: str
    app: str
    help: str
    panel: str


PLACES: dict[str, Place] = {}
"""Filled by root.py."""


class Commands(TyperGroup):
    """The root: `--help` imports no command, and a command imports no other."""

    def list_commands(self, ctx: Context) -> list[str]:
        """In the order of the table."""
        return [*PLACES, *super().list_commands(ctx)]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """A stand-in with the help line, until `resolve_command`."""
        place = PLACES.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        return TyperCommand(name=cmd_name, help=place.help, rich_help_panel=place.panel)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """The command itself."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in PLACES:
            command = load(name)
        return name, command, rest

    def invoke(self, ctx: Context) -> Any:  # noqa: ANN401 - as the method it overrides
        """Run the command, and end as its outcome says."""
        try:
            outcome = super().invoke(ctx)
            sys.stdout.flush()
        except Trouble as trouble:
            complain(str(trouble))
            raise typer.Exit(trouble.code) from None
        except BrokenPipeError:
            write_nowhere(sys.stdout)
            raise typer.Exit(NOBODY_READS) from None
        except OSError as error:
            raise typer.Exit(_unwritten(error)) from None
        return outcome

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> Any:  # type: ignore[override] # noqa: ANN401 - fewer parameters than the method it overrides
        """Say what was wrong with the command line in one line; everything else ends in `invoke`."""
        extra["standalone_mode"] = False
        open_what_is_closed()
        survive_any_encoding()
        try:
            code = super().main(args, prog_name, **extra)
        except NoArgsIsHelpError as error:
            sys.stderr.write(error.message and error.message + "\n")  # empty where rich has shown it
            code = STUCK
        except ClickException as error:
            said = error.format_message().replace(": Value error, ", ": ", 1)  # as pydantic begins it, which Typer asks
            complain(f"{said} (see {_path(error)} --help)")
            code = STUCK
        except typer.Abort:
            code = INTERRUPTED
        except OSError as error:  # of the help
            code = _unwritten(error)
        except SystemExit as ended:  # as rich ends a help that nobody reads any more
            code = NOBODY_READS if ended.code == NO else ended.code
        sys.exit(code)


def load(name: str) -> Command:
    """Import a command."""
    place = PLACES[name]
    command = typer.main.get_command(getattr(import_module(place.module), place.app))
    command.name = name
    return command


def complain(text: str) -> None:
    """The one line on stderr."""
    from banstream_cli.terminal.output import say  # noqa: PLC0415 - rich takes a while, and most commands end well

    try:
        sys.stdout.flush()
    except OSError:
        write_nowhere(sys.stdout)
    say(text)


def _unwritten(error: OSError) -> int:
    complain(f"the answer cannot be written: {error.strerror or error}")
    return STUCK


def register(places: Mapping[str, Place]) -> None:
    """Put commands into the table."""
    PLACES.update(places)


def _path(error: ClickException) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context else "banstream"
