from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli.tests.importing.samples import found_in, row_in, rows_in

from banstream_cli.importing.converting import DAMAGED
from banstream_cli.importing.formats import battleye, ids, rust, source_engine, squad
from banstream_cli.importing.rows import Format, Options, Rejected, Row, Unreadable
from banstream_cli.importing.text_lists import key_of_address
from banstream_contracts.infractions import Punishment
from banstream_contracts.players import Player
from banstream_ftp_sync.formats import FORMATS as WRITTEN
from banstream_ftp_sync.formats.wanted import WantedEntry

STEAM = "76561197960290419"
GUID = "0123456789abcdef0123456789abcdef"
DAYZ = "A" * 43 + "="
MOMENT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
ON_STEAM = Options(service="steam")


def whom(row: Row) -> str:
    return str(row.player or row.address)


def wrong_in(form: Format, path: Path, line: str, options: Options | None = None) -> str:
    """Why a line is rejected, among good ones that are taken."""
    good = {"battleye": f"{GUID} -1", "squad": f"{STEAM}:0 //", "rust": f"banid {STEAM}", "ids": STEAM}
    first, wrong = found_in(form, path, f"{good.get(form.name, f'banid 0 {STEAM}')}\n{line}\n", options)
    assert isinstance(first, Row)
    assert isinstance(wrong, Rejected)
    assert (wrong.place, wrong.raw) == ("line 2", line)
    return wrong.why


def test_battleye_bans_are_of_guids_and_addresses(tmp_path: Path) -> None:
    content = f"// bans\n{GUID.upper()} -1 Wall hack, forum 12\n\n192.0.2.7 1700000000 spam\n{STEAM} 0\n{'f' * 32}\n"
    assert rows_in(battleye.FORMAT, tmp_path / "file", content.replace("\n", "\r\n")) == [
        Row(
            key=f"battleye:{GUID}",
            player=Player(service="battleye", id=GUID),
            punishments=(Punishment.BAN,),
            reason="Wall hack, forum 12",
        ),
        Row(
            key=key_of_address("192.0.2.7"),
            address="192.0.2.7",
            punishments=(Punishment.BAN,),
            reason="spam",
            expires_at=MOMENT,
        ),
        Row(key=f"steam:{STEAM}", player=Player(service="steam", id=STEAM), punishments=(Punishment.BAN,)),
        Row(key=f"battleye:{'f' * 32}", player=Player(service="battleye", id="f" * 32), punishments=(Punishment.BAN,)),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"{'a' * 32} 60 for an hour", "minutes in RCON alone"),
        (f"{'a' * 32} reason without time", "the time is 'reason', no number"),
        (f"{'a' * 32} 99999999999999999999 x", "in no year that there is"),
        ("192.0.2.* -1 x", "is a range"),
        ("0.0.0.0 -1 x", "no address of a player"),
        (f"{GUID} -1 again", "stands in line 1 already"),
    ],
    ids=["minutes", "words", "huge", "range", "nobody", "twice"],
)
def test_battleye_lines_that_say_nothing_are_rejected(line: str, why: str, tmp_path: Path) -> None:
    assert why in wrong_in(battleye.FORMAT, tmp_path / "file", line)


def test_squad_bans_are_of_steam_and_eos(tmp_path: Path) -> None:
    content = (
        "// list\nAdmin=1:nothing\n"
        f"{STEAM}:0 //Team killing // twice\n"
        f"N/A Banned:76561197960290420:1700000000 //x\n"
        f"Olaf [EOSID 1] Banned:{GUID.upper()}:0\n"
        f"76561197960290421:0\n"
    )
    rows = rows_in(squad.FORMAT, tmp_path / "file", content)
    assert [(row.key, row.reason, row.expires_at, row.note) for row in rows] == [
        (f"steam:{STEAM}", "Team killing // twice", None, None),
        ("steam:76561197960290420", "x", MOMENT, None),
        (f"eos:{GUID}", None, None, "In front of the ban stands: Olaf [EOSID 1]"),
        ("steam:76561197960290421", None, None, None),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("76561197960290420: //x", "its end is missing"),
        ("76561197960290420:soon //x", "its end is 'soon'"),
        ("76561197960290420:0 reason", "a ban is written"),
        ("76569999999999999:0", "a Steam id is"),
        ("76561197960290420:99999999999999 //x", "in no year"),
    ],
    ids=["no-end", "words", "no-slashes", "no-steam-id", "huge"],
)
def test_squad_lines_that_are_broken_bans_are_rejected(line: str, why: str, tmp_path: Path) -> None:
    assert why in wrong_in(squad.FORMAT, tmp_path / "file", line)


def test_source_games_ban_for_ever(tmp_path: Path) -> None:
    content = (
        "echo loading\r\nbanid 0 STEAM_0:1:12345\r\nBANID 0.0 [U:1:24692] // Ann, aimbot\r\n"
        'banid 0 "STEAM_1:1:12346"\r\naddip 0 192.0.2.7\r\nwriteid\r\n'
    )
    rows = rows_in(source_engine.FORMAT, tmp_path / "file", content)
    assert [(whom(row), row.reason, row.expires_at) for row in rows] == [
        (f"steam:{STEAM}", None, None),
        ("steam:76561197960290420", "Ann, aimbot", None),
        ("steam:76561197960290421", None, None),
        ("192.0.2.7", None, None),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("banid 30 STEAM_0:1:5", "for '30' minutes from a time that is not known"),
        ("banid 0", "a ban is written"),
        ("banid 0 BOT", "a Steam id is"),
        ("banid 0 STEAM_0:0:0", "a Steam id is"),
        ("addip 0 192.0.2.0/24", "is a range"),
        ("banid -1 STEAM_0:1:5", "minutes"),
        (f'banid {STEAM} "Ann" "aim"', "take the format rust"),
    ],
    ids=["temporary", "nobody", "bot", "account-zero", "range", "negative", "rust"],
)
def test_source_lines_that_say_nothing_are_rejected(line: str, why: str, tmp_path: Path) -> None:
    assert why in wrong_in(source_engine.FORMAT, tmp_path / "file", line)


def test_rust_bans_have_names_and_reasons(tmp_path: Path) -> None:
    content = (
        f'banid {STEAM} "Ann \\"the\\" x" "aim; bot" 1700000000\n'
        'banid 76561197960290420 "unnamed" ""\nownerid 1 "x" "y"\n'
        'banid 76561197960290421 "Bob" "x" -1\nbanid 76561197960290422\n'
    )
    rows = rows_in(rust.FORMAT, tmp_path / "file", content)
    assert [(whom(row), row.name, row.reason, row.expires_at) for row in rows] == [
        (f"steam:{STEAM}", 'Ann "the" x', "aim; bot", MOMENT),
        ("steam:76561197960290420", None, None, None),
        ("steam:76561197960290421", "Bob", "x", None),
        ("steam:76561197960290422", None, None, None),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('banid 76561197960290420 "Ann" "no end', "look at its quotes"),
        ("banid 76561197960290420 Ann the great was here", "look at its quotes"),
        ('banid 76561197960290420 "Ann" "x" soon', "its end is 'soon'"),
        ('banid 5 "Ann" "x"', "a Steam id is"),
        ("banid", "id"),
    ],
    ids=["open-quote", "no-quotes", "words", "no-steam-id", "nobody"],
)
def test_rust_lines_that_are_broken_are_rejected(line: str, why: str, tmp_path: Path) -> None:
    assert why in wrong_in(rust.FORMAT, tmp_path / "file", line)


@pytest.mark.parametrize(
    ("service", "content", "expected"),
    [
        (
            "steam",
            f"{STEAM}\n76561197960290420 aim bot\n",
            [(f"steam:{STEAM}", None), ("steam:76561197960290420", "aim bot")],
        ),
        (
            "steam",
            f'"{STEAM}","aim, bot"\nSTEAM_0:0:12346;x\n',
            [(f"steam:{STEAM}", "aim, bot"), ("steam:76561197960290420", "x")],
        ),
        ("steam", f"steam_{STEAM}\n", [(f"steam:{STEAM}", None)]),
        ("dayz", f"// ban list\n{DAYZ} // Ann - griefing\n", [(f"dayz:{DAYZ}", "Ann - griefing")]),
        ("dayz", f"{DAYZ}//x\n# end\n", [(f"dayz:{DAYZ}", "x")]),
        ("eos", f"{GUID}\t# x\n", [(f"eos:{GUID}", "x")]),
        ("roblox", "123 - exploit\n", [("roblox:123", "exploit")]),
    ],
    ids=["steam", "commas", "palworld", "dayz", "dayz-without-blanks", "ark", "roblox"],
)
def test_a_list_of_ids_is_of_the_service_that_is_told(
    service: str, content: str, expected: list[tuple[str, str | None]], tmp_path: Path
) -> None:
    rows = rows_in(ids.FORMAT, tmp_path / "file", content, Options(service=service))
    assert [(row.key, row.reason) for row in rows] == expected
    assert {(row.punishments, row.expires_at) for row in rows} == {((Punishment.BAN,), None)}


def test_a_list_of_ids_that_names_no_service_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="add --service"):
        found_in(ids.FORMAT, tmp_path / "file", STEAM)


@pytest.mark.parametrize(
    ("line", "why"),
    [("nonsense", "a Steam id is"), (f"STEAM_0:1:12345 {STEAM}", "already"), ("12 \x00", "a Steam id is")],
    ids=["nonsense", "twice-in-another-form", "nul"],
)
def test_ids_that_are_none_are_rejected(line: str, why: str, tmp_path: Path) -> None:
    assert why in wrong_in(ids.FORMAT, tmp_path / "file", line, ON_STEAM)


@pytest.mark.parametrize(
    "form", [battleye.FORMAT, squad.FORMAT, source_engine.FORMAT, rust.FORMAT], ids=lambda form: form.name
)
def test_a_file_in_which_nobody_is_banned_is_another_format(form: Format, tmp_path: Path) -> None:
    assert found_in(form, tmp_path / "file", "") == []
    assert found_in(form, tmp_path / "file", "\ufeff// nothing yet\r\n\r\n") == []
    for other in ("<html>\n", '{"bans": []}', "user_id,reason\n"):
        with pytest.raises(Unreadable, match="no line bans anybody; line 1 is"):
            found_in(form, tmp_path / "file", other)


def test_bad_bytes_in_a_reason_are_told_in_the_note(tmp_path: Path) -> None:
    row = row_in(battleye.FORMAT, tmp_path / "file", GUID.encode() + b" -1 M\xfcller")
    assert (row.reason, row.note) == ("M\ufffdller", DAMAGED)


def test_bad_bytes_in_an_id_are_nobody(tmp_path: Path) -> None:
    (wrong,) = found_in(ids.FORMAT, tmp_path / "file", b"M\xfcller cheats", Options(service="psn"))
    assert isinstance(wrong, Rejected)
    assert "write the file as UTF-8" in wrong.why


@pytest.mark.parametrize(
    ("form", "name", "player"),
    [
        (battleye.FORMAT, "battleye", Player(service="steam", id=STEAM)),
        (squad.FORMAT, "squad", Player(service="steam", id=STEAM)),
        (rust.FORMAT, "rust", Player(service="steam", id=STEAM)),
        (ids.FORMAT, "dayz", Player(service="dayz", id=DAYZ)),
    ],
    ids=["battleye", "squad", "rust", "dayz"],
)
def test_what_banstream_wrote_into_a_ban_file_is_not_imported(
    form: Format, name: str, player: Player, tmp_path: Path
) -> None:
    entry = WantedEntry(
        "01948f6e79f0a1b2c3d4e5f6", "aim bot", MOMENT, player=player, player_name="Ann", expires_at=None
    )
    line = WRITTEN[name].write(entry)
    assert found_in(form, tmp_path / "file", f"{line}\n", Options(service=player.service)) == []


@pytest.mark.parametrize(
    ("form", "name"),
    [(source_engine.FORMAT, "source-users"), (source_engine.FORMAT, "source-addresses")],
    ids=["users", "addresses"],
)
def test_what_other_writers_make_in_the_same_form_is_read(form: Format, name: str, tmp_path: Path) -> None:
    player = Player(service="steam", id=STEAM) if name == "source-users" else None
    entry = WantedEntry("01948f6e79f0a1b2c3d4e5f6", "x", MOMENT, player=player, address=None if player else "192.0.2.7")
    assert whom(row_in(form, tmp_path / "file", WRITTEN[name].write(entry))) in {f"steam:{STEAM}", "192.0.2.7"}
