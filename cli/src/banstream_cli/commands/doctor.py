"""`banstream doctor`."""

import asyncio
from dataclasses import asdict

import typer
from rich.text import Text

from banstream_cli.arguments.options import Json
from banstream_cli.examination.doctor import examine
from banstream_cli.examination.findings import Finding, State
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_cli.terminal.output import Cell, print_json, print_table
from banstream_cli.terminal.printable import visible

app = typer.Typer(add_completion=False)

_STYLES = {State.OK: "green", State.WRONG: "bold red", State.SKIPPED: "dim"}
_COLUMNS = (
    "Check",
    "State",
    "Seen",
    "What to do",
)


@app.command()
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Check that everything is as it should be; exits 1 where something is not."""
    findings = asyncio.run(examine(context.obj))
    wrong = [each.check for each in findings if each.state is State.WRONG]
    if as_json:
        print_json({"ok": not wrong, "checks": [asdict(each) for each in findings]})
    else:
        print_table(_COLUMNS, (_row(each) for each in findings), "")
    if wrong:
        raise AnswerIsNo(f"{len(wrong)} of {len(findings)} checks found something: {', '.join(wrong)}")


def _row(found: Finding) -> list[Cell]:
    return [found.check, Text(found.state, style=_STYLES[found.state]), visible(found.seen), found.todo]
