"""Infractions, histories and credentials as tables."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from banstream_cli.arguments.times import show_moment
from banstream_cli.gateway.api import Answer
from banstream_cli.shown.wording import STYLES, actor, end, event_details, punishments, reason, whom
from banstream_cli.terminal.output import Cell, print_facts, print_table, say, styled

_INFRACTIONS = (
    "Infraction",
    "Player",
    "Punishments",
    "Status",
    "Issued",
    "Reason",
)
_HISTORY = (
    "Time",
    "What",
    "Details",
    "Reason",
    "By",
    "Infraction",
)
_CREDENTIALS = (
    "Id",
    "Name",
    "Scopes",
    "Made",
    "State",
)


def say_stale(answer: Answer) -> None:
    """Where the gateway answered from memory: how old that is."""
    if answer.stale_seconds:
        say(f"the gateway has not heard of NATS for {answer.stale_seconds:g} s: this is what it knew then")


def show_infractions(items: Iterable[Mapping[str, Any]], nothing: str) -> None:
    """One row an infraction."""
    print_table(_INFRACTIONS, (_infraction_row(item) for item in items), nothing)


def show_infraction(item: Mapping[str, Any]) -> None:
    """Everything there is to one infraction."""
    facts: list[tuple[str, Cell | None]] = [
        ("Infraction", str(item.get("id", "-"))),
        ("Player", whom(item)),
        ("Name", item.get("player_name")),
        ("Punishments", punishments(item)),
        ("Status", _status(item)),
        ("Reason", reason(item)),
        ("Note", item.get("note")),
        ("Scope", item.get("scope")),
        ("Server", item.get("server_id")),
        ("Category", item.get("category")),
        ("Severity", item.get("severity")),
        ("Evidence", item.get("evidence")),
        ("Issued", _issued(item)),
        ("Ended", _by(item.get("ended_at"), item.get("ended_by"))),
        ("Ended because", item.get("ended_reason")),
        ("Address until", _moment(item.get("address_expires_at"))),
        ("Imported", _imported(item.get("imported"))),
        ("Exempt", ", ".join(whom({"player": each}) for each in item.get("exempt") or ()) or None),
    ]
    print_facts(facts)


def show_history(items: Iterable[Mapping[str, Any]], nothing: str) -> None:
    """What happened, newest first."""
    print_table(_HISTORY, (_history_row(item) for item in items), nothing)


def show_credentials(items: Iterable[Mapping[str, Any]], nothing: str) -> None:
    """Servers or tokens, without their secrets."""
    print_table(_CREDENTIALS, (_credential_row(item) for item in items), nothing)


def _infraction_row(item: Mapping[str, Any]) -> list[Cell]:
    player = f"{whom(item)} ({name})" if (name := item.get("player_name")) else whom(item)
    issued = show_moment(str(item.get("issued_at", "-")))
    return [str(item.get("id", "-")), player, punishments(item), _status(item), issued, reason(item)]


def _status(item: Mapping[str, Any]) -> Text:
    status = str(item.get("status", "-"))
    until = end(item) if status == "active" else ""
    return styled(" ".join(filter(None, (status, until))), STYLES.get(status, ""))


def _moment(moment: object) -> str | None:
    return show_moment(str(moment)) if moment else None


def _by(moment: object, who: object) -> str | None:
    if not moment:
        return None
    by = f" by {actor(who)}" if isinstance(who, Mapping) else ""
    return f"{show_moment(str(moment))}{by}"


def _issued(item: Mapping[str, Any]) -> str | None:
    """Of one that was imported: by whom in the other system, as far as that knows."""
    moment, issuer, imported = item.get("issued_at"), item.get("issuer"), item.get("imported")
    if not isinstance(imported, Mapping):
        return _by(moment, issuer)
    known = issuer.get("name") if isinstance(issuer, Mapping) and issuer != imported.get("by") else None
    return " ".join(filter(None, (_by(moment, None), f"by {known}" if known else "", "there")))


def _imported(imported: object) -> str | None:
    if not isinstance(imported, Mapping):
        return None
    undone = ", taken back" if imported.get("is_undone") else ""
    when = _by(imported.get("at"), imported.get("by"))
    return f"from {imported.get('source')} ({imported.get('row')}), import {imported.get('import_id')}{undone}, {when}"


def _history_row(item: Mapping[str, Any]) -> list[Cell]:
    event_type, body = str(item.get("type", "-")), item.get("event") or {}
    what = styled(event_type.removeprefix("infraction."), STYLES.get(event_type, ""))
    when = show_moment(str(item.get("occurred_at", "-")))
    who = actor(item.get("actor") or {})
    return [when, what, event_details(event_type, body), reason(body), who, str(body.get("infraction_id", "-"))]


def _credential_row(item: Mapping[str, Any]) -> list[Cell]:
    scopes = ", ".join(map(str, item.get("scopes") or ()))
    made = show_moment(str(item.get("created_at", "-")))
    return [str(item.get("id", "-")), str(item.get("name", "-")), scopes, made, _credential_state(item)]


def _credential_state(item: Mapping[str, Any]) -> Text:
    if revoked := item.get("revoked_at"):
        return styled(f"revoked {show_moment(str(revoked))}", "red")
    if expires := item.get("expires_at"):
        return styled(f"until {show_moment(str(expires))}", "yellow")
    return Text("valid", style="green")
