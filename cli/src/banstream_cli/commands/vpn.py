"""`banstream vpn check|add|list|remove|import|defaults`."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from banstream_cli.arguments.network_files import BadLine, read_networks
from banstream_cli.arguments.options import All, Json, Key, Limit, player_of, read, refuse
from banstream_cli.arguments.times import show_moment
from banstream_cli.direct.default_networks import default_networks
from banstream_cli.gateway.api import Answer, Api, open_api
from banstream_cli.gateway.asking import ask
from banstream_cli.gateway.paging import fetch, show_page
from banstream_cli.gateway.writing import write
from banstream_cli.settings import Settings
from banstream_cli.shown.showing import say_stale
from banstream_cli.shown.wording import actor
from banstream_cli.terminal.exits import AnswerIsNo, Unconfirmed
from banstream_cli.terminal.output import Cell, print_facts, print_json, print_line, say
from banstream_cli.terminal.progress import progress_bar
from banstream_contracts.commands.networks import MOST_NETWORKS
from banstream_contracts.networks import NetworkKind, NetworkMark, canonical_network, markable

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help=(
        "Which addresses are of VPNs, hosts and cloud gaming."
        "\n\nStaff mark networks: autonomous systems (AS13335) and ranges (192.0.2.0/24, 2001:db8::/32)."
        " An AS number holds where the gateway has an ASN database (BANSTREAM_ASN_DATABASE); ranges always hold."
        " Game servers ask on each join, and are answered from memory."
    ),
)

_COLUMNS = ("Network", "Kind", "Owner", "Since", "By")
_SHOWN_BAD_LINES = 5

Networks = Annotated[list[str], typer.Argument(metavar="NETWORK...", help="AS13335, 192.0.2.0/24 or 2001:db8::/32.")]
Kind = Annotated[
    NetworkKind,
    typer.Option("--kind", help="vpn and hosting are told to plugins as VPN, cloud_gaming by itself."),
]


@app.command()
def check(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="IPv4 or IPv6, with or without a port.")],
    player: Annotated[
        str | None, typer.Option("--player", metavar="SERVICE:ID", help="Is this player immune, as an admin?")
    ] = None,
    as_json: Json = False,
) -> None:
    """What a game server is told about an address, and why."""
    answer = ask(context.obj, "/v1/vpn", ip=address, player=str(player_of(player)) if player else None)
    found = answer.content
    say_stale(answer)
    if as_json:
        print_json(found)
        return
    said = [name.removeprefix("is_").replace("_", " ") for name, value in found.items() if value is True]
    shown = ("network", "asn", "operator", "country")
    facts: list[tuple[str, Cell | None]] = [("Address", address), ("Is", ", ".join(said) or "nothing special")]
    facts += [("Why", str(found.get("why", "")))]
    facts += [(name.capitalize(), str(found[name]) if name in found else None) for name in shown]
    print_facts(facts)


@app.command()
def add(
    context: typer.Context,
    networks: Networks,
    kind: Kind = NetworkKind.VPN,
    owner: Annotated[str | None, typer.Option("--owner", help="Whose networks these are.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Mark networks; one that is marked as something else is marked anew."""
    names = [read(markable, name) for name in _canonical(networks)]
    marks = [{"network": name, "kind": kind.value, **({"owner": owner} if owner else {})} for name in names]
    done = write(context.obj, "POST", "/v1/networks", {"marks": marks}, key=key, as_json=as_json)
    if not as_json:
        print_line((_counted(done, "marked"), "bold"))


@app.command()
def remove(
    context: typer.Context,
    networks: Networks,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; for staff.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Take the marks off networks."""
    body: dict[str, object] = {"networks": _canonical(networks), **({"reason": reason} if reason else {})}
    done = write(context.obj, "DELETE", "/v1/networks", body, key=key, as_json=as_json)
    if not as_json:
        print_line((_counted(done, "unmarked"), "bold"))


@app.command("list")
def list_networks(
    context: typer.Context,
    kind: Annotated[NetworkKind | None, typer.Option("--kind", help="Only these.")] = None,
    search: Annotated[str | None, typer.Option("--search", help="A part of the network or its owner.")] = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """Marked networks, the newest mark first."""
    query = {"kind": kind.value if kind else None, "search": search}
    found = fetch(context.obj, "/v1/networks", None if everything else limit, **query)
    show_page(found, _COLUMNS, _row, "nothing is marked; `banstream vpn defaults`", as_json=as_json)


@app.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="AS numbers and ranges, one a line, or JSON.")],
    kind: Kind = NetworkKind.VPN,
    as_json: Json = False,
) -> None:
    """Mark every network that a file names; doing it again changes nothing.

    Lines hold a network and, behind a comma or a blank, an owner; # begins a comment.
    JSON is a list of texts, of AS numbers, or of objects with network or asn, and owner and kind if they like.
    Lines that name no network, or one that is nearly everything, are counted and left out; the command ends with 1.
    """
    marks, bad = _distinct(read_networks(file, kind))
    done = asyncio.run(_mark_all(context.obj, marks, f"marking {len(marks)} networks"))
    report = {"named": len(marks), **done, "bad_lines": len(bad)}
    if as_json:
        print_json(report)
    else:
        print_line((_counted(done, "marked"), "bold"))
    for each in bad[:_SHOWN_BAD_LINES]:
        say(f"{each.place}: {each.why}")
    if bad:
        raise AnswerIsNo(f"{len(bad)} of the entries in {file} name no network to mark; the others are marked")


@app.command()
def defaults(context: typer.Context, as_json: Json = False) -> None:
    """Mark well-known VPN services, hosts and cloud-gaming services, as a beginning.

    The list comes with this command. `banstream up` marks it once, in a new stack.
    """
    marks = default_networks()
    done = asyncio.run(_mark_all(context.obj, marks, "marking the defaults"))
    if as_json:
        print_json({"named": len(marks), **done})
    else:
        print_line((_counted(done, "marked"), "bold"))


def _canonical(networks: Iterable[str]) -> list[str]:
    names = list(dict.fromkeys(read(canonical_network, network) for network in networks))
    if len(names) > MOST_NETWORKS:
        refuse(f"at most {MOST_NETWORKS} networks at once; `banstream vpn import` takes a file")
    return names


def _distinct(found: Iterable[NetworkMark | BadLine]) -> tuple[list[NetworkMark], list[BadLine]]:
    """The last mark of each network, and what is none."""
    marks: dict[str, NetworkMark] = {}
    bad = []
    for each in found:
        if isinstance(each, BadLine):
            bad.append(each)
        else:
            marks[each.network] = each
    return list(marks.values()), bad


async def _mark_all(settings: Settings, marks: Sequence[NetworkMark], title: str) -> dict[str, int]:
    """In batches, one after the other."""
    done = {"changed": 0, "unchanged": 0}
    async with open_api(settings) as api:
        with progress_bar(title, len(marks)) as advance:
            for batch in _batches(marks):
                answer = await _mark(api, batch)
                if answer.is_accepted:
                    raise Unconfirmed(_late(sum(done.values()), len(batch), len(marks)))
                done = {name: count + int(answer.content.get(name, 0)) for name, count in done.items()}
                advance(sum(done.values()), len(marks))
    return done


async def _mark(api: Api, marks: Sequence[NetworkMark]) -> Answer:
    body = {"marks": [mark.model_dump(mode="json", exclude_none=True) for mark in marks]}
    return await api.send("POST", "/v1/networks", body)


def _late(marked: int, stored: int, named: int) -> str:
    """Batches go one after the other: behind one that waits, nothing was sent."""
    left = named - marked - stored
    rest = f", {left} are not sent" if left else ""
    return f"{stored} networks are stored and not marked yet{rest}: is infractions running? doing it again is safe"


def _batches(marks: Iterable[NetworkMark]) -> Iterator[list[NetworkMark]]:
    left = iter(marks)
    while batch := list(islice(left, MOST_NETWORKS)):
        yield batch


def _counted(done: Mapping[str, Any], verb: str) -> str:
    changed, unchanged = done.get("changed", 0), done.get("unchanged", 0)
    before = f", {unchanged} {'was' if unchanged == 1 else 'were'} so already" if unchanged else ""
    return f"{changed} network{'' if changed == 1 else 's'} {verb}{before}"


def _row(item: Mapping[str, Any]) -> list[Cell]:
    since = show_moment(str(item.get("marked_at", "-")))
    owner = str(item.get("owner") or "")
    return [str(item.get("network")), str(item.get("kind")), owner, since, actor(item.get("marked_by") or {})]
