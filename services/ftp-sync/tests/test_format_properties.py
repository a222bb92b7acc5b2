"""What holds for every format, whatever is in the file and whatever the players call themselves."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banstream_contracts.players import Player
from banstream_ftp_sync.formats import FORMATS
from banstream_ftp_sync.formats.shape import Format
from banstream_ftp_sync.formats.wanted import WantedEntry

moderately = settings(max_examples=60, deadline=None)
"""Twelve formats take their share of time; a busy machine is no failure."""

NOW = datetime(2026, 11, 21, 7, 11, 34, tzinfo=UTC)
HOSTILE = [
    "a\nb",
    "a\r\nSTEAM_0:1:2",
    "x // y //",
    '", "source": "x"}, {"uuid": "',
    'x" "y"; quit',
    "\\",
    "\u202eevil\u2066",
    "\ud800",
    "\x00\x1b[2J",
    "\u2028\u2029\x85\x0b\x0c",
    "Banned:76561198017965694:0 //x",
    "[AUTO-BAN]",
    "[banstream]",
    "x" * 10_000,
    "",
    "   ",
    " - - ",
    "0123456789ABCDEF0123456789ABCDEF01234567 // x - y - 2026-02-07 [AUTO-BAN]",
]
PLAYERS = {
    "dayz": st.integers(0, 5).map(lambda number: Player(service="dayz", id=f"{number:040X}")),
    "steam": st.integers(1, 6).map(lambda number: Player(service="steam", id=str(76561197960265728 + number))),
    "eos": st.integers(0, 5).map(lambda number: Player(service="eos", id=f"{number:032x}")),
    "minecraft": st.integers(0, 5).map(lambda number: Player(service="minecraft", id=f"{number:032x}")),
}
SERVICE_OF = {"dayz": "dayz", "nitrado": "dayz", "ark-ascended": "eos", "minecraft-players": "minecraft"}
NAMES = sorted(FORMATS)

texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.text(st.characters(), max_size=10))


def bans(name: str) -> st.SearchStrategy[WantedEntry]:
    is_address = name.endswith("addresses")
    return st.builds(
        WantedEntry,
        infraction_id=st.integers(0, 10**9).map(lambda number: f"{number:024x}"),
        reason=texts,
        issued_at=st.integers(0, 10**8).map(lambda seconds: NOW + timedelta(seconds=seconds)),
        player=st.none() if is_address else PLAYERS[SERVICE_OF.get(name, "steam")],
        address=st.integers(1, 6).map(lambda number: f"192.0.2.{number}") if is_address else st.none(),
        player_name=texts,
        expires_at=st.none() | st.just(NOW + timedelta(days=10_000)),
        is_automatic=st.booleans(),
    )


def wanted(name: str) -> st.SearchStrategy[list[WantedEntry]]:
    return st.lists(bans(name), max_size=5, unique_by=lambda entry: entry.infraction_id)


_foreign_lines = st.one_of(
    st.sampled_from(
        [b"", b"// comment", b"\xff\xfe\x00", b"banid 5 STEAM_0:1:99", b"somebody", b"\t x ", b"Banned:1:0"]
    ),
    st.binary(max_size=12),
)
line_files = st.one_of(
    st.binary(max_size=80),
    st.tuples(
        st.sampled_from([b"", b"\xef\xbb\xbf"]),
        st.lists(_foreign_lines, max_size=6),
        st.sampled_from([b"\n", b"\r\n", b"\r"]),
        st.booleans(),
    ).map(lambda parts: parts[0] + parts[2].join(parts[1]) + (parts[2] if parts[3] else b"")),
)
_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
json_files = st.tuples(
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(_json_values, max_size=4),
    st.sampled_from([None, 0, 1, 2, 4]),
    st.sampled_from([b"", b"\n", b" \r\n"]),
).map(lambda parts: parts[0] + parts[3] + json.dumps(parts[1], indent=parts[2]).encode() + parts[3])


def files(chosen: Format) -> st.SearchStrategy[bytes]:
    return json_files | st.sampled_from([b"[ ]", b"[\n\n]", b" [ 1 , 2 ] "]) if chosen.is_json else line_files


@pytest.mark.parametrize("name", NAMES)
@moderately
@given(data=st.data())
def test_adding_and_removing_gives_back_the_bytes(name: str, data: st.DataObject) -> None:
    chosen = FORMATS[name]
    before, entries = data.draw(files(chosen)), data.draw(wanted(name))
    with_bans = chosen.render(chosen.parse(before), entries)
    without = chosen.render(chosen.parse(with_bans.content), [], owned=set(with_bans.own))
    assert without.content == before


@pytest.mark.parametrize("name", NAMES)
@moderately
@given(data=st.data())
def test_rendering_twice_is_rendering_once(name: str, data: st.DataObject) -> None:
    chosen = FORMATS[name]
    before, entries = data.draw(files(chosen)), data.draw(wanted(name))
    once = chosen.render(chosen.parse(before), entries)
    twice = chosen.render(chosen.parse(once.content), entries, owned=set(once.own))
    assert (twice.content, twice.own) == (once.content, once.own)
    shuffled = data.draw(st.permutations(entries))
    assert chosen.render(chosen.parse(before), shuffled).content == once.content


@pytest.mark.parametrize("name", NAMES)
@moderately
@given(data=st.data())
def test_any_change_leaves_other_peoples_pieces_in_place(name: str, data: st.DataObject) -> None:
    chosen = FORMATS[name]
    before, first, second = data.draw(files(chosen)), data.draw(wanted(name)), data.draw(wanted(name))
    start = chosen.parse(before)
    once = chosen.render(start, first)
    twice = chosen.render(chosen.parse(once.content), second, owned=set(once.own))
    after = chosen.parse(twice.content)
    if start.refusal is None:
        assert chosen.foreign(after, set(twice.own)) == chosen.foreign(start, set())
    assert set(twice.own) | set(twice.covered) == set(twice.held.values())


@pytest.mark.parametrize("name", NAMES)
@moderately
@given(data=st.data())
def test_a_hostile_text_makes_one_entry_and_no_other(name: str, data: st.DataObject) -> None:
    chosen, entry = FORMATS[name], data.draw(bans(name))
    result = chosen.render(chosen.parse(chosen.empty), [entry])
    file = chosen.parse(result.content)
    assert [found.key for found in file.found if found] == list(result.own)
    assert len(file.found) == len(result.own) == 1
    assert not chosen.foreign(file, result.own)
    assert len(result.content) < 2000
    assert all(character.isprintable() or character in "\r\n" for character in result.content.decode())
    if not chosen.is_json:
        assert len(result.content.decode().splitlines()) == 1


@pytest.mark.parametrize("name", NAMES)
@moderately
@given(content=st.binary(max_size=300))
def test_no_bytes_crash_or_get_lost(name: str, content: bytes) -> None:
    chosen = FORMATS[name]
    for marked in (content, b"\xff\xfe" + content, b"\xfe\xff" + content, b"[" + content + b"]"):
        file = chosen.parse(marked)
        assert chosen.render(file, []).content == marked
