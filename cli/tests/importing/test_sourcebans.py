import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from cli.tests.importing.samples import found_in, row_in, rows_in

from banstream_cli.importing.formats import sourcebans
from banstream_cli.importing.formats.sourcebans import FORMAT
from banstream_cli.importing.rows import Lifted, Rejected, Row, Unreadable
from banstream_contracts.infractions import Punishment
from banstream_contracts.players import Player

BAN: dict[str, Any] = {
    "id": 1871,
    "ip": "192.0.2.7",
    "authid": "76561197960290419",
    "authid_steam2": "STEAM_0:1:12345",
    "name": "Ann",
    "created": 1_700_000_000,
    "ends": 1_700_003_600,
    "length": 3600,
    "reason": "aimbot",
    "aid": 3,
    "adminIp": "192.0.2.1",
    "sid": 0,
    "country": "DE",
    "RemoveType": None,
    "removed_by": None,
    "removed_on": None,
    "type": 0,
    "ureason": None,
    "state": "expired",
    "demo_filename": None,
    "demo_size_bytes": None,
}
COMM = {name: value for name, value in BAN.items() if name not in {"ip", "country", "type", "state"}} | {
    "mute_kind": "mute",
    "type_raw": 1,
}
MANIFEST = {"format_version": 1, "bundle_id": "x", "panel_version": "2.0.0", "row_counts": {"bans": 1}}
MOMENT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def bundle(
    bans: tuple[object, ...] = (),
    comms: tuple[object, ...] = (),
    manifest: object = MANIFEST,
    more: Mapping[str, str | bytes] | None = None,
) -> bytes:
    file = io.BytesIO()
    admins = json.dumps({"id": 3, "user": "Bob", "authid": "76561197960290420", "email": "bob@example.test"})
    contents: Mapping[str, str | bytes] = {
        "manifest.json": json.dumps(manifest, indent=2),
        "entities/admins.jsonl": admins + "\n",
        "entities/bans.jsonl": "".join(json.dumps(ban) + "\n" for ban in bans),
        "entities/comms.jsonl": "".join(json.dumps(comm) + "\n" for comm in comms),
        **(more or {}),
    }
    with ZipFile(file, "w", ZIP_DEFLATED) as written:
        for name, content in contents.items():
            written.writestr(name, content)
    return file.getvalue()


def test_a_ban_is_whole_and_of_nobody_else_at_its_address(tmp_path: Path) -> None:
    assert row_in(FORMAT, tmp_path / "file", bundle((BAN,))) == Row(
        key="ban:1871",
        player=Player(service="steam", id="76561197960290419"),
        name="Ann",
        punishments=(Punishment.BAN,),
        reason="aimbot",
        issued_at=MOMENT,
        issued_by="Bob",
        expires_at=MOMENT + timedelta(hours=1),
    )


def test_a_ban_of_an_address_is_of_the_address_alone(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", bundle((BAN | {"type": 1, "authid": None, "authid_steam2": None},)))
    assert (row.player, row.address) == (None, "192.0.2.7")


def test_kinds_of_comms_block_what_they_name(tmp_path: Path) -> None:
    comms = [COMM | {"id": kind, "type_raw": kind} for kind in (1, 2, 3)]
    comms += [COMM | {"id": 4, "type_raw": None, "mute_kind": "silence"}]
    assert {row.key: row.punishments for row in rows_in(FORMAT, tmp_path / "file", bundle((BAN,), tuple(comms)))} == {
        "ban:1871": (Punishment.BAN,),
        "comm:1": (Punishment.VOICE_BLOCK,),
        "comm:2": (Punishment.CHAT_BLOCK,),
        "comm:3": (Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK),
        "comm:4": (Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK),
    }


@pytest.mark.parametrize(
    ("changes", "lifted"),
    [
        (
            {"RemoveType": "U", "removed_by": 3, "removed_on": 1_700_000_060, "ureason": "sorry"},
            Lifted(MOMENT + timedelta(minutes=1), "Bob", "sorry"),
        ),
        (
            {"RemoveType": "D", "RemovedBy": 99, "RemovedOn": 1_700_000_060},
            Lifted(MOMENT + timedelta(minutes=1), "admin 99"),
        ),
        ({"RemoveType": None, "state": "unbanned"}, Lifted()),
        ({"RemoveType": "E", "removed_by": 0, "removed_on": 1_700_003_700}, None),
        ({"RemoveType": None, "state": "expired"}, None),
    ],
    ids=["unbanned", "deleted", "state-alone", "expired", "not-noticed"],
)
def test_only_what_somebody_lifted_is_lifted(changes: dict[str, Any], lifted: Lifted | None, tmp_path: Path) -> None:
    ban = {name: value for name, value in BAN.items() if name not in {"removed_by", "removed_on"}} | changes
    row = row_in(FORMAT, tmp_path / "file", bundle((ban,)))
    assert (row.lifted, row.expires_at) == (lifted, MOMENT + timedelta(hours=1))


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"length": 0, "ends": 1_700_000_000}, None),
        ({"length": 3600, "ends": None}, MOMENT + timedelta(hours=1)),
        ({"length": 60}, MOMENT + timedelta(hours=1)),
    ],
    ids=["permanent", "no-end", "they-disagree"],
)
def test_an_end_is_that_of_ends_unless_the_length_is_none(
    changes: dict[str, Any], end: datetime | None, tmp_path: Path
) -> None:
    row = row_in(FORMAT, tmp_path / "file", bundle((BAN | changes,)))
    assert row.expires_at == end
    assert (row.note is not None) is (changes == {"length": 60})


def test_admins_are_told_by_name_or_number_or_as_the_console(tmp_path: Path) -> None:
    bans = tuple(BAN | {"id": aid, "aid": aid} for aid in (0, 3, 99))
    assert [row.issued_by for row in rows_in(FORMAT, tmp_path / "file", bundle(bans))] == ["CONSOLE", "Bob", "admin 99"]


def test_broken_lines_are_rejected_with_their_file_and_number(tmp_path: Path) -> None:
    lines = [
        json.dumps(BAN),
        "{",
        "[]",
        json.dumps(BAN | {"id": None}),
        json.dumps(BAN | {"id": 2, "type": 7}),
        json.dumps(BAN | {"id": 3, "authid": [], "authid_steam2": {}}),
        json.dumps(BAN | {"id": 4, "created": 10**30}),
        json.dumps(BAN | {"id": 5, "ends": "soon"}),
        json.dumps(BAN),
        json.dumps(BAN | {"id": 6, "RemoveType": {"a": [1]}}),
    ]
    found = found_in(FORMAT, tmp_path / "file", bundle(more={"entities/bans.jsonl": "\r\n".join(lines)}))
    assert [each.key for each in found if isinstance(each, Row)] == ["ban:1871", "ban:6"]
    assert [each.place for each in found if isinstance(each, Rejected)] == [
        f"entities/bans.jsonl, line {number}" for number in range(2, 10)
    ]


def test_the_table_and_the_bundle_of_one_panel_have_the_same_keys(tmp_path: Path) -> None:
    rows = rows_in(FORMAT, tmp_path / "file", bundle((BAN,), (COMM,)))
    assert [row.key for row in rows] == ["ban:1871", "comm:1871"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "this is no bundle"),
        (b"PK\3\4rubbish", "this is no bundle"),
        (bundle(manifest={"format_version": 2}), "format_version 2"),
        (bundle(manifest={"format_version": "1"}), "format_version '1'"),
        (bundle(manifest=[]), "says no format_version"),
        (bundle(more={"manifest.json": "\0\0"}), "says no format_version"),
    ],
    ids=["empty", "cut", "version-two", "version-as-text", "no-object", "no-json"],
)
def test_another_file_is_refused(content: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=why):
        found_in(FORMAT, tmp_path / "file", content)


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    with ZipFile(file, "w") as written:
        written.writestr("manifest.json", "{}")
    with pytest.raises(Unreadable, match=r"entities/bans\.jsonl is missing"):
        found_in(FORMAT, tmp_path / "file", file.getvalue())


def test_a_bundle_that_is_damaged_within_gives_what_stands_before(tmp_path: Path) -> None:
    bans = tuple(BAN | {"id": number, "reason": str(number) * 50} for number in range(20_000))
    content = bytearray(bundle(bans))
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(64)
    found = found_in(FORMAT, tmp_path / "file", bytes(content))
    assert sum(isinstance(each, Row) for each in found) > 1000
    assert "what follows is not read" in [each.why for each in found if isinstance(each, Rejected)][-1]


def test_a_bomb_is_read_in_bounds_and_a_larger_one_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = bundle(more={"entities/bans.jsonl": b"{" * 50_000_000 + b"\n" + json.dumps(BAN).encode()})
    assert len(bomb) < 200_000
    wrong, row = found_in(FORMAT, tmp_path / "file", bomb)
    assert isinstance(wrong, Rejected)
    assert "longer than any entry" in wrong.why
    assert isinstance(row, Row)
    monkeypatch.setattr(sourcebans, "_LARGEST", 1000)
    with pytest.raises(Unreadable, match="larger than"):
        found_in(FORMAT, tmp_path / "file", bomb)
