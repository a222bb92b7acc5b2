"""Who else is known at the addresses of a player, as a table."""

from collections.abc import Mapping
from typing import Any

from banstream_cli.arguments.times import show_moment
from banstream_cli.shown.wording import whom
from banstream_cli.terminal.output import Cell, print_table, say, styled

_COLUMNS = ("Player", "Link", "Why", "Address", "Known there", "Infractions", "Own infractions")
_STYLES = {"strong": "red", "weak": "yellow", "none": "green"}


def show_linked(player: str, found: Mapping[str, Any]) -> None:
    """One row for each link, the newest first, and what is not among them."""
    links = found["items"]
    print_table(_COLUMNS, map(_row, links), f"nobody else is known at an address of {player}")
    if found["total"] > len(links):
        say(f"these are the newest {len(links)} of {found['total']}")
    if found["addresses_total"] > found["addresses"]:
        say(f"of {found['addresses_total']} addresses the newest {found['addresses']} were looked at")
    if any(each["strength"] != "none" for each in links):
        say("two of them are different people? say so: banstream exempt INFRACTION SERVICE:ID")


def _row(link: Mapping[str, Any]) -> list[Cell]:
    strength, addresses = str(link["strength"]), link["addresses"]
    player = f"{whom(link)} ({name})" if (name := link.get("player_name")) else whom(link)
    return [
        player,
        styled(strength, _STYLES.get(strength, "")),
        " ".join(link["sentences"]),
        "; ".join(map(_address, addresses)),
        "; ".join(_when(each.get("theirs")) for each in addresses),
        "; ".join(_infractions(each, "theirs") for each in addresses),
        "; ".join(_infractions(each, "own") for each in addresses),
    ]


def _address(shared: Mapping[str, Any]) -> str:
    return f"{whom(shared)}{', binds others now' if shared['binds'] else ''}"


def _when(known: Mapping[str, Any] | None) -> str:
    if known is None:
        return "-"
    first, last = show_moment(known["first_at"]), show_moment(known["last_at"])
    return last if known["count"] == 1 else f"{first} to {last}"


def _infractions(shared: Mapping[str, Any], side: str) -> str:
    """The newest, and how many more there are; of who has none, those that they are exempt from."""
    known = shared.get(side)
    if known is None:
        return f"exempt: {' '.join(shared.get('exempt_from') or '-')}"
    ids = " ".join(known["infraction_ids"])
    more = known["count"] - len(known["infraction_ids"])
    return f"{ids} and {more} more" if more else ids
