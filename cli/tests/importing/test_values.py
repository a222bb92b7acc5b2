from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from banstream_cli.importing.text_lists import key_of_address
from banstream_cli.importing.values import (
    address,
    begin_of_seconds,
    end_of_milliseconds,
    end_of_seconds,
    end_of_text,
    is_never,
    number,
    of_milliseconds,
    of_seconds,
    of_text,
    player,
    text,
)

BERLIN = ZoneInfo("Europe/Berlin")
NO_TEXTS: tuple[object, ...] = ("", "  ", None, True, [], {})
MOMENT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [1_700_000_000, "1700000000", " 1700000000 ", 1_700_000_000.9, "1700000000.5"], ids=str
)
def test_seconds_are_numbers_or_texts(value: object) -> None:
    assert of_seconds(value) == MOMENT


def test_milliseconds_keep_their_parts() -> None:
    assert of_milliseconds("1700000000123") == MOMENT.replace(microsecond=123_000)


@pytest.mark.parametrize(
    "value",
    [True, None, [], {}, "soon", "1" * 5000, 10**18, -(10**18), float("nan"), float("inf"), "0x10", "١٢", "1e3"],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_time_says_what_it_is(value: object) -> None:
    with pytest.raises(ValueError, match="the time is"):
        of_seconds(value)


@pytest.mark.parametrize(
    "value",
    [0, -1, None, False, "0", "-1", "forever", "Never", "PERMANENT", "NULL", "false", "", " ", "\\N", 0.0],
    ids=repr,
)
def test_never_has_many_spellings(value: object) -> None:
    assert is_never(value)
    assert end_of_seconds(value) is None


@pytest.mark.parametrize("value", [1, True, "1", [], {}, "tomorrow"], ids=repr)
def test_anything_else_is_not_never(value: object) -> None:
    assert not is_never(value)


def test_a_far_year_is_never_and_the_end_of_32_bits_is_a_time() -> None:
    assert end_of_seconds(253_402_300_799) is None
    assert end_of_milliseconds(32_503_680_000_000) is None
    assert end_of_text("9999-12-31 23:59:59", UTC) is None
    assert end_of_seconds(2**31 - 1) == datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)


def test_a_beginning_of_zero_is_not_known() -> None:
    assert begin_of_seconds(0) is None
    assert begin_of_seconds(1_700_000_000) == MOMENT


@pytest.mark.parametrize(
    "written",
    [
        "2023-11-14 22:13:20 +0000",
        "2023-11-14 23:13:20 +01:00",
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:13:20.000Z",
        "2023-11-14 22:13:20 UTC",
        "2023-11-14 23:13:20",
    ],
)
def test_times_as_text_are_in_their_zone_or_the_one_that_is_told(written: str) -> None:
    assert of_text(written, BERLIN) == MOMENT


@pytest.mark.parametrize(
    "written", ["not a date", "", 5, None, "2023-13-01", "0001-01-01 00:00:00", "1700000000"], ids=repr
)
def test_a_text_that_is_no_time_says_so(written: object) -> None:
    with pytest.raises(ValueError, match="which is no time like"):
        of_text(written, BERLIN)


@pytest.mark.parametrize(
    "written",
    [
        "STEAM_0:1:12345",
        "STEAM_1:1:12345",
        "steam_0:1:12345",
        "[U:1:24691]",
        "u:1:24691",
        "76561197960290419",
        76561197960290419,
        "steam:110000100006073",
        "110000100006073",
    ],
    ids=str,
)
def test_every_form_of_a_steam_id_is_one_player(written: object) -> None:
    assert str(player("steam", written)) == "steam:76561197960290419"


@pytest.mark.parametrize(
    "written", [7.6561197960290419e16, True, None, "", "BOT", "STEAM_ID_PENDING", "\ufffd1"], ids=repr
)
def test_what_is_no_steam_id_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="id"):
        player("steam", written)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7:27005", "192.0.2.7"),
        ("2001:DB8::0007", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        (bytes((192, 0, 2, 7)), "192.0.2.7"),
    ],
    ids=repr,
)
def test_an_address_is_canonical(written: object, canonical: str) -> None:
    assert address(written) == canonical


@pytest.mark.parametrize("written", ["192.0.2.*", "192.0.2.0/24", "192.0.2.1-192.0.2.9", "192.0.2.1 - 192.0.2.9"])
def test_a_range_is_refused_and_told_of(written: str) -> None:
    with pytest.raises(ValueError, match="is a range: single addresses are banned"):
        address(written)


@pytest.mark.parametrize("written", ["255.255.255.255", "::", "#", None, "1.2.3", b"12", "#offline#"], ids=repr)
def test_what_is_nobodys_address_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"address|IP"):
        address(written)


def test_texts_are_as_they_are() -> None:
    assert text(" \x1b[2J ") == " \x1b[2J "
    assert text(5) == "5"
    assert all(text(value) is None for value in NO_TEXTS)


def test_a_number_keeps_what_is_larger_than_a_float() -> None:
    assert number(2**60 + 1, "it") == number(str(2**60 + 1), "it") == 2**60 + 1


def test_the_key_of_an_address_is_always_the_same_and_does_not_tell_it() -> None:
    assert key_of_address("192.0.2.7") == "address:ca0d3bee06e0927882b14a786079b950"
    assert key_of_address("192.0.2.8") != key_of_address("192.0.2.7")
