"""What is held of listed bans: the watch and own writes in any order, and passes that start again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from banstream_contracts.players import address_token
from banstream_contracts.streams import POSITION_KEY
from banstream_gateway.held.ban_list import BanList, ListedBan
from banstream_gateway.held.players import HeldPlayer
from banstream_gateway.ndp.listing import as_java_writes, is_for_consoles, stamp, write
from banstream_privacy.addresses import address_hash
from banstream_privacy.sharing import share

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEY = b"k" * 32
ID = "0" * 24


def ban(number: int = 0, position: int = 1, **changes: Any) -> ListedBan:
    values: dict[str, Any] = {
        "infraction_id": f"{number:024x}",
        "position": position,
        "reason": "grief",
        "scope": "global",
        "issued_at": AT + timedelta(seconds=number),
        "player": HeldPlayer("minecraft", f"player{number}"),
        "player_name": f"Player{number}",
        "address": f"203.0.113.{number}",
    }
    return ListedBan(**{**values, **changes})


def entry(**changes: Any) -> bytes:
    values = {
        "infraction_id": ID,
        "position": 1,
        "player": {"service": "minecraft", "id": "griefer"},
        "sealed_address": share(KEY, ID, "203.0.113.7"),
        "reason": "grief",
        "scope": "global",
        "issued_at": AT,
    }
    return orjson.dumps({**values, **changes})


@pytest.fixture
def bans() -> BanList:
    return BanList(KEY, lambda: 0)


def test_an_entry_is_opened_for_its_own_infraction_only(bans: BanList) -> None:
    bans.apply(ID, entry())
    found = bans.find(ID)
    assert found is not None
    assert (found.address, found.name) == ("203.0.113.7", "griefer")
    bans.apply(ID, entry(position=2, sealed_address=share(KEY, "1" * 24, "203.0.113.7")))
    moved = bans.find(ID)
    assert moved is not None
    assert moved.address is None


def test_a_ban_of_an_address_key_that_is_not_held_is_said_once(capfd: pytest.CaptureFixture[str]) -> None:
    held, other, told = b"h" * 32, b"o" * 32, "address_key_missing"
    bans = BanList(KEY, lambda: 0, lambda address: (address_token(address_hash(held, address)),))
    bans.apply(ID, entry(address_hash=address_hash(held, "203.0.113.7")))
    assert told not in "".join(capfd.readouterr())
    bans.apply(ID, entry(position=2, address_hash=address_hash(other, "203.0.113.7")))
    bans.apply(ID, entry(position=3, address_hash=address_hash(other, "203.0.113.7")))
    assert "".join(capfd.readouterr()).count(told) == 1


@pytest.mark.parametrize("own_first", [True, False], ids=["own_first", "watch_first"])
def test_the_higher_position_wins(bans: BanList, *, own_first: bool) -> None:
    ended, seen = ban(position=5, is_ended=True), entry(position=3)
    if own_first:
        bans.apply_own(ended)
        bans.apply(ID, seen)
    else:
        bans.apply(ID, seen)
        bans.apply_own(ended)
    assert len(bans) == 0
    assert bans.own_version == bans.version
    bans.apply(ID, entry(position=7))
    assert len(bans) == 1


def test_a_repeated_ban_that_was_pardoned_since_stays_pardoned(bans: BanList) -> None:
    """Its answer is that of the first time, and the watch has come further."""
    bans.apply_own(ban(position=3))
    bans.apply(ID, entry(position=5, is_ended=True))
    bans.apply(POSITION_KEY, b"5")
    bans.apply_own(ban(position=3))
    assert len(bans) == 0
    assert bans.own_version == bans.version


def test_a_pass_that_names_a_ban_no_more_removes_it_but_no_own_ban_ahead_of_it(bans: BanList) -> None:
    bans.apply(ID, entry())
    bans.apply(POSITION_KEY, b"4")
    bans.apply_own(ban(9, position=9))
    bans.begin()
    bans.apply(POSITION_KEY, b"4")
    bans.complete()
    assert bans.find(ID) is None
    assert bans.find(f"{9:024x}") is not None


def test_a_bucket_that_knows_less_than_before_is_behind(bans: BanList) -> None:
    bans.apply(ID, entry())
    bans.apply(POSITION_KEY, b"4")
    bans.begin()
    assert bans.is_behind
    bans.apply(POSITION_KEY, b"4")
    assert not bans.is_behind


def test_a_list_is_known_once_it_is_as_far_as_the_restrictions_and_stays_known() -> None:
    restrictions = 7
    bans = BanList(KEY, lambda: restrictions)
    bans.apply(POSITION_KEY, b"6")
    assert not bans.is_known(is_loaded=True)
    bans.apply(POSITION_KEY, b"7")
    assert not bans.is_known(is_loaded=False)
    assert bans.is_known(is_loaded=True)
    restrictions = 9
    assert bans.is_known(is_loaded=True)


def test_an_empty_bucket_is_no_list() -> None:
    assert not BanList(KEY, lambda: 0).is_known(is_loaded=True)


def test_players_are_counted_once(bans: BanList) -> None:
    bans.apply_own(ban(1))
    bans.apply_own(ban(2, player=HeldPlayer("minecraft", "player1")))
    bans.apply_own(ban(3, player=None))
    assert bans.players == 1
    for number in (1, 2):
        bans.apply_own(ban(number, position=5, is_ended=True))
    assert bans.players == 0


def test_each_address_is_said_once_and_the_last_reason_counts() -> None:
    one: dict[str, Any] = {"player": HeldPlayer("minecraft", "alice")}
    written = write(
        [
            ban(1, **one, player_name="Alice", reason="first", address="203.0.113.1"),
            ban(2, **one, player_name="ALICE", reason="last", address="203.0.113.2"),
            ban(3, **one, player_name="aLICE", reason="last", address="203.0.113.1"),
        ],
        AT,
    )
    found = orjson.loads(written.body)
    assert {each["cause"] for each in found["active_players"]} == {"last"}
    assert {address: each["players"] for address, each in found["ip_bans"].items()} == {
        "203.0.113.1": ["Alice"],
        "203.0.113.2": ["Alice"],
    }


def test_a_player_is_listed_by_every_spelling_that_a_ban_in_force_has() -> None:
    """The plugins compare exactly: whoever is written otherwise by an older ban would be let in."""
    one: dict[str, Any] = {"player": HeldPlayer("minecraft", "alice")}
    written = write(
        [ban(1, **one, player_name="alice", address=None), ban(2, **one, player_name="Alice", address="203.0.113.2")],
        AT,
    )
    found = orjson.loads(written.body)
    assert [each["username"] for each in found["active_players"]] == ["alice", "Alice"]
    assert found["player_bans"].keys() == {"alice", "Alice"}
    assert [(each["username"], each["ip"]) for each in found["recent_actions"]] == [
        ("alice", "203.0.113.2"),
        ("Alice", "203.0.113.2"),
    ]
    assert found["player_count"] == 1


def test_an_address_alone_is_an_address_without_players() -> None:
    found = orjson.loads(write([ban(1, player=None, player_name=None, reason="bots")], AT).body)
    assert found["active_players"] == []
    assert (found["ip_bans"]["203.0.113.1"]["players"], found["ip_bans"]["203.0.113.1"]["cause"]) == ([], "bots")
    assert [(each["username"], each["ip"]) for each in found["recent_actions"]] == [("", "203.0.113.1")]


def test_nobody_is_a_whole_list_too_and_the_content_has_no_time_of_its_own() -> None:
    first, second = write([], AT), write([], AT + timedelta(days=1))
    assert orjson.loads(first.body)["recent_actions"] == []
    assert first.content == second.content
    assert first.body != second.body


def test_times_and_addresses_are_written_as_the_clients_read_them() -> None:
    assert stamp(AT) == "2026-01-02T03:04:05.000000"
    assert as_java_writes("2001:db8::7") == "2001:db8:0:0:0:0:0:7"
    assert as_java_writes("203.0.113.7") == "203.0.113.7"


@pytest.mark.parametrize("name", ["Alice", ".Bedrock", "*x", "张三"])
def test_a_plain_name_is_for_consoles(name: str) -> None:
    assert is_for_consoles(name)


@pytest.mark.parametrize("name", ["", "@a", "@p[limit=1]", "a b", "a\nb", "a\u2028b", " a"])
def test_a_selector_or_two_words_are_not(name: str) -> None:
    assert not is_for_consoles(name)
