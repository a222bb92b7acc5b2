import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli.tests.importing.samples import found_in, row_in

from banstream_cli.importing.formats.banstream import FORMAT
from banstream_cli.importing.rows import Lifted, Rejected, Row, Unreadable
from banstream_cli.shown.ban_rows import Format as ExportFormat
from banstream_cli.shown.ban_rows import header, line
from banstream_contracts.examples import parts
from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope, Severity, Status
from banstream_contracts.players import Player

MOMENT = datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)
INFRACTION = Infraction(
    id="01948f6e79f0a1b2c3d4e5f6",
    player=Player(service="xbox", id="Ann the Great"),
    player_name='=Ann, "x"',
    punishments=(Punishment.BAN, Punishment.CHAT_BLOCK),
    lifetime=Lifetime.TIMED,
    duration_seconds=3600,
    reason='+aim, "bot" äöü 😀',
    note="told by Bob",
    scope=Scope.SERVER,
    server_id=parts.SERVER_ID,
    category="aimbot",
    severity=Severity.HIGH,
    evidence="https://example.test/demo",
    issuer=Actor(kind="person", id="discord:1", name="Bob"),
    issued_at=MOMENT,
    expires_at=MOMENT + timedelta(hours=1),
)
WHOLE = Row(
    key="01948f6e79f0a1b2c3d4e5f6",
    player=Player(service="xbox", id="Ann the Great"),
    name='=Ann, "x"',
    punishments=(Punishment.BAN, Punishment.CHAT_BLOCK),
    reason='+aim, "bot" äöü 😀',
    note="told by Bob",
    evidence="https://example.test/demo",
    category="aimbot",
    severity=Severity.HIGH,
    scope=Scope.SERVER,
    server_id=parts.SERVER_ID,
    issued_at=MOMENT,
    issued_by="Bob",
    expires_at=MOMENT + timedelta(hours=1),
)
ENDED = {
    "status": Status.LIFTED,
    "ended_at": MOMENT + timedelta(minutes=1),
    "ended_by": Actor(kind="person", id="discord:2", name="Cid"),
    "ended_reason": "appeal granted",
}
BOTH = pytest.mark.parametrize("form", list(ExportFormat), ids=str)


def exported(form: ExportFormat, *infractions: Infraction) -> str:
    """As the command writes them from what the gateway answers."""
    told: list[dict[str, Any]] = [each.model_dump(mode="json", exclude_none=True) for each in infractions]
    return header(form) + "".join(line(each, form) for each in told)


def without_note(row: Row, form: ExportFormat) -> Row:
    """The table has no notes, and does not say who ended it."""
    if form is ExportFormat.JSON:
        return row
    lifted = row.lifted and replace(row.lifted, by=None)
    return replace(row, note=None, lifted=lifted)


@BOTH
def test_an_export_comes_back_whole(form: ExportFormat, tmp_path: Path) -> None:
    assert row_in(FORMAT, tmp_path / "file", exported(form, INFRACTION)) == without_note(WHOLE, form)


@BOTH
def test_what_was_lifted_is_and_what_expired_is_not(form: ExportFormat, tmp_path: Path) -> None:
    lifted = INFRACTION.model_copy(update=ENDED)
    expired = INFRACTION.model_copy(
        update={"id": "0" * 24, "status": Status.EXPIRED, "ended_at": INFRACTION.expires_at}
    )
    assert found_in(FORMAT, tmp_path / "file", exported(form, lifted, expired)) == [
        without_note(replace(WHOLE, lifted=Lifted(MOMENT + timedelta(minutes=1), "Cid", "appeal granted")), form),
        without_note(replace(WHOLE, key="0" * 24), form),
    ]


@BOTH
def test_every_example_of_an_infraction_comes_back(form: ExportFormat, tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", exported(form, parts.infraction))
    assert (row.key, row.player, row.punishments) == (
        parts.infraction.id,
        parts.infraction.player,
        parts.infraction.punishments,
    )


@BOTH
def test_a_warning_and_a_permanent_ban_come_back(form: ExportFormat, tmp_path: Path) -> None:
    permanent = {"lifetime": Lifetime.PERMANENT, "duration_seconds": None, "expires_at": None}
    warning = INFRACTION.model_copy(update={"punishments": (), **permanent})
    row = row_in(FORMAT, tmp_path / "file", exported(form, warning))
    assert (row.punishments, row.expires_at) == ((), None)


@BOTH
@pytest.mark.parametrize("lifetime", [Lifetime.ONLINE, Lifetime.SESSION], ids=str)
def test_one_without_an_end_by_the_clock_comes_back_when_it_is_over(
    form: ExportFormat, lifetime: Lifetime, tmp_path: Path
) -> None:
    counting = {"lifetime": lifetime, "expires_at": None}
    running = INFRACTION.model_copy(update=counting)
    over = INFRACTION.model_copy(
        update={**counting, "id": "0" * 24, "status": Status.EXPIRED, "ended_at": MOMENT + timedelta(minutes=5)}
    )
    wrong, row = found_in(FORMAT, tmp_path / "file", exported(form, running, over))
    assert isinstance(wrong, Rejected)
    assert f"its lifetime is {lifetime}" in wrong.why
    assert isinstance(row, Row)
    assert (row.expires_at, row.lifted) == (MOMENT + timedelta(minutes=5), None)


@BOTH
def test_what_was_over_before_it_was_imported_there_has_no_known_beginning(form: ExportFormat, tmp_path: Path) -> None:
    over = {"status": Status.EXPIRED, "expires_at": MOMENT - timedelta(days=1), "ended_at": MOMENT - timedelta(days=1)}
    row = row_in(FORMAT, tmp_path / "file", exported(form, INFRACTION.model_copy(update=over)))
    assert (row.issued_at, row.expires_at) == (None, MOMENT - timedelta(days=1))


@BOTH
def test_an_address_is_a_hash_that_nobody_else_knows(form: ExportFormat, tmp_path: Path) -> None:
    infraction = INFRACTION.model_copy(update={"player": None, "address_hash": "a" * 64})
    (wrong,) = found_in(FORMAT, tmp_path / "file", exported(form, infraction))
    assert isinstance(wrong, Rejected)
    assert "a hash only" in wrong.why


@BOTH
def test_an_empty_export_and_the_line_ends_of_windows_are_read(form: ExportFormat, tmp_path: Path) -> None:
    assert found_in(FORMAT, tmp_path / "file", header(form)) == []
    windows = "\ufeff" + exported(form, INFRACTION).replace("\n", "\r\n")
    assert row_in(FORMAT, tmp_path / "file", windows) == without_note(WHOLE, form)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"punishments": None},
        {"punishments": ["exile"]},
        {"player": "xbox:1"},
        {"player": {"service": "roblox", "id": "x"}},
        {"status": None},
        {"lifetime": []},
        {"severity": "dire"},
        {"scope": 5},
        {"issued_at": "then"},
        {"expires_at": None},
        {"expires_at": {"a": 1}},
    ],
    ids=str,
)
def test_a_broken_line_is_rejected_and_the_next_one_taken(changes: dict[str, Any], tmp_path: Path) -> None:
    first = json.dumps(INFRACTION.model_dump(mode="json") | changes) + "\n"
    second = exported(ExportFormat.JSON, INFRACTION.model_copy(update={"id": "0" * 24}))
    wrong, row = found_in(FORMAT, tmp_path / "file", first + second)
    assert isinstance(wrong, Rejected)
    assert wrong.place == "line 1"
    assert isinstance(row, Row)


def test_a_broken_row_of_a_table_is_rejected_and_the_next_one_taken(tmp_path: Path) -> None:
    content = exported(ExportFormat.CSV, INFRACTION).splitlines(keepends=True)
    huge = f'"{"x" * 200_000}"\n'
    found = found_in(FORMAT, tmp_path / "file", content[0] + "a,b\n" + huge + content[1])
    assert [each.place for each in found if isinstance(each, Rejected)] == ["line 2", "line 3"]
    assert [each.key for each in found if isinstance(each, Row)] == [INFRACTION.id]


@pytest.mark.parametrize("reason", ["=1", " =1", "\tx", "+1", "\uff0d1", "'quoted'", "a=1", "-", "warning"], ids=repr)
@BOTH
def test_a_reason_that_a_spreadsheet_would_carry_out_comes_back(
    form: ExportFormat, reason: str, tmp_path: Path
) -> None:
    infraction = INFRACTION.model_copy(update={"reason": reason})
    shown = reason.replace("\t", "\\t") if form is ExportFormat.CSV else reason
    assert row_in(FORMAT, tmp_path / "file", exported(form, infraction)).reason == shown


@pytest.mark.parametrize("content", ["[]", "infraction_id,player\n", "x", "\0"], ids=repr)
def test_another_file_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="banstream export bans"):
        found_in(FORMAT, tmp_path / "file", content)
