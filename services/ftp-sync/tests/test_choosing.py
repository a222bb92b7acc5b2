"""Which bans go in which file, and what an attempt means for each of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts.ban_files import BanFileFilters, BanFileFormat
from banstream_contracts.infractions import Scope
from banstream_contracts.players import Player
from banstream_contracts.queries.ban_files import ReceiptStatus
from banstream_ftp_sync.applying.receipts import Drift, Outcome, Receipt
from banstream_ftp_sync.bans import Ban
from banstream_ftp_sync.choosing import ADDRESS, HOLDS, Chosen, chosen, concerns
from banstream_ftp_sync.formats import FORMATS
from banstream_ftp_sync.formats.shape import CannotHold, Unheld
from banstream_ftp_sync.formats.wanted import WantedEntry
from banstream_ftp_sync.settling import PROTECTED, Standing, newly_protected, pending, settled

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)
SERVER, OTHER = "a" * 24, "b" * 24
PLAYERS = {
    "dayz": Player(service="dayz", id="A" * 40),
    "xbox": Player(service="xbox", id="2533274800000000"),
    "steam": Player(service="steam", id="76561197960265729"),
    "minecraft": Player(service="minecraft", id="11111111-2222-4333-8444-555555555555"),
    "eos": Player(service="eos", id="0" * 31 + "1"),
    "battleye": Player(service="battleye", id="0" * 31 + "1"),
    "roblox": Player(service="roblox", id="156"),
}


def ban(number: int = 1, service: str | None = "dayz", address: str | None = None, **values: object) -> Ban:
    common = {
        "infraction_id": f"{number:024x}",
        "position": number,
        "player": PLAYERS[service] if service else None,
        "sealed_address": address,
        "reason": "aimbot",
        "issued_at": NOW - timedelta(days=1),
        "scope": Scope.GLOBAL,
    }
    return Ban.model_validate({**common, **values})


def choose(*bans: Ban, protected: frozenset[str] = frozenset(), filters: BanFileFilters | None = None) -> Chosen:
    return chosen(bans, protected, BanFileFormat.DAYZ, filters or BanFileFilters(), lambda text: text, NOW)


@pytest.mark.parametrize("ban_format", list(BanFileFormat))
def test_a_format_is_asked_for_just_the_bans_that_it_can_hold(ban_format: BanFileFormat) -> None:
    """The table agrees with what the formats do."""
    assert FORMATS.keys() == {each.value for each in BanFileFormat}
    able = set()
    for service, player in PLAYERS.items():
        given = player
        if service == "xbox" and ban_format is BanFileFormat.NITRADO:
            given = Player(service="xbox", id="A" * 40)
        try:
            FORMATS[ban_format].write(WantedEntry("0" * 24, "x", NOW, given))
        except CannotHold:
            continue
        able.add(service)
    try:
        FORMATS[ban_format].write(WantedEntry("0" * 24, "x", NOW, address="203.0.113.7"))
    except CannotHold:
        pass
    else:
        able.add(ADDRESS)
    assert able == HOLDS[ban_format]


@pytest.mark.parametrize(
    ("scope", "server", "plain", "own", "only_own"),
    [
        (Scope.SERVER, SERVER, False, True, True),
        (Scope.SERVER, OTHER, False, False, False),
        (Scope.GLOBAL, SERVER, True, True, True),
        (Scope.GLOBAL, OTHER, True, True, False),
        (Scope.GLOBAL, None, True, True, False),
        (Scope.COMMUNITY, OTHER, True, True, True),
    ],
)
def test_scopes_hold_as_in_a_check(scope: Scope, server: str | None, plain: bool, own: bool, only_own: bool) -> None:
    told = ban(scope=scope, server_id=server)
    filters = [
        BanFileFilters(),
        BanFileFilters(servers=(SERVER,)),
        BanFileFilters(servers=(SERVER,), include_other_servers=False),
    ]
    assert [concerns(told, BanFileFormat.DAYZ, each) for each in filters] == [plain, own, only_own]
    assert not concerns(told, BanFileFormat.DAYZ, BanFileFilters(scopes=tuple(set(Scope) - {scope})))


def test_bans_that_are_over_and_those_of_other_games_are_left_out() -> None:
    told = choose(ban(1), ban(2, expires_at=NOW), ban(3, "roblox"), ban(4, expires_at=NOW + timedelta(seconds=1)))
    assert [entry.infraction_id for entry in told.wanted] == [f"{1:024x}", f"{4:024x}"]


@given(st.sets(st.sampled_from(sorted(PLAYERS)), min_size=1), st.sets(st.sampled_from(sorted(PLAYERS))))
def test_a_protected_player_is_never_wanted(banned: set[str], protected: set[str]) -> None:
    tokens = frozenset(PLAYERS[service].token for service in protected)
    told = choose(*(ban(number, service) for number, service in enumerate(sorted(banned))), protected=tokens)
    assert not {entry.player for entry in told.wanted} & {PLAYERS[service] for service in protected}


def standing(status: ReceiptStatus, error: str | None = None, *, is_banned: bool = True) -> Standing:
    return Standing(is_banned=is_banned, status=status, error=error)


APPLIED = standing(ReceiptStatus.APPLIED)
GONE = standing(ReceiptStatus.APPLIED, is_banned=False)


def test_a_good_attempt_settles_every_infraction() -> None:
    told = choose(ban(1), ban(2))
    first, second = (entry.infraction_id for entry in told.wanted)
    over = "f" * 24
    receipt = Receipt(Outcome.APPLIED, "", held={first: "A" * 40}, unheld=(Unheld(second, "no id"),))
    after = settled({over: APPLIED}, told, receipt)
    assert after == {first: APPLIED, second: standing(ReceiptStatus.FAILED, "no id"), over: GONE}
    assert settled({over: APPLIED} | after, told, receipt) == {}


def test_a_bad_attempt_says_so_of_what_it_should_have_changed_and_of_nothing_else() -> None:
    told = choose(ban(1), ban(2))
    first, second = (entry.infraction_id for entry in told.wanted)
    over = "f" * 24
    before = {first: APPLIED, over: APPLIED}
    after = settled(before, told, Receipt(Outcome.FAILED, "down"))
    assert after == {
        second: standing(ReceiptStatus.FAILED, "down"),
        over: standing(ReceiptStatus.FAILED, "down", is_banned=False),
    }
    good = Receipt(Outcome.APPLIED, "", held={first: "a", second: "b"})
    assert settled(before | after, told, good) == {second: APPLIED, over: GONE}


def test_what_was_in_the_file_when_an_attempt_failed_is_taken_to_be_there_still() -> None:
    told, failed = choose(ban(1)), Receipt(Outcome.FAILED, "down")
    (first,) = (entry.infraction_id for entry in told.wanted)
    assert settled({first: standing(ReceiptStatus.DRIFTED, "its line is changed")}, told, failed) == {}
    hit = choose(ban(1), protected=frozenset({PLAYERS["dayz"].token}))
    assert settled({first: APPLIED}, hit, failed) == {}
    assert settled({}, hit, failed) == {first: standing(ReceiptStatus.FAILED, PROTECTED, is_banned=False)}


def test_what_waits_is_pending_until_it_is_tried() -> None:
    told = choose(ban(1))
    (first,) = (entry.infraction_id for entry in told.wanted)
    over = "f" * 24
    assert pending({over: APPLIED}, told) == {
        first: standing(ReceiptStatus.PENDING),
        over: standing(ReceiptStatus.PENDING, is_banned=False),
    }
    failed = {first: standing(ReceiptStatus.FAILED, "down"), over: GONE}
    assert pending(failed, told) == {}


def test_drift_that_is_only_reported_is_in_the_receipts() -> None:
    told = choose(ban(1))
    (first,) = (entry.infraction_id for entry in told.wanted)
    receipt = Receipt(Outcome.DRIFTED, "", held={first: "A" * 40}, drift=(Drift("A" * 40, "missing"),))
    drifted = {first: standing(ReceiptStatus.DRIFTED, "its line is missing")}
    assert settled({first: APPLIED}, told, receipt) == drifted
    assert settled(drifted, told, replace(receipt, outcome=Outcome.APPLIED)) == {first: APPLIED}


def test_a_hit_on_a_protected_player_is_told_once_and_ends_with_the_ban() -> None:
    tokens = frozenset({PLAYERS["dayz"].token})
    told = choose(ban(1), protected=tokens)
    (first,) = told.protected
    assert newly_protected({first: APPLIED}, told) == [first]
    after = settled({first: APPLIED}, told, Receipt(Outcome.APPLIED, ""))
    assert after == {first: standing(ReceiptStatus.FAILED, PROTECTED, is_banned=False)}
    assert newly_protected(after, told) == []
    assert settled(after, choose(), Receipt(Outcome.UNCHANGED, "")) == {first: GONE}
