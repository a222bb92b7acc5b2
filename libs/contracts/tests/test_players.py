"""Players: canonical forms, boundaries, tokens."""

import re
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from banstream_contracts.players import Player, address_token, canonical_id, parse_player, service_and_id, subject_token

FIRST_STEAM = 76561197960265729
LAST_STEAM = 76561197960265728 + 2**32 - 1
ARABIC_DIGITS = "\u0661\u0665\u0666"
NATS_TOKEN = re.compile(r"[A-Za-z0-9_=-]+")
KV_KEY = re.compile(r"[-/_=.a-zA-Z0-9]+")

services = st.from_regex(r"[a-z0-9_-]{1,32}", fullmatch=True) | st.sampled_from(
    ["roblox", "steam", "minecraft", "dayz", "xbox", "address", "credential", "infraction", "_", "-"]
)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128)
plain_ids = st.from_regex(r"[A-Za-z0-9_=-]{1,128}", fullmatch=True)
ids = texts | plain_ids | st.integers(1, 2**63).map(str)


def made(service: str, player_id: Any) -> Player | None:
    try:
        return Player(service=service, id=player_id)
    except ValidationError:
        return None


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("STEAM_0:1:0", FIRST_STEAM),
        ("STEAM_1:1:0", FIRST_STEAM),
        ("STEAM_1:0:5", FIRST_STEAM + 9),
        ("[U:1:1]", FIRST_STEAM),
        ("U:1:1", FIRST_STEAM),
        (str(FIRST_STEAM), FIRST_STEAM),
        (f"000{FIRST_STEAM}", FIRST_STEAM),
        ("STEAM_1:1:2147483647", LAST_STEAM),
        ("[U:1:4294967295]", LAST_STEAM),
        (str(LAST_STEAM), LAST_STEAM),
    ],
)
def test_every_steam_form_becomes_the_steamid64(written: str, number: int) -> None:
    assert Player(service="steam", id=written).id == str(number)


@pytest.mark.parametrize(
    "written",
    [
        "STEAM_0:0:0",
        "[U:1:0]",
        str(FIRST_STEAM - 1),
        "STEAM_1:0:2147483648",
        "[U:1:4294967296]",
        str(LAST_STEAM + 1),
        "STEAM_6:0:5",
        "STEAM_1:2:5",
        "steam_1:0:5",
        "[U:1:5",
        "U:1:5]",
        "[U:2:5]",
        "[g:1:5]",
        "-5",
        "156",
        ARABIC_DIGITS,
        f"STEAM_1:0:{ARABIC_DIGITS}",
        "9" * 128,
    ],
)
def test_what_is_no_individual_steam_account_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        Player(service="steam", id=written)


@pytest.mark.parametrize("number", [1, 156, 2**53 + 1, 10**19 - 1])
def test_a_roblox_number_and_its_digits_are_the_same_player(number: int) -> None:
    values: Any = {"service": "roblox", "id": number}
    assert Player.model_validate(values) == Player(service="roblox", id=str(number))
    assert Player.model_validate_json(f'{{"service":"roblox","id":{number}}}').id == str(number)


@pytest.mark.parametrize(
    "written", ["0", "007", "-1", "1.0", "1e3", "+1", " 1", ARABIC_DIGITS, 0, -1, 1.0, True, None, 10**19]
)
def test_what_is_no_roblox_user_id_is_refused(written: object) -> None:
    assert made("roblox", written) is None


def test_a_number_too_long_for_text_is_refused() -> None:
    assert made("roblox", 10**5000) is None


def test_minecraft_names_are_compared_without_case() -> None:
    shouted, quiet = Player(service="minecraft", id="NotCh_"), Player(service="minecraft", id="notch_")
    assert shouted == quiet
    assert hash(shouted) == hash(quiet)
    assert shouted.token == quiet.token == "minecraft=notch_"


def test_a_minecraft_name_that_grows_in_lower_case_stays_readable() -> None:
    assert made("minecraft", "İ" * 128) is None
    player = Player(service="minecraft", id="İ" * 64)
    assert Player.model_validate_json(player.model_dump_json()) == player


@pytest.mark.parametrize("written", ["0123456789abcdefABCD" * 2, "A_-=" * 11, "a" * 43 + "="])
def test_dayz_ids_are_opaque(written: str) -> None:
    assert Player(service="dayz", id=written).id == written


@pytest.mark.parametrize("written", ["a" * 39, "a" * 41, "g" * 40, "a" * 43, "a" * 45, "a" * 43 + "+", "a" * 43 + "."])
def test_what_is_no_dayz_id_is_refused(written: str) -> None:
    assert made("dayz", written) is None


def test_an_id_has_1_to_128_characters() -> None:
    assert made("xbox", "ü" * 128) is not None
    assert made("xbox", "a" * 129) is None
    assert made("xbox", "") is None
    assert made("xbox", "a" * 10_000_000) is None


@pytest.mark.parametrize("character", ["\0", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"])
@pytest.mark.parametrize("service", ["xbox", "minecraft", "steam", "roblox"])
def test_an_id_holds_no_control_character_or_lone_surrogate(service: str, character: str) -> None:
    for player_id in (character, f"1{character}", f"{character}1"):
        assert made(service, player_id) is None
        with pytest.raises(ValueError, match="no control characters"):
            canonical_id(service, player_id)


@pytest.mark.parametrize("player_id", [" ", "\u00a0", "\u3000 "])
def test_a_blank_id_is_refused(player_id: str) -> None:
    assert made("xbox", player_id) is None


@pytest.mark.parametrize("service", ["", "Steam", "st eam", "a" * 33, "a.b", "xbox\n", "ü", "a:b", "*", ">"])
def test_a_service_is_one_plain_word(service: str) -> None:
    assert made(service, "1") is None


def test_an_id_may_hold_colons() -> None:
    assert parse_player("steam:STEAM_1:0:5").id == str(FIRST_STEAM + 9)
    assert parse_player("xbox:a:b::").id == "a:b::"


@pytest.mark.parametrize("text", ["", "roblox", ":", ":1", "roblox:", "Roblox:1", "roblox:x"])
def test_what_is_no_player_raises_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_player(text)


@given(services, ids)
@example("minecraft", "İ" * 128)
@example("minecraft", "ΑΣ")
def test_the_canonical_form_of_a_canonical_form_is_itself(service: str, player_id: str) -> None:
    player = made(service, player_id)
    assume(player is not None)
    assert player
    assert canonical_id(service, player.id) == player.id
    assert Player.model_validate_json(player.model_dump_json()) == player
    assert parse_player(str(player)) == player


@given(services, ids)
@example("xbox", "a\n")
@example("xbox", "a.b")
@example("xbox", "*")
def test_a_token_is_one_nats_token_and_kv_key(service: str, player_id: str) -> None:
    token = subject_token(service, player_id)
    assert service_and_id(token) == (service, player_id)
    assert NATS_TOKEN.fullmatch(token)
    assert KV_KEY.fullmatch(token)


@given(services, ids, services, ids)
@example("a", "YQ", "a", "a\n")
@example("a", "=YQ", "a", "a")
def test_different_players_have_different_tokens(service: str, player_id: str, other: str, other_id: str) -> None:
    assume((service, player_id) != (other, other_id))
    assert subject_token(service, player_id) != subject_token(other, other_id)


@given(services, ids)
@example("address", "ad" * 32)
@example("credential", "0" * 24)
@example("infraction", "0" * 24)
def test_no_player_has_the_key_of_an_address_or_another_token_of_ours(service: str, player_id: str) -> None:
    token = subject_token(service, player_id)
    assert token != address_token(player_id)
    assert token not in {f"credential={player_id}", f"infraction={player_id}"}
