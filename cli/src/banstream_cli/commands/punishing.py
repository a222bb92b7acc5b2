"""`banstream ban` and `banstream amend`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from banstream_cli.api import path
from banstream_cli.evidence import evidence_of
from banstream_cli.options import InfractionId, Json, Key, PlayerText, ReasonText, as_written, read, refuse
from banstream_cli.output import print_line
from banstream_cli.shown.showing import show_infraction
from banstream_cli.shown.wording import end, punishments, whom
from banstream_cli.times import parse_lifetime
from banstream_cli.writing import write
from banstream_contracts.infractions import Punishment, Scope, Severity

ban_app = typer.Typer(add_completion=False)
amend_app = typer.Typer(add_completion=False)

Punishments = Annotated[list[Punishment] | None, typer.Option("--punishment", help="May come several times.")]
For = Annotated[str | None, typer.Option("--for", metavar="TIME", help="7d, 12h, 30m, 1d12h or permanent.")]
Category = Annotated[str | None, typer.Option(help="aimbot, lag_machine, …")]
Grave = Annotated[Severity | None, typer.Option("--severity", help="How grave it is.")]
Evidence = Annotated[str | None, typer.Option(help="A link, a log line, what was seen.")]
EvidenceFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Lines of a log as evidence; - reads them from stdin.")
]
Note = Annotated[str | None, typer.Option(help="For staff only.")]


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
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Ban a player, or punish in another way (--punishment). Permanent unless --for says otherwise."""
    if warning and punishment:
        refuse("--warning and --punishment exclude each other")
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
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Change an infraction. What is not named stays; --for counts from when it was issued."""
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
    if not changes:
        refuse("name something to change, for example --reason")
    made = write(context.obj, "PATCH", path("v1", "infractions", infraction_id), changes, key=key, as_json=as_json)
    if not as_json:
        show_infraction(made)


def _given(**fields: object) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _evidence(text: str | None, file: Path | None) -> str | None:
    if text is not None and file is not None:
        refuse("--evidence and --evidence-file exclude each other")
    return read(lambda _: evidence_of(file), "") if file is not None else text
