"""The exact lines of every format, and who it can hold."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from banstream_contracts.players import Player
from banstream_ftp_sync.formats import FORMATS
from banstream_ftp_sync.formats.wanted import WantedEntry

ISSUED = datetime(2026, 2, 7, 19, 45, 23, tzinfo=UTC)
UNTIL = datetime(2026, 3, 1, tzinfo=UTC)
EPOCH = 1772323200
STEAM = "76561198017965694"
GUID = "f8960b9fd7cf711046c1df2ab8d534b2"
XBOX = "0123456789ABCDEF0123456789ABCDEF01234567"
PC = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE="
UUID = "11111111-2222-4333-8444-555555555555"


def ban(service: str | None, player_id: str = "", **facts: object) -> WantedEntry:
    player = Player(service=service, id=player_id) if service else None
    entry = WantedEntry("a" * 24, "Lag machine", ISSUED, player, player_name="Jogador", is_automatic=True)
    return replace(entry, **facts)  # type: ignore[arg-type]


def rendered(name: str, *bans: WantedEntry, before: bytes | None = None) -> str:
    chosen = FORMATS[name]
    return chosen.render(chosen.parse(chosen.empty if before is None else before), bans).content.decode()


@pytest.mark.parametrize(
    ("name", "entry", "line"),
    [
        ("dayz", ban("dayz", XBOX), f"{XBOX} // Jogador - Lag machine - 2026-02-07 [AUTO-BAN]\n"),
        ("dayz", ban("dayz", XBOX.lower()), f"{XBOX} // Jogador - Lag machine - 2026-02-07 [AUTO-BAN]\n"),
        ("dayz", ban("dayz", PC, is_automatic=False), f"{PC} // Jogador - Lag machine - 2026-02-07 [BAN]\n"),
        (
            "dayz",
            ban("xbox", "2535465465465465", expires_at=UNTIL),
            "2535465465465465 // Jogador - Lag machine - 2026-02-07 [AUTO-BAN]\n",
        ),
        ("nitrado", ban("dayz", XBOX), XBOX),
        ("source-users", ban("steam", STEAM, expires_at=UNTIL), "banid 0 STEAM_0:0:28849983\r\n"),
        ("source-users", ban("steam", "STEAM_1:1:5"), "banid 0 STEAM_0:1:5\r\n"),
        ("source-addresses", ban(None, address="192.0.2.7"), "addip 0 192.0.2.7\r\n"),
        ("source-addresses", ban("steam", STEAM, address="::ffff:192.0.2.7"), "addip 0 192.0.2.7\r\n"),
        ("rust", ban("steam", STEAM), f'banid {STEAM} "Jogador" "Lag machine [banstream]"\n'),
        ("rust", ban("steam", STEAM, expires_at=UNTIL), f'banid {STEAM} "Jogador" "Lag machine [banstream]" {EPOCH}\n'),
        ("ark-evolved", ban("steam", STEAM), f"{STEAM}\n"),
        ("ark-evolved", ban("steam", "76561202255233023"), "76561202255233023\n"),
        ("ark-ascended", ban("eos", GUID.upper()), f"{GUID}\n"),
        ("palworld", ban("steam", STEAM), f"steam_{STEAM}\n"),
        ("squad", ban("steam", STEAM), f"Jogador Banned:{STEAM}:0 //Lag machine [banstream]\n"),
        ("squad", ban("steam", STEAM, player_name=None), f"N/A Banned:{STEAM}:0 //Lag machine [banstream]\n"),
        ("squad", ban("steam", STEAM, expires_at=UNTIL), f"Jogador Banned:{STEAM}:{EPOCH} //Lag machine [banstream]\n"),
        ("battleye", ban("steam", STEAM), f"{GUID} -1 Lag machine [banstream]\n"),
        ("battleye", ban("battleye", GUID.upper(), expires_at=UNTIL), f"{GUID} {EPOCH} Lag machine [banstream]\n"),
        ("battleye", ban(None, address="192.0.2.7"), "192.0.2.7 -1 Lag machine [banstream]\n"),
    ],
)
def test_a_ban_is_this_line(name: str, entry: WantedEntry, line: str) -> None:
    assert rendered(name, entry) == line


@pytest.mark.parametrize("given", [UUID, UUID.upper(), UUID.replace("-", "")])
def test_a_minecraft_player_is_this_element(given: str) -> None:
    text = rendered("minecraft-players", ban("minecraft", given, expires_at=UNTIL))
    assert text == (
        '[\n  {\n    "uuid": "11111111-2222-4333-8444-555555555555",\n    "name": "Jogador",\n'
        '    "created": "2026-02-07 19:45:23 +0000",\n    "source": "banstream",\n'
        '    "expires": "2026-03-01 00:00:00 +0000",\n    "reason": "Lag machine"\n  }\n]'
    )


def test_a_minecraft_address_is_this_element() -> None:
    text = rendered("minecraft-addresses", ban(None, address="2001:DB8::1"))
    assert json.loads(text) == [
        {
            "ip": "2001:db8::1",
            "created": "2026-02-07 19:45:23 +0000",
            "source": "banstream",
            "expires": "forever",
            "reason": "Lag machine",
        }
    ]


@pytest.mark.parametrize(
    ("name", "entry", "why"),
    [
        ("dayz", ban("steam", STEAM), "dayz"),
        ("dayz", ban("dayz", "=" * 44), "43 base64url"),
        ("dayz", ban("xbox", "gamertag"), "40 hex"),
        ("dayz", ban(None, address="192.0.2.7"), "bans an address"),
        ("nitrado", ban("xbox", "2535465465465465"), "40 hex"),
        ("source-users", ban("roblox", "1"), "not of roblox"),
        ("source-addresses", ban("steam", STEAM), "bans a player"),
        ("source-addresses", ban(None, address="2001:db8::1"), "IPv4"),
        ("source-addresses", ban(None, address="192.0.2.7\naddip 0 192.0.2.8"), "no IP address"),
        ("minecraft-players", ban("minecraft", "notch"), "UUID"),
        ("minecraft-addresses", ban("minecraft", UUID), "bans a player"),
        ("rust", ban("dayz", XBOX), "not of dayz"),
        ("ark-ascended", ban("steam", STEAM), "eos"),
        ("ark-ascended", ban("eos", "short"), "32 hex"),
        ("palworld", ban("eos", GUID), "steam"),
        ("squad", ban("eos", GUID), "steam"),
        ("battleye", ban("dayz", XBOX), "steam and battleye"),
        ("battleye", ban("battleye", "x" * 32), "32 hex"),
        ("battleye", ban(None, address="2001:db8::1"), "IPv4"),
    ],
)
def test_what_a_format_cannot_hold_is_reported_and_not_written(name: str, entry: WantedEntry, why: str) -> None:
    chosen = FORMATS[name]
    result = chosen.render(chosen.parse(chosen.empty), [entry])
    assert result.content == chosen.empty
    assert [unheld.infraction_id for unheld in result.unheld] == [entry.infraction_id]
    assert why in result.unheld[0].why
    assert not result.held


def test_two_bans_of_a_player_are_one_line_and_both_held() -> None:
    short = ban("steam", STEAM, infraction_id="1" * 24, expires_at=UNTIL, reason="short")
    long = ban("steam", STEAM, infraction_id="2" * 24, reason="long")
    chosen = FORMATS["squad"]
    for bans in ([short, long], [long, short]):
        result = chosen.render(chosen.parse(b""), bans)
        assert result.content.decode() == f"Jogador Banned:{STEAM}:0 //long [banstream]\n"
        assert set(result.held) == {"1" * 24, "2" * 24}


def test_a_name_inside_another_is_another_player() -> None:
    """The seed's program took a ban of Ana for done when Banana was in the file."""
    before = b"// Ana plays here\nBanana // Ana and " + XBOX.encode() + b" - reason\n"
    assert rendered("dayz", ban("dayz", XBOX), before=before).startswith(before.decode() + XBOX)


def test_a_line_that_only_looks_like_ours_stays() -> None:
    look_alikes = (
        f"//{XBOX} // Jogador - x - 2026-02-07 [AUTO-BAN]\n"
        f"{XBOX} // Jogador - x - 2026-02-07 [AUTO-BAN] \n"
        f" {XBOX} // Jogador - x - 2026-02-07 [AUTO-BAN]\n"
        f"{XBOX} // Jogador [AUTO-BAN]\n"
        f"{XBOX}\n"
    ).encode()
    chosen = FORMATS["dayz"]
    result = chosen.render(chosen.parse(look_alikes), [], owned={XBOX})
    assert result.content == look_alikes


def test_our_mark_on_an_unknown_line_is_reported_and_stays() -> None:
    line = f"{XBOX} // Jogador - x - 2026-02-07 [AUTO-BAN]\n".encode()
    chosen = FORMATS["dayz"]
    result = chosen.render(chosen.parse(line), [])
    assert (result.content, result.orphans) == (line, (XBOX,))


@pytest.mark.parametrize("name", ["ark-evolved", "palworld", "source-users"])
def test_without_a_mark_somebody_elses_line_is_not_taken_for_ours(name: str) -> None:
    chosen, entry = FORMATS[name], ban("steam", STEAM)
    before = rendered(name, entry).encode()
    covered = chosen.render(chosen.parse(before), [entry])
    assert (covered.content, covered.covered, covered.own) == (before, tuple(covered.held.values()), {})
    assert chosen.render(chosen.parse(before), []).content == before
    assert chosen.render(chosen.parse(before), [], owned=set(covered.covered)).content == b""
    assert chosen.render(chosen.parse(before * 2), [], owned=set(covered.covered)).content == before


@pytest.mark.parametrize(
    "text", ["banid 0.0 STEAM_0:0:28849983", "banid 0 STEAM_1:0:28849983", "banid 0 [U:1:57699966]"]
)
def test_what_the_game_makes_of_a_line_is_still_that_ban(text: str) -> None:
    chosen = FORMATS["source-users"]
    result = chosen.render(chosen.parse(text.encode()), [ban("steam", STEAM)], owned={"STEAM_0:0:28849983"})
    assert result.content == text.encode()


def test_rust_writes_permanent_bans_with_minus_one() -> None:
    text = f'banid {STEAM} "Jogador" "Lag machine [banstream]" -1\n'.encode()
    assert rendered("rust", ban("steam", STEAM), before=text).encode() == text


def test_a_minecraft_server_may_rewrite_the_file() -> None:
    entry = ban("minecraft", UUID, expires_at=UNTIL)
    values = json.loads(rendered("minecraft-players", entry))
    values[0]["created"], values[0]["expires"] = "2026-02-07 20:45:23 +0100", "2026-03-01 01:00:00 +0100"
    compact = json.dumps(values).encode()
    chosen = FORMATS["minecraft-players"]
    assert chosen.render(chosen.parse(compact), [entry]).content == compact
    assert chosen.render(chosen.parse(compact), [], owned={UUID}).content == b"[]"


@pytest.mark.parametrize(
    "damaged", [b"", b"{}", b"[", b"[1,]", b"[] x", b"[\xff]", b"[" * 100_000, b'[{"uuid":"x"}', b"\0"]
)
def test_damaged_json_is_never_touched(damaged: bytes) -> None:
    chosen = FORMATS["minecraft-players"]
    file = chosen.parse(damaged)
    assert file.refusal
    result = chosen.render(file, [ban("minecraft", UUID)])
    assert result.content == damaged
    assert result.unheld


def test_utf16_stays_utf16() -> None:
    before = "﻿// ação\r\n".encode("utf-16-le")
    chosen = FORMATS["dayz"]
    after = chosen.render(chosen.parse(before), [ban("dayz", XBOX, player_name="João")]).content
    assert after.startswith(before)
    assert f"\r\n{XBOX} // João" in after.decode("utf-16")
    assert chosen.render(chosen.parse(after), [], owned={XBOX}).content == before
    assert chosen.parse(before + b"x").refusal


def test_a_file_in_an_old_encoding_takes_ascii() -> None:
    before = "// ação\n".encode("cp1252")
    chosen, entry = FORMATS["dayz"], ban("dayz", XBOX, player_name="João")
    once = chosen.render(chosen.parse(before), [entry])
    assert once.content == before + f"{XBOX} // Jo?o - Lag machine - 2026-02-07 [AUTO-BAN]\n".encode()
    assert chosen.render(chosen.parse(once.content), [entry]).content == once.content


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("name", ["squad", "source-users"])
def test_our_lines_end_as_those_of_the_file_do(name: str, end: str) -> None:
    before = f"by hand{end}by hand{end}"
    line = rendered(name, ban("steam", STEAM)).rstrip("\r\n")
    assert rendered(name, ban("steam", STEAM), before=before.encode()) == f"{before}{line}{end}"
