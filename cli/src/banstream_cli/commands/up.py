"""`banstream up`."""

import asyncio
from typing import Annotated

import typer

from banstream_cli.stack.errors import StackError
from banstream_cli.stack.settings import StackSettings
from banstream_cli.starting.up import run_stack
from banstream_cli.terminal.exits import Stuck

app = typer.Typer(add_completion=False)


@app.command()
def up(
    context: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAMES", help="Start only these: nats,postgres; may come several times.")
    ] = None,
) -> None:
    """Run the whole system on this machine until Ctrl-C."""
    try:
        settings = StackSettings.load(only=",".join(only) if only else None, data_dir=context.obj.data_dir)
    except StackError as error:
        raise Stuck(str(error)) from None
    raise typer.Exit(asyncio.run(run_stack(settings)))
