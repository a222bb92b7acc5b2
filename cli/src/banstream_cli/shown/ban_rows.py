"""Bans as a file for administrators, with ids: a table for spreadsheets, or JSON a line."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from banstream_cli.shown.exporting import csv_row, harmless
from banstream_cli.shown.wording import punishments, whom
from banstream_contracts.infractions import Punishment

COLUMNS = (
    "infraction_id",
    "player",
    "player_name",
    "status",
    "punishments",
    "lifetime",
    "issued_at",
    "expires_at",
    "reason",
    "category",
    "severity",
    "scope",
    "server_id",
    "evidence",
    "issuer_kind",
    "issuer_id",
    "issuer_name",
    "ended_at",
    "ended_reason",
)


class Format(StrEnum):
    """What the file is for: spreadsheets or programs."""

    CSV = "csv"
    JSON = "json"


def is_ban(infraction: Mapping[str, Any]) -> bool:
    """Whether it bans or, where it has ended, has banned."""
    return Punishment.BAN in (infraction.get("punishments") or ())


def header(form: Format) -> str:
    """What comes before the first ban."""
    return csv_row(COLUMNS) if form is Format.CSV else ""


def line(infraction: Mapping[str, Any], form: Format) -> str:
    """A ban with its line end; no cell of a table is a formula."""
    if form is Format.JSON:
        return json.dumps(infraction, ensure_ascii=True, separators=(",", ":")) + "\n"
    issuer = infraction.get("issuer") or {}
    cells = {
        **infraction,
        "infraction_id": infraction.get("id"),
        "player": whom(infraction),
        "punishments": punishments(infraction),
        **{f"issuer_{name}": issuer.get(name) for name in ("kind", "id", "name")},
    }
    return csv_row([harmless(cells.get(column)) for column in COLUMNS])
