"""What was in force at a moment, in the words of an operator."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from banstream_cli.arguments.times import show_duration, show_moment
from banstream_cli.shown.showing import show_infractions
from banstream_cli.shown.wording import actor
from banstream_cli.terminal.output import Cell, print_gap, print_line, print_table, say, styled

_COLUMNS = ("Restriction", "Until", "Reason", "Issued", "Holds", "Infraction")


def show_then(found: Mapping[str, Any]) -> None:
    """What a check would have answered, and every infraction as it was."""
    infractions = {each["id"]: each for each in found["infractions"]}
    print_line(("as of", ""), (show_moment(found["at"]), "bold"), (f"(position {found['position']} of the log)", ""))
    say_what_is_missing(found)
    if restrictions := found["restrictions"]:
        rows = [_row(kind, each, infractions.get(each["infraction_id"], {})) for kind, each in restrictions.items()]
        print_table(_COLUMNS, rows, "")
    else:
        print_line(("nothing restricted this player", "green"))
    if infractions:
        print_gap()
        show_infractions((_as_it_stood(each, found["at"]) for each in infractions.values()), "")
    if found["next"] is not None:
        say(f"these are {len(infractions)} of the {found['total']} infractions that there were")


def say_what_is_missing(found: Mapping[str, Any]) -> None:
    """That the log was empty then, or that the player was erased."""
    if begins_at := found.get("begins_at"):
        say(f"the log begins at {show_moment(begins_at)}: nothing was known before")
    if erased_at := found.get("erased_at"):
        say(f"the player was erased at {show_moment(erased_at)}: names, notes and evidence from before are gone")


def _row(kind: str, restriction: Mapping[str, Any], infraction: Mapping[str, Any]) -> list[Cell]:
    left, until = restriction.get("time_left_seconds"), restriction.get("expires_at")
    ends = f"{show_duration(left)} online" if isinstance(left, int) else show_moment(until) if until else "permanent"
    issued = f"{show_moment(str(infraction['issued_at']))} by {actor(infraction['issuer'])}" if infraction else "-"
    where = " ".join(filter(None, (str(infraction.get("scope", "-")), infraction.get("server_id"))))
    return [styled(kind, "red"), ends, str(restriction["reason"]), issued, where, str(restriction["infraction_id"])]


def _as_it_stood(infraction: Mapping[str, Any], at: str) -> Mapping[str, Any]:
    """What had run out then and was not noticed yet had ended all the same."""
    until = infraction.get("expires_at")
    is_over = infraction.get("lifetime") == "timed" and until and _moment(until) <= _moment(at)
    return {**infraction, "status": "expired"} if is_over and infraction.get("status") == "active" else infraction


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
