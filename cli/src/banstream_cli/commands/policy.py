"""`banstream policy list|show|set|remove|simulate`."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from banstream_cli.arguments.options import Json, Key, read, refuse
from banstream_cli.arguments.times import parse_moment, show_duration
from banstream_cli.commands.policy_options import (
    AutoBan,
    AutoKick,
    BanFor,
    Coalesce,
    Limit,
    Name,
    Reasons,
    ResetAfter,
    Servers,
    Severities,
    Shadow,
    Where,
    changes_of,
)
from banstream_cli.gateway.api import path
from banstream_cli.gateway.asking import get
from banstream_cli.gateway.writing import write
from banstream_cli.settings import Settings
from banstream_cli.shown.abuse_wording import at_once, lasting, policy_summary
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_cli.terminal.output import Cell, print_facts, print_json, print_line, print_table

app = typer.Typer(add_completion=False, no_args_is_help=True, help="When abuse warns, kicks and bans; try a draft.")

_COLUMNS = ("Policy", "Version", "Servers", "What it does")
_FILE = "JSON or TOML, in our spelling or in a game's (warnAt, autoBan, banDuration, …); - is JSON from stdin."
Id = Annotated[str, typer.Argument(metavar="ID", help="Its id; `default` holds wherever no other does.")]


@app.command("list")
def list_policies(context: typer.Context, as_json: Json = False) -> None:
    """The policies in force."""
    found = get(context.obj, path("v1", "policies"))
    if as_json:
        print_json(found)
    else:
        print_table(_COLUMNS, (_row(item) for item in found["items"]), "no policy was set")


@app.command()
def show(
    context: typer.Context,
    policy_id: Id,
    version: Annotated[int | None, typer.Option(min=0, help="As it was then; without: as it is.")] = None,
    as_json: Json = False,
) -> None:
    """One policy."""
    asked = None if version is None else str(version)
    found = get(context.obj, path("v1", "policies", policy_id), version=asked)
    if as_json:
        print_json(found)
    else:
        _show(found)


@app.command("set")
def set_policy(
    context: typer.Context,
    policy_id: Id,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help=_FILE)] = None,
    warn: Limit = None,
    kick: Limit = None,
    ban: Limit = None,
    auto_kick: AutoKick = None,
    auto_ban: AutoBan = None,
    ban_for: BanFor = None,
    scope: Where = None,
    reset_after: ResetAfter = None,
    coalesce: Coalesce = None,
    weights: Annotated[list[str] | None, typer.Option("--weight", metavar="REASON=N", help="What one counts.")] = None,
    reasons: Reasons = None,
    servers: Servers = None,
    name: Name = None,
    severities: Severities = None,
    shadow: Shadow = None,
    if_version: Annotated[int | None, typer.Option(min=0, metavar="N", help="Only if it is at this version.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Make or replace a policy by a FILE, or change what is named of the one in force."""
    changes = read(
        lambda _: changes_of(
            thresholds={"warn": warn, "kick": kick, "ban": ban},
            durations={"ban_duration_seconds": ban_for, "reset_after_seconds": reset_after},
            weights=weights,
            severities=severities,
            auto_kick=auto_kick,
            auto_ban=auto_ban,
            ban_scope=scope,
            coalesce_seconds=coalesce,
            reasons=reasons,
            servers=servers,
            name=name,
            shadow=shadow,
        ),
        "",
    )
    if (file is None) != bool(changes):
        refuse("name a FILE, or what to change, for example --ban 10, and not both")
    target = path("v1", "policies", policy_id)
    body, expected = _body(context.obj, target, file, changes)
    version = expected if if_version is None else if_version
    made = write(
        context.obj, "PUT", target, body, key=key, if_match=None if version is None else str(version), as_json=as_json
    )
    if not as_json:
        _show(made)


@app.command()
def remove(context: typer.Context, policy_id: Id, key: Key = None, as_json: Json = False) -> None:
    """End a policy; its servers fall to the default one, and that to what holds where nobody set one."""
    write(context.obj, "DELETE", path("v1", "policies", policy_id), key=key, as_json=as_json)
    if not as_json:
        print_line((f"policy {policy_id} removed", ""))


@app.command()
def simulate(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_FILE)],
    since: Annotated[str, typer.Option(metavar="TIME", help="7d (ago), or a time.")] = "30d",
    until: Annotated[str | None, typer.Option(metavar="TIME", help="7d (ago), or a time; without: until now.")] = None,
    server: Annotated[str | None, typer.Option(metavar="ID", help="Incidents of this server only.")] = None,
    against: Annotated[str | None, typer.Option(metavar="ID", help="Compare with this policy in force.")] = None,
    top: Annotated[int | None, typer.Option(min=1, metavar="N", help="How many players are shown.")] = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One row a player, for spreadsheets.")] = False,
) -> None:
    """Try a draft on the incidents of the past, and compare it with the policies in force. Changes nothing.

    Incidents are those of --server, else of the draft's servers, else all.

    Dismissed ones are left out; protected players are those of today.

    Every player starts at zero, as long before --since as the longest reset time of the draft and those in force.

    Whom it would ban is banned at once; the count begins anew when the ban ends.
    """
    from banstream_cli.arguments.policy_files import policy_in  # noqa: PLC0415 - the other commands need no database
    from banstream_cli.direct.simulating import Question, simulate  # noqa: PLC0415 - as above
    from banstream_cli.shown.simulation_tables import print_comparison, print_rows, show_comparison  # noqa: PLC0415 - as above

    if as_json and as_csv:
        refuse("--json and --csv exclude each other")
    now = datetime.now(UTC)
    begin = read(lambda text: parse_moment(text, now), since)
    end = read(lambda text: parse_moment(text, now), until) if until is not None else now
    if begin >= end:
        refuse("--since is before --until")
    draft = policy_in(file)
    servers = (server,) if server else draft.servers or None
    found = asyncio.run(simulate(context.obj, Question(draft, begin, end, servers, against)))
    show = print_comparison if as_json else print_rows if as_csv else show_comparison
    show(found, top)


def _body(
    settings: Settings, target: str, file: Path | None, changes: Mapping[str, Any]
) -> tuple[dict[str, Any], int | None]:
    """What the policy shall be, and the version that this is worked out of."""
    from banstream_cli.arguments.policy_files import policy_in, policy_of  # noqa: PLC0415 - the other commands need no contracts

    if file is not None:
        return policy_in(file).model_dump(mode="json"), None
    try:
        found = get(settings, target)
    except AnswerIsNo:
        found = {"version": 0, "policy": {}}
    current: dict[str, Any] = found["policy"]
    thresholds = {**current.get("thresholds", {}), **changes.get("thresholds", {})}
    changed = {**current, **changes, "thresholds": thresholds}
    return policy_of(changed, "the policy").model_dump(mode="json"), int(found["version"])


def _row(item: Mapping[str, Any]) -> list[Cell]:
    policy = item.get("policy") or {}
    servers = ", ".join(map(str, policy.get("servers") or ())) or "all others"
    return [str(item.get("policy_id", "-")), str(item.get("version", "-")), servers, policy_summary(policy)]


def _show(item: Mapping[str, Any]) -> None:
    policy = item.get("policy") or {}
    thresholds = policy.get("thresholds") or {}
    automatic = [word for word in ("kick", "ban") if policy.get(f"auto_{word}")]
    reset, together = policy.get("reset_after_seconds"), policy.get("coalesce_seconds")
    weights = ", ".join(f"{reason} {weight}" for reason, weight in (policy.get("weights") or {}).items())
    print_facts(
        (
            ("Policy", str(item.get("policy_id", "-"))),
            ("Version", str(item.get("version", "-"))),
            ("Name", policy.get("name")),
            ("Servers", ", ".join(map(str, policy.get("servers") or ())) or "all others"),
            *((word.capitalize(), _limit(thresholds.get(word))) for word in ("warn", "kick", "ban")),
            ("Automatic", " and ".join(automatic) or "nothing"),
            ("Bans", f"{lasting(policy.get('ban_duration_seconds'))}, {policy.get('ban_scope', '-')}"),
            ("Resets", f"after {show_duration(reset)}" if isinstance(reset, int) else "never"),
            ("Coalesces", f"within {together:g}s" if isinstance(together, int | float) and together else None),
            ("Weights", weights or None),
            ("Reasons", ", ".join(map(str, policy.get("reasons") or ())) or None),
            ("At once", ", ".join(at_once(policy.get("severities"))) or "nothing"),
            ("Shadow", "yes: nothing is done" if policy.get("shadow") else None),
        )
    )


def _limit(count: object) -> str:
    return "never" if count is None else f"at {count}"
