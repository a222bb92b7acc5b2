from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cli.tests.importing.samples import found_in

from banstream_cli.importing.formats.csv_table import FORMAT
from banstream_cli.importing.rows import Lifted, Options, Rejected, Row, Unreadable
from banstream_cli.importing.text_lists import key_of_address
from banstream_contracts.infractions import Punishment, Severity

MAPPING = """
service = "steam"
time = "%d.%m.%Y %H:%M"
zone = "Europe/Berlin"
never = ["Unbefristet"]
severity = "high"

[columns]
key = "No"
player = "SteamID"
name = "Player"
punishments = "Type"
reason = "Reason"
issued_at = "Date"
issued_by = "Admin"
expires_at = "Until"
lifted_by = "Unbanned by"

[punishment]
"Ban" = ["ban"]
"Silence" = ["voice_block", "chat_block"]
"Warning" = []
"Kick" = "left out"
"""
HEADER = "No;SteamID;Player;Type;Reason;Date;Admin;Until;Unbanned by;IP"
STEAM = "76561198000000007"


def read(folder: Path, mapping: str, content: str, options: Options | None = None) -> list[Row | Rejected]:
    path = folder / "mapping.toml"
    path.write_text(mapping)
    given = options or Options()
    return found_in(FORMAT, folder / "bans.csv", content, Options(given.service, given.zone, path))


def test_columns_mean_what_the_mapping_says(tmp_path: Path) -> None:
    content = f"{HEADER}\r\n7;{STEAM};Ann;Ban;aim;31.07.2025 12:00;Bob;unbefristet;;192.0.2.7\r\n"

    (row,) = read(tmp_path, MAPPING, content)

    assert isinstance(row, Row)
    assert row == Row(
        key="7",
        player=row.player,
        name="Ann",
        punishments=(Punishment.BAN,),
        reason="aim",
        severity=Severity.HIGH,
        issued_at=datetime(2025, 7, 31, 10, tzinfo=UTC),
        issued_by="Bob",
    )
    assert str(row.player) == f"steam:{STEAM}"


def test_words_of_a_column_say_what_it_is(tmp_path: Path) -> None:
    lines = [f"{kind};{STEAM};;{kind};;;;;;" for kind in ("ban", "SILENCE", "Warning", "Kick", "Jail")]

    *rows, wrong = read(tmp_path, MAPPING, "\n".join([HEADER, *lines]))

    assert [row.punishments for row in rows if isinstance(row, Row)] == [("ban",), ("voice_block", "chat_block"), ()]
    assert isinstance(wrong, Rejected)
    assert "'Jail'" in wrong.why


def test_an_end_and_who_lifted_it(tmp_path: Path) -> None:
    content = f"{HEADER}\n7;{STEAM};;Ban;;31.01.2025 12:00;;01.02.2025 00:00;Cid;"

    (row,) = read(tmp_path, MAPPING, content)

    assert isinstance(row, Row)
    assert row.expires_at == datetime(2025, 1, 31, 23, tzinfo=UTC)
    assert row.lifted == Lifted(by="Cid")


SHORT = 'service = "steam"\npunishments = ["ban"]\n[columns]\nplayer = "id"\nissued_at = "at"\n'


def test_without_ids_a_row_is_known_by_what_it_says(tmp_path: Path) -> None:
    one, other, again = read(
        tmp_path, SHORT, f"id,at\n{STEAM},2025-01-31 12:00\n{STEAM},2025-02-01\n{STEAM},2025-02-01\n"
    )

    assert isinstance(one, Row)
    assert one.key == f"{STEAM}:2025-01-31 12:00:ban"
    assert isinstance(other, Row)
    assert isinstance(again, Rejected)


def test_times_that_name_no_zone_are_in_that_of_the_options(tmp_path: Path) -> None:
    content = f"id,at\n{STEAM},2025-01-31 12:00\n"

    (row,) = read(tmp_path, SHORT, content, Options(zone=ZoneInfo("Asia/Tokyo")))

    assert isinstance(row, Row)
    assert row.issued_at == datetime(2025, 1, 31, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "at", "until"),
    [("seconds", "1700000000", "1700003600"), ("milliseconds", "1700000000000", "1700003600000")],
)
def test_times_may_be_numbers(form: str, at: str, until: str, tmp_path: Path) -> None:
    mapping = f'time = "{form}"\n{SHORT}expires_at = "until"\n'

    one, never = read(tmp_path, mapping, f"id,at,until\n{STEAM},{at},{until}\n{STEAM},{until},0\n")

    assert isinstance(one, Row)
    assert one.issued_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert one.expires_at == datetime(2023, 11, 14, 23, 13, 20, tzinfo=UTC)
    assert isinstance(never, Row)
    assert never.expires_at is None


@pytest.mark.parametrize(("field", "lasts"), [("lasts_seconds", "3600"), ("lasts_minutes", "60")])
def test_an_end_may_be_how_long_it_lasts(field: str, lasts: str, tmp_path: Path) -> None:
    mapping = f'{SHORT}{field} = "for"\n'

    cells = ("2025-01-31T12:00Z", lasts), ("2025-01-31", "0"), ("2025-02-01", "Dauerhaft"), ("", lasts)
    lines = [f"{STEAM},{at},{for_}" for at, for_ in cells]

    one, never, word, wrong = read(tmp_path, f'never = ["dauerhaft"]\n{mapping}', "\n".join(["id,at,for", *lines]))

    assert isinstance(one, Row)
    assert one.expires_at == datetime(2025, 1, 31, 13, tzinfo=UTC)
    assert isinstance(never, Row)
    assert never.expires_at is None
    assert isinstance(word, Row)
    assert word.expires_at is None
    assert isinstance(wrong, Rejected)
    assert "nothing says since when" in wrong.why


def test_addresses_beside_players_and_alone(tmp_path: Path) -> None:
    mapping = 'punishments = ["ban"]\n[columns]\nservice = "s"\nplayer = "p"\naddress = "a"\nlifted = "l"\n'
    content = "s,p,a,l\nSteam,STEAM_0:1:12345,192.0.2.7,no\n,,192.0.2.8:27005,yes\nroblox,5,unknown,\n,,,\n"

    both, alone, odd, nobody = read(tmp_path, mapping, content)

    assert isinstance(both, Row)
    assert (str(both.player), both.address, both.lifted) == ("steam:76561197960290419", "192.0.2.7", None)
    assert isinstance(alone, Row)
    assert (alone.player, alone.address, alone.lifted) == (None, "192.0.2.8", Lifted())
    assert alone.key.startswith(key_of_address("192.0.2.8"))
    assert isinstance(odd, Row)
    assert (odd.address, odd.note) == (None, "Its address there cannot be banned: 'unknown'")
    assert isinstance(nobody, Rejected)


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        pytest.param("", "columns", id="empty"),
        pytest.param('service = "steam"\n[columns]\n', "names no column", id="no-column"),
        pytest.param('[columns]\nreason = "r"\n', "no column of a player or an address", id="nobody"),
        pytest.param('[columns]\nplayer = "p"\n', 'service = "steam"', id="no-service"),
        pytest.param('service = "steam"\n[columns]\nplayer = "p"\n', "no punishments", id="no-punishments"),
        pytest.param(
            'service = "steam"\n[columns]\nplayer = "p"\npunishments = "t"\n', "does not say what", id="no-words"
        ),
        pytest.param('[columns]\nplayr = "p"\n', "columns.playr", id="unknown-field"),
        pytest.param('service = "steam"\npunishments = ["jail"]\n[columns]\nplayer = "p"\n', "punishments", id="jail"),
        pytest.param('zone = "Mars/Olympus"\n[columns]\nplayer = "p"\n', "Mars/Olympus", id="zone"),
        pytest.param("[columns\n", "no TOML", id="no-toml"),
        pytest.param(SHORT.replace('"at"', '"when"'), "no column when (but id, at)", id="column-not-there"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(mapping: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as error:
        read(tmp_path, mapping, f"id,at\n{STEAM},2025-01-31\n")

    assert said in str(error.value)


def test_without_a_mapping_there_is_an_example(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="--mapping FILE"):
        found_in(FORMAT, tmp_path / "bans.csv", "id\n1\n")


def test_a_mapping_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        found_in(FORMAT, tmp_path / "bans.csv", "id\n1\n", Options(mapping=tmp_path / "none.toml"))
