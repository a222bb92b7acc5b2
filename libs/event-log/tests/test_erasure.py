"""Personal fields in the log: locked where it keeps them, as they were where they are read, gone with the key."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from banstream_contracts.documents.catalogue import Kind, messages
from banstream_contracts.erasable import ERASABLE, ERASED, NEEDED
from banstream_event_log import erasable, erasure, log
from banstream_event_log.erasable import ErasableKey
from banstream_event_log.verification import verify
from banstream_privacy.vault import new_person_key
from banstream_testing.event_logs import appended, connected, event
from banstream_testing.fixtures import Database

PERSON = "player:roblox:1"
PLAYER = {"service": "roblox", "id": "1"}
KEY = new_person_key()
HELD = {PERSON: ErasableKey(KEY)}
NAME = "Zaphod"


def issued(**data: Any) -> dict[str, Any]:
    return {"type": "infraction.issued", "player": PLAYER, "reason": "aimbot", **data}


def locked(kind: str, stream: str, data: Mapping[str, Any], keys: Mapping[str, bytes]) -> Mapping[str, Any]:
    return erasable.each_locked([data], [erasable.personal(kind, stream, data)], keys)[0]


@given(st.dictionaries(st.sampled_from(["player_name", "note", "evidence"]), st.text(min_size=1)))
def test_what_is_locked_is_opened_as_it_was(said: dict[str, str]) -> None:
    data = issued(**said)
    kept = locked("infraction.issued", PERSON, data, {PERSON: KEY})
    assert not said.keys() & kept.keys()
    assert erasable.opened("infraction.issued", PERSON, kept, 1, HELD) == data


@pytest.mark.parametrize("kind", sorted(ERASABLE))
def test_an_erased_event_can_still_be_read_and_says_nothing(kind: str) -> None:
    stored = next(each for each in messages() if each.kind is Kind.STORED and each.name == kind)
    data = dict(stored.example_json)
    persons = erasable.persons_of(kind, PERSON, data)
    keys = dict.fromkeys(persons, KEY)
    kept = locked(kind, PERSON, data, keys)
    gone = erasable.opened(kind, PERSON, kept, 7, {person: ErasableKey(None, 7) for person in persons})
    stored.model.model_validate(gone)
    for fields in ERASABLE[kind].values():
        for path in fields:
            needed = path in NEEDED.get(kind, ())
            assert erasable.at(gone, path) == (ERASED if needed else None)
    assert "sealed_address" not in gone


@pytest.mark.parametrize("kind", sorted(ERASABLE))
def test_fields_that_are_said_to_be_needed_are_those_without_which_an_event_cannot_be_read(kind: str) -> None:
    model = next(each for each in messages() if each.kind is Kind.STORED and each.name == kind).model
    paths = {path for fields in ERASABLE[kind].values() for path in fields}
    required = {path for path in paths if "." not in path and model.model_fields[path].is_required()}
    assert {path for path in NEEDED.get(kind, ()) if "." not in path} == required


def test_a_clear_field_of_an_older_log_is_hidden_up_to_the_erasure_and_shown_behind_it() -> None:
    held = {PERSON: ErasableKey(None, 5)}
    assert "player_name" not in erasable.opened("infraction.issued", PERSON, issued(player_name=NAME), 5, held)
    assert erasable.opened("infraction.issued", PERSON, issued(player_name=NAME), 6, held)["player_name"] == NAME


def test_each_of_two_persons_of_an_event_goes_alone() -> None:
    caller, reported = {"service": "steam", "id": "1"}, {"service": "steam", "id": "2"}
    content = {"caller": caller, "caller_name": "A", "message": "help", "reported": reported, "reported_name": "B"}
    keys = {"player:steam:1": KEY, "player:steam:2": new_person_key()}
    kept = locked("call.opened", "calls:x", {"content": content}, keys)
    held = {"player:steam:1": ErasableKey(None, 9), "player:steam:2": ErasableKey(keys["player:steam:2"])}
    shown = erasable.opened("call.opened", "calls:x", kept, 9, held)["content"]
    assert (shown["caller_name"], shown["message"], shown["reported_name"]) == (ERASED, ERASED, "B")


def test_who_calls_about_themselves_loses_nothing_of_either_side() -> None:
    one = {"service": "steam", "id": "1"}
    content = {"caller": one, "caller_name": "A", "message": "help", "reported": one, "reported_name": "B"}
    kept = locked("call.opened", "calls:x", {"content": content}, {"player:steam:1": KEY})
    held = {"player:steam:1": ErasableKey(KEY)}
    assert kept["content"] == {"caller": one, "reported": one}
    assert erasable.opened("call.opened", "calls:x", kept, 9, held) == {"content": content}


@pytest.mark.parametrize("number", [10**30, -(2**63) - 1, 1e22, 0.1], ids=["long", "below", "great", "fraction"])
def test_any_number_that_a_game_sends_is_locked_and_opened_as_it_was(number: float) -> None:
    data = {"type": "abuse.detected", "player": PLAYER, "details": {"speed": number}}
    kept = locked("abuse.detected", PERSON, data, {PERSON: KEY})
    assert erasable.opened("abuse.detected", PERSON, kept, 1, HELD) == data


def test_events_that_are_locked_at_once_are_each_locked_for_themselves() -> None:
    said = [issued(player_name=NAME), issued(), issued(note="no"), issued(player_name=NAME)]
    personal = [erasable.personal("infraction.issued", PERSON, each) for each in said]
    kept = erasable.each_locked(said, personal, {PERSON: KEY})
    assert [erasable.opened("infraction.issued", PERSON, each, 1, HELD) for each in kept] == said
    texts = [each[erasable.LOCKED][PERSON] for each in kept if erasable.LOCKED in each]
    assert len({text[:16] for text in texts}) == len(texts) == 3  # no nonce comes twice


PUT_BACK = (
    "update erasable_keys set key = case when length(key) % 32 = 0 then key else '' end || $1::bytea where person = $2"
)
"""As docs/operations.md has it."""


@pytest.mark.parametrize("damaged", [b"", KEY[:31], new_person_key()], ids=["empty", "cut short", "another"])
async def test_a_damaged_key_hides_its_persons_words_alone_until_it_is_put_back(
    database: Database, damaged: bytes
) -> None:
    async with connected(database.admin_url) as connection:
        await issue(connection, 1, player_name=NAME)
        await appended(
            connection, event("player:roblox:2", 1, **issued(player_name="Ford", player={**PLAYER, "id": "2"}))
        )
        kept = await connection.fetchval("select key from erasable_keys where person = $1", PERSON)
        await connection.execute("update erasable_keys set key = $1 where person = $2", damaged, PERSON)
        assert await erasure.has_key(connection, PERSON)
        told = not_opened()
        assert await names(connection) == [None, "Ford"]
        assert not_opened() == told + 2  # it was read twice
        assert (await verify(connection)).not_opened == {PERSON: 1}
        await issue(connection, 2, player_name="Trillian")
        assert await names(connection) == [None, "Ford", "Trillian"]
        await connection.execute(PUT_BACK, kept, PERSON)
        assert await names(connection) == [NAME, "Ford", "Trillian"]
        await issue(connection, 3, player_name="Tricia")
        assert await names(connection) == [NAME, "Ford", "Trillian", "Tricia"]
        assert (await verify(connection)).not_opened == {}


def not_opened() -> float:
    return REGISTRY.get_sample_value("banstream_keys_not_opened_total", {"keys": "erasable"}) or 0


async def names(connection: Any) -> list[Any]:
    events = await log.read_opened(connection, 0, 10)
    folded = await log.read_to_fold(connection, 0, 10, 10)
    assert [each.data for each in folded] == [each.data for each in events]
    return [each.data.get("player_name") for each in events]


async def issue(connection: Any, version: int, **data: object) -> None:
    await appended(connection, event(PERSON, version, **issued(**data)))


async def test_the_log_keeps_no_name_and_an_erasure_is_for_good_while_the_chain_holds(database: Database) -> None:
    async with connected(database.admin_url) as connection:
        await issue(connection, 1, player_name=NAME)
        (found,) = (await log.load(connection, [PERSON]))[PERSON]
        assert found.data["player_name"] == NAME
        assert NAME not in await connection.fetchval("select data::text from event_log")
        async with connection.transaction():
            await erasure.erase(connection, [PERSON], 1)
        assert not await erasure.has_key(connection, PERSON)
        await issue(connection, 2, player_name="Trillian")
        shown = [each.data.get("player_name") for each in (await log.load(connection, [PERSON]))[PERSON]]
        assert shown == [None, "Trillian"]
        assert await log.read_opened(connection, 0, 10) == (await log.load(connection, [PERSON]))[PERSON]
        assert (await verify(connection)).broken_at is None
        assert await erasure.has_key(connection, PERSON)
