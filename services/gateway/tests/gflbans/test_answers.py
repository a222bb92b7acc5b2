"""Flags, blocks and infractions as clients read them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope, Status
from banstream_contracts.players import Player
from banstream_gateway.gflbans.answers import LATEST_TIME, check_reply, flags_of, infraction_reply
from banstream_gateway.held.credentials import Credentials
from banstream_gateway.held.standings import Restriction

AT = datetime(2026, 11, 21, 12, 0, 0, 700_000, tzinfo=UTC)
SERVER = "a" * 24
ADMIN = Player(service="steam", id="76561197960265733")
EVERY = tuple(Punishment)


def infraction(**changes: Any) -> Infraction:
    usual: dict[str, Any] = {
        "id": "b" * 24,
        "player": Player(service="steam", id="76561197960265729"),
        "punishments": ("ban",),
        "lifetime": Lifetime.PERMANENT,
        "reason": "r",
        "scope": Scope.GLOBAL,
        "server_id": SERVER,
        "issuer": Actor(kind="server", id=SERVER, name="one"),
        "issued_at": AT,
    }
    return Infraction(**{**usual, **changes})


BY_ADMIN = {"issuer": Actor(kind="server", id=SERVER, admin=ADMIN)}
FLAGS: dict[str, tuple[dict[str, Any], int]] = {
    "global-timed-console-ban": ({"lifetime": Lifetime.TIMED}, 515),
    "global-permanent-console-ban": ({}, 523),
    "silence-on-server-for-good": ({"punishments": ("voice_block", "chat_block"), "scope": Scope.SERVER}, 393),
    "session-gag": ({"punishments": ("chat_block",), "lifetime": Lifetime.SESSION}, 4355),
    "online-gag": ({"punishments": ("chat_block",), "lifetime": Lifetime.ONLINE}, 8451),
    "community-ban": ({"scope": Scope.COMMUNITY}, 525),
    "by-an-admin": ({**BY_ADMIN}, 522),
    "on-the-web": ({"server_id": None}, 523 + 32),
    "removed": ({"status": Status.LIFTED}, 523 + 64),
    "expired": ({"status": Status.EXPIRED, "lifetime": Lifetime.TIMED}, 515),
    "by-policy": ({"tiering_policy_id": "c" * 24}, 523 + 65536),
    "warning": ({"punishments": (), "scope": Scope.SERVER, **BY_ADMIN}, 8),
    "everything": ({"punishments": EVERY, **BY_ADMIN}, 10 + 128 + 256 + 512 + 1024 + 2048 + 16384),
}


@pytest.mark.parametrize(("changes", "flags"), FLAGS.values(), ids=FLAGS.keys())
def test_flags_are_those_of_gflbans_bit_for_bit(changes: dict[str, Any], flags: int) -> None:
    assert flags_of(infraction(**changes)) == flags


def no_null_and_no_fraction(value: object) -> bool:
    match value:
        case dict():
            return all(no_null_and_no_fraction(each) for each in value.values())
        case list():
            return all(no_null_and_no_fraction(each) for each in value)
        case _:
            return value is not None and not isinstance(value, float)


def test_a_timed_infraction_has_its_end_and_nothing_that_it_lacks() -> None:
    timed = infraction(lifetime=Lifetime.TIMED, duration_seconds=3600, expires_at=AT + timedelta(hours=1), **BY_ADMIN)
    content = infraction_reply(timed)
    assert content == {
        "id": "b" * 24,
        "flags": 514,
        "comments": [],
        "files": [],
        "server": SERVER,
        "created": int(AT.timestamp()),
        "expires": int(AT.timestamp()) + 3600,
        "player": {"gs_service": "steam", "gs_id": "76561197960265729"},
        "reason": "r",
        "admin": 5,
    }
    assert no_null_and_no_fraction(content)


@pytest.mark.parametrize(
    ("ends", "shown"), [(LATEST_TIME, LATEST_TIME), (LATEST_TIME + 1, None)], ids=["last", "beyond"]
)
def test_an_end_that_32_bits_cannot_hold_is_left_out(ends: int, shown: int | None) -> None:
    timed = infraction(lifetime=Lifetime.TIMED, expires_at=datetime.fromtimestamp(ends, UTC))
    assert infraction_reply(timed).get("expires") == shown


def test_a_removed_one_says_who_when_and_why() -> None:
    removed = infraction(
        status=Status.LIFTED,
        ended_at=AT + timedelta(seconds=5),
        ended_by=Actor(kind="server", id=SERVER, admin=ADMIN),
        ended_reason="mistake",
    )
    content = infraction_reply(removed)
    assert (content["removed_on"], content["removed_by"]) == (int(AT.timestamp()) + 5, 5)
    assert content["removal_reason"] == "mistake"
    assert "admin" not in content
    console = infraction_reply(removed.model_copy(update={"ended_by": Actor(kind="server", id=SERVER)}))
    assert "removed_by" not in console


def test_an_online_only_one_has_its_time() -> None:
    online = infraction(
        lifetime=Lifetime.ONLINE, punishments=("chat_block",), duration_seconds=600, time_left_seconds=0, server_id=None
    )
    content = infraction_reply(online)
    assert (content["time_left"], content["orig_length"]) == (0, 600)
    assert not {"expires", "last_heartbeat", "server"} & content.keys()
    served = infraction_reply(online.model_copy(update={"last_served_at": AT}))
    assert served["last_heartbeat"] == int(AT.timestamp())


def test_an_address_is_shown_to_who_gave_it_and_to_nobody_else() -> None:
    of_address = infraction(player=None, address_hash="0" * 64)
    assert infraction_reply(of_address)["player"] == {"ip": "MISSING_PERMISSIONS"}
    assert infraction_reply(of_address, "192.0.2.7")["player"] == {"ip": "192.0.2.7"}
    assert "ip" not in infraction_reply(infraction(address_hash="0" * 64))["player"]


def restriction(lifetime: Lifetime, **fields: Any) -> Restriction:
    return Restriction("b" * 24, ("ban",), lifetime, "r", Scope.GLOBAL, **fields)


@pytest.mark.parametrize(
    ("held", "expiration"),
    [
        (restriction(Lifetime.PERMANENT), None),
        (restriction(Lifetime.TIMED, expires_at=AT + timedelta(seconds=60)), int(AT.timestamp()) + 60),
        (restriction(Lifetime.TIMED, expires_at=datetime.fromtimestamp(LATEST_TIME, UTC)), LATEST_TIME),
        (restriction(Lifetime.TIMED, expires_at=datetime.fromtimestamp(LATEST_TIME + 1, UTC)), None),
        (restriction(Lifetime.ONLINE, time_left_seconds=60), int(AT.timestamp()) + 60),
        (restriction(Lifetime.ONLINE, time_left_seconds=2**31), None),
    ],
    ids=["permanent", "timed", "last-of-32-bits", "beyond-32-bits", "online", "online-beyond-32-bits"],
)
def test_an_expiration_is_whole_fits_32_bits_or_is_absent(held: Restriction, expiration: int | None) -> None:
    block = check_reply({"ban": held}, Credentials(), AT)["ban"]
    assert block.get("expiration") == expiration
    assert no_null_and_no_fraction(block)


def test_a_server_that_acted_for_nobody_is_the_console() -> None:
    credentials = Credentials()
    credentials.name_of = {SERVER: "one"}.get  # type: ignore[method-assign,assignment] # no need of a whole credential

    def name(**fields: Any) -> str:
        found = check_reply({"ban": restriction(Lifetime.PERMANENT, **fields)}, credentials, AT)
        return str(found["ban"]["admin_name"])

    assert name() == "SYSTEM"
    assert name(server_id=SERVER, issuer_name="one") == "SYSTEM"
    assert name(server_id=SERVER, issuer_name="Alice") == "Alice"
    assert name(issuer_name="one") == "one"
