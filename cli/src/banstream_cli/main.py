"""The `banstream` command."""

import asyncio
import sys
from typing import Annotated

import typer

from banstream_cli.stack.errors import StackError
from banstream_cli.stack.settings import StackSettings
from banstream_cli.stack.terminal import complain
from banstream_cli.stack.up import REFUSED, run_stack

app = typer.Typer(
    name="banstream",
    help="Bans for game servers as an event stream.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def banstream() -> None:
    """Bans for game servers as an event stream."""


@app.command()
def up(
    only: Annotated[str | None, typer.Option(help="Start only these: nats,postgres")] = None,
) -> None:
    """Run the whole system on this machine until Ctrl-C."""
    try:
        settings = StackSettings.load(only=only)
    except StackError as error:
        complain(str(error))
        raise typer.Exit(REFUSED) from None
    raise typer.Exit(asyncio.run(run_stack(settings)))


def main() -> None:
    """Entry point."""
    app(prog_name="banstream")


if __name__ == "__main__":
    sys.exit(main())
