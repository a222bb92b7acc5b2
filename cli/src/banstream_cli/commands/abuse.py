"""`banstream abuse show|report|dismiss|restore`."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.text import Text

from banstream_cli.arguments.options import All, Json, Key, Limit, PlayerText, as_written, player_of, read, refuse
from banstream_cli.arguments.times import show_moment
from banstream_cli.gateway.api import open_api, path
from banstream_cli.gateway.writing import write
from banstream_cli.settings import Settings
from banstream_cli.terminal.output import Cell, print_facts, print_gap, print_json, print_line, print_table, say, styled

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Reports of abuse: show, report, dismiss, restore.")

_LARGEST_PAGE = 100
_COLUMNS = ("Time", "Reason", "Counted", "Server", "Incident", "Details")
Incident = Annotated[str, typer.Argument(metavar="INCIDENT", help="Its id, as `abuse show` says it.")]
Why = Annotated[str, typer.Option("--reason", help="Why; for staff.")]


@app.command()
def show(
    context: typer.Context,
    player: PlayerText,
    server: Annotated[str | None, typer.Option(metavar="ID", help="Under the policy of this server.")] = None,
    limit: Limit = 20,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """Where a player stands, and the incidents, newest first."""
    whole = player_of(player)
    target = path("v1", "players", whole.service, whole.id, "abuse")
    found = asyncio.run(_history(context.obj, target, None if everything else limit, server))
    if as_json:
        print_json(found)
        return
    print_facts(_standing(found, str(whole)))
    print_gap()
    print_table(_COLUMNS, (_row(record) for record in found["records"]), f"no incident of {whole} is known")
    if found.get("next") is not None:
        say(f"these are the newest {len(found['records'])}; --limit or --all shows more")


@app.command()
def report(
    context: typer.Context,
    player: PlayerText,
    reason: Annotated[str, typer.Argument(metavar="REASON", help="speed_hack, teleport, aimbot, …")],
    details: Annotated[str | None, typer.Option(metavar="JSON", help="What was seen, as a JSON object.")] = None,
    server: Annotated[str | None, typer.Option(metavar="ID", help="Where it happened.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Report an incident as a game server does; its policy may warn, kick or ban for it."""
    whole = player_of(player)
    known = key or str(uuid4())
    body: dict[str, object] = {
        "id": known,
        "player": as_written(player),
        "reason": reason,
        **({"details": read(_object, details)} if details is not None else {}),
        **({"server_id": server} if server else {}),
    }
    made = write(context.obj, "POST", "/v1/incidents", body, key=known, as_json=as_json)
    if not as_json:
        for each in made.get("incidents") or ():
            reached = ", ".join(map(str, each.get("thresholds") or ()))
            print_line(
                (str(whole), "bold"),
                (f"{each.get('status')}, count {each.get('count')}", ""),
                (f"reached {reached}" if reached else "", "red"),
                (f"incident {each.get('incident_id')}", "dim"),
            )


@app.command()
def dismiss(
    context: typer.Context,
    reason: Why,
    incident: Annotated[str | None, typer.Argument(metavar="INCIDENT", help="Its id.")] = None,
    player: Annotated[str | None, typer.Option(metavar="SERVICE:ID", help="All that count of this player.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Take an incident out of the count, or all of a player: false positives. A ban is lifted by `lift`."""
    if (incident is None) == (player is None):
        refuse("name an incident or --player SERVICE:ID, and not both")
    if player is not None:
        whole = player_of(player)
        target = path("v1", "players", whole.service, whole.id, "abuse", "dismiss")
    else:
        target = path("v1", "incidents", incident or "", "dismiss")
    _change(context.obj, target, reason, key, as_json=as_json)


@app.command()
def restore(context: typer.Context, incident: Incident, reason: Why, key: Key = None, as_json: Json = False) -> None:
    """Let a dismissed incident count again."""
    _change(context.obj, path("v1", "incidents", incident, "restore"), reason, key, as_json=as_json)


def _change(settings: Settings, target: str, reason: str, key: str | None, *, as_json: bool) -> None:
    made = write(settings, "POST", target, {"reason": reason}, key=key, as_json=as_json)
    if not as_json:
        print_facts(_standing(made, _named(made)))


async def _history(settings: Settings, target: str, wanted: int | None, server: str | None) -> dict[str, Any]:
    """The player as of the first page, with the records of all pages."""
    found: dict[str, Any] = {}
    records: list[dict[str, Any]] = []
    cursor: str | None = None
    async with open_api(settings) as api:
        while True:
            size = _LARGEST_PAGE if wanted is None else min(_LARGEST_PAGE, wanted - len(records))
            page = await api.get(target, server_id=server, cursor=cursor, limit=str(size))
            records += page.get("records") or ()
            cursor = page.get("next")
            found = found or page
            if cursor is None or (wanted is not None and len(records) >= wanted):
                return {**found, "records": records, "next": cursor}


def _standing(found: Mapping[str, Any], player: str) -> list[tuple[str, Cell | None]]:
    policy = found.get("policy")
    under = f" under {policy.get('id')} v{policy.get('version')}" if isinstance(policy, Mapping) else ""
    counts = found.get("counts")
    by_policy = ", ".join(f"{name} {count}" for name, count in counts.items()) if isinstance(counts, Mapping) else None
    return [
        ("Player", player),
        ("Incidents", str(found.get("totalIncidents", 0))),
        ("Count", f"{found['count']}{under}" if "count" in found else by_policy or None),
        ("First", _moment(found.get("firstIncident"))),
        ("Last", _moment(found.get("lastIncident"))),
        ("Protected", Text("yes", style="green") if found.get("isProtected") else None),
        ("Banned", _ban(found)),
    ]


def _ban(found: Mapping[str, Any]) -> Text | None:
    if not found.get("isBanned"):
        return None
    expiry = found.get("banExpiry")
    until = f"until {_moment(expiry)}" if expiry is not None else "permanent"
    return styled(f"{until}: {found.get('banReason', '')}", "red")


def _row(record: Mapping[str, Any]) -> list[Cell]:
    details = record.get("details")
    counted = "dismissed" if record.get("dismissed") else str(record.get("counted", "-"))
    counted += ", under review" if record.get("underReview") else ""
    return [
        _moment(record.get("timestamp")) or "-",
        str(record.get("reason", "-")),
        styled(counted, "green" if record.get("dismissed") else ""),
        str(record.get("serverId") or "-"),
        str(record.get("incidentId", "-")),
        json.dumps(details, ensure_ascii=False) if details else "",
    ]


def _named(found: Mapping[str, Any]) -> str:
    match found.get("player"):
        case {"service": str(service), "id": str(player_id)}:
            return f"{service}:{player_id}"
        case _:
            return str(found.get("userId", "-"))


def _moment(seconds: object) -> str | None:
    if not isinstance(seconds, int | float):
        return None
    try:
        return show_moment(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def _object(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ValueError(f"--details is no JSON ({error})") from None
    if not isinstance(content, dict):
        raise ValueError("--details is a JSON object, such as '{\"speed\": 90}'")  # noqa: TRY004 - said like the others
    return content
