"""`banstream ban` and `banstream amend`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from banstream_cli.arguments.evidence import evidence_of
from banstream_cli.arguments.options import InfractionId, Json, Key, PlayerText, ReasonText, as_written, read, refuse
from banstream_cli.arguments.times import parse_lifetime, parse_time
from banstream_cli.gateway.api import path
from banstream_cli.gateway.writing import write
from banstream_cli.shown.showing import show_infraction
from banstream_cli.shown.wording import end, punishments, whom
from banstream_cli.terminal.output import print_line
from banstream_contracts.infractions import MAX_DURATION_SECONDS, Punishment, Scope, Severity

ban_app = typer.Typer(add_completion=False)
amend_app = typer.Typer(add_completion=False)

_NOW = "now"

Punishments = Annotated[list[Punishment] | None, typer.Option("--punishment", help="May come several times.")]
For = Annotated[str | None, typer.Option("--for", metavar="TIME", help="7d, 12h, 30m, 1d12h or permanent.")]
Category = Annotated[str | None, typer.Option(help="aimbot, lag_machine, …")]
Grave = Annotated[Severity | None, typer.Option("--severity", help="How grave it is.")]
Evidence = Annotated[str | None, typer.Option(help="A link, a log line, what was seen.")]
EvidenceFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Lines of a log as evidence; - reads them from stdin.")
]
Note = Annotated[str | None, typer.Option(help="For staff only.")]
AddressFor = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="How long who else comes from the address is bound; permanent: as long as the player."
    ),
]


@ban_app.command()
def ban(
    context: typer.Context,
    player: PlayerText,
    reason: ReasonText,
    lasting: For = None,
    punishment: Punishments = None,
    warning: Annotated[bool, typer.Option("--warning", help="Only warn: no punishment.")] = False,
    scope: Annotated[Scope, typer.Option(help="Where it holds.")] = Scope.GLOBAL,
    server: Annotated[str | None, typer.Option(metavar="ID", help="The server it belongs to.")] = None,
    category: Category = None,
    severity: Grave = None,
    evidence: Evidence = None,
    evidence_file: EvidenceFile = None,
    note: Note = None,
    name: Annotated[str | None, typer.Option(help="What the player is called.")] = None,
    ip: Annotated[str | None, typer.Option(help="The player's address, banned with them.")] = None,
    address_for: AddressFor = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Ban a player, or punish in another way (--punishment). Permanent unless --for says otherwise."""
    if warning and punishment:
        refuse("--warning and --punishment exclude each other")
    if address_for is not None and ip is None:
        refuse("--address-for is of the address that --ip names")
    offender = _given(**as_written(player), name=name, ip=ip)
    chosen = [] if warning else [each.value for each in punishment or (Punishment.BAN,)]
    body = {
        "player": offender,
        "punishments": chosen,
        "reason": reason,
        "scope": scope.value,
        **_given(
            duration_seconds=read(parse_lifetime, lasting) if lasting is not None else None,
            server_id=server,
            category=category,
            severity=severity,
            evidence=_evidence(evidence, evidence_file),
            note=note,
        ),
    }
    if address_for is not None:
        body["address_duration_seconds"] = read(parse_lifetime, address_for)
    made = write(context.obj, "POST", "/v1/infractions", body, key=key, as_json=as_json)
    if not as_json:
        print_line(
            (whom(made), "bold"), (punishments(made), "red"), (end(made), ""), (f"infraction {made.get('id')}", "")
        )


@amend_app.command()
def amend(
    context: typer.Context,
    infraction_id: InfractionId,
    reason: Annotated[str | None, typer.Option(help="Why; the player reads it.")] = None,
    lasting: For = None,
    punishment: Punishments = None,
    scope: Annotated[Scope | None, typer.Option(help="Where it holds.")] = None,
    category: Category = None,
    severity: Grave = None,
    evidence: Evidence = None,
    evidence_file: EvidenceFile = None,
    note: Note = None,
    address_for: AddressFor = None,
    address_until: Annotated[
        str | None, typer.Option(metavar="TIME", help="The same until a date or a time; now: no more.")
    ] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Change an infraction. What is not named stays; --for counts from when it was issued, --address-for from now."""
    if address_for is not None and address_until is not None:
        refuse("--address-for and --address-until exclude each other")
    changes = _given(
        reason=reason,
        punishments=[each.value for each in punishment] if punishment else None,
        scope=scope,
        category=category,
        severity=severity,
        evidence=_evidence(evidence, evidence_file),
        note=note,
    )
    if lasting is not None:
        changes["duration_seconds"] = read(parse_lifetime, lasting)
    if address_for is not None or address_until is not None:
        changes["address_expires_at"] = _end_of_address(address_for, address_until, datetime.now(UTC))
    if not changes:
        refuse("name something to change, for example --reason")
    made = write(context.obj, "PATCH", path("v1", "infractions", infraction_id), changes, key=key, as_json=as_json)
    if not as_json:
        show_infraction(made)


def _end_of_address(lasting: str | None, until: str | None, now: datetime) -> str | None:
    """When it is bound no more; None: as long as the player."""
    if until is not None:
        return (now if until == _NOW else read(parse_time, until)).isoformat()
    seconds = read(parse_lifetime, lasting or "")
    return None if seconds is None else (now + timedelta(seconds=min(seconds, MAX_DURATION_SECONDS))).isoformat()


def _given(**fields: object) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _evidence(text: str | None, file: Path | None) -> str | None:
    if text is not None and file is not None:
        refuse("--evidence and --evidence-file exclude each other")
    return read(lambda _: evidence_of(file), "") if file is not None else text
