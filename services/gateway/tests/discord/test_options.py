"""What people type."""

import pytest

from banstream_contracts.players import Player
from banstream_gateway.discord.durations import seconds_of
from banstream_gateway.discord.options import WrongOption, ban_of, player_of, removal_of

BAN = {"player": "roblox:156", "duration": "7d", "reason": "aimbot"}
STEAM_ID = "76561197960265738"


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("7d", 604_800),
        ("1d12h", 129_600),
        ("1 D 12 H", 129_600),
        ("2w", 1_209_600),
        ("30m", 1800),
        ("permanent", None),
        ("Permanente", None),
        ("永久", None),
    ],
)
def test_a_duration_is_read(typed: str, seconds: int | None) -> None:
    assert seconds_of(typed) == seconds


@pytest.mark.parametrize("typed", ["", "7", "d", "7 days", "-7d", "7.5d", "0d", "101w" * 60, "\u0667d", "999999999w"])
def test_what_is_no_duration_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="is"):
        seconds_of(typed)


@pytest.mark.parametrize(
    ("options", "player"),
    [
        ({"player": "roblox:156"}, Player(service="roblox", id="156")),
        ({"player": "156", "service": "roblox"}, Player(service="roblox", id="156")),
        ({"player": "roblox:156", "service": "roblox"}, Player(service="roblox", id="156")),
        ({"player": "STEAM_1:0:5", "service": "steam"}, Player(service="steam", id=STEAM_ID)),
        ({"player": "steam:STEAM_1:0:5"}, Player(service="steam", id=STEAM_ID)),
        ({"player": "xbox: Some Tag"}, Player(service="xbox", id="Some Tag")),
        ({"player": "xbox: Some Tag", "service": "xbox"}, Player(service="xbox", id="Some Tag")),
    ],
    ids=["whole", "id and service", "both", "colons and service", "colons", "blank", "both and blank"],
)
def test_a_player_is_named_by_an_id_and_a_service(options: dict[str, str], player: Player) -> None:
    assert player_of(options) == player


@pytest.mark.parametrize(
    ("changes", "option", "why"),
    [
        ({"player": None}, "player", "why-missing"),
        ({"player": "156"}, "player", "why-no-service"),
        ({"player": "roblox:no-number"}, "player", "why-player"),
        ({"player": "Ro Blox:1"}, "player", "why-player"),
        ({"player": "psn:a\u0007b"}, "player", "why-player"),
        ({"duration": "soon"}, "duration", "why-duration"),
        ({"duration": None}, "duration", "why-missing"),
        ({"reason": None}, "reason", "why-missing"),
        ({"reason": "x" * 1025}, "reason", "why-reason"),
        ({"reason": "two\nlines"}, "reason", "why-reason"),
        ({"category": "Aim Bot"}, "category", "why-category"),
        ({"severity": "huge"}, "severity", "why-severity"),
    ],
)
def test_what_cannot_be_read_names_the_option(changes: dict[str, str | None], option: str, why: str) -> None:
    options = {name: value for name, value in {**BAN, **changes}.items() if value is not None}
    with pytest.raises(WrongOption) as raised:
        ban_of(options)
    assert (raised.value.option, raised.value.why) == (option, why)


def test_a_ban_is_what_the_native_api_takes() -> None:
    body = ban_of({**BAN, "category": "aimbot", "severity": "high"})
    assert body.model_dump(mode="json", exclude_unset=True) == {
        "player": {"service": "roblox", "id": "156"},
        "punishments": ["ban"],
        "duration_seconds": 604_800,
        "reason": "aimbot",
        "category": "aimbot",
        "severity": "high",
    }
    assert ban_of({**BAN, "duration": "permanent"}).effective_lifetime == "permanent"


@pytest.mark.parametrize(
    "typed",
    [{"player": "minecraft:Alice"}, {"player": "Alice", "service": "minecraft"}],
    ids=["whole", "id and service"],
)
def test_a_minecraft_name_is_kept_as_typed(typed: dict[str, str]) -> None:
    """NDP's plugins compare names exactly."""
    player = ban_of({**BAN, **typed}).player
    assert player is not None
    assert (player.player.id, player.shown_name) == ("alice", "Alice")


def test_a_removal_takes_off_bans_alone() -> None:
    assert removal_of({"reason": "appeal"}).punishments == ("ban",)
