"""What the console's pages show of a name is what the searches of infractions find it by."""

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from banstream_console.public.wall.shown_bans import Shows, shown
from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope
from banstream_contracts.players import Player
from banstream_contracts.queries.wall import WallBan
from banstream_infractions.read_models.grams import folded
from banstream_infractions.read_models.wall_rows import row_of
from banstream_privacy.visible import clean

NOW = datetime(2026, 2, 7, tzinfo=UTC)
PARTS = (
    *("ad", "min", "1234", "5678", "76561198", "(12, ", "34)", "a@b.co", "é", "İ", "ﬁ", "坐标", "ﾟ", "٣٤٥٦"),
    *(" ", "\u00a0", "\u2003", "\u0301", "\u0336" * 3, "\u20e3", "\u2764\ufe0f", "\U0001f468\u200d\U0001f469"),
    *("\u200b", "\u200c", "\u200d", "\u202e", "\u00ad", "\u034f", "\u3164", "\ufe0f", "\ufff0", "\U000e0041"),
)
PLAYER = Player(service="psn", id="1234")
NAMES = st.lists(st.sampled_from(PARTS), min_size=1, max_size=10).map("".join)


def wall_ban(name: str, reason: str = "aimbot") -> WallBan:
    return WallBan(
        infraction_id="0" * 24,
        player=PLAYER,
        player_name=name,
        reason=reason,
        lifetime=Lifetime.PERMANENT,
        issued_at=NOW,
    )


def infraction(name: str, reason: str = "aimbot") -> Infraction:
    return Infraction(
        id="0" * 24,
        player=PLAYER,
        player_name=name,
        punishments=(Punishment.BAN,),
        lifetime=Lifetime.PERMANENT,
        reason=reason,
        scope=Scope.GLOBAL,
        issuer=Actor(kind="system", id="test"),
        issued_at=NOW,
        position=1,
    )


@given(NAMES)
@example("Z" + "\u0336" * 9 + "orro")
@example("Z" + "\u0336\u200b" * 9 + "orro")
@example("e\ufe0f\ufe0f\ufe0f\u0301")
def test_a_name_as_staff_see_it_is_found(name: str) -> None:
    assert folded(clean(name)) == folded(name)


@given(NAMES)
@example("1234\u200d5678 else")
@example("(12\u200c34, 56\ufe0f78)")
def test_a_name_as_the_wall_shows_it_is_found_there(name: str) -> None:
    row = row_of(infraction(name))
    assert row is not None
    assert folded(shown(wall_ban(name), Shows()).name or "") == row.search.split("\n")[0]


@given(NAMES, NAMES)
@example("1234", "1234 again")
@example("Bob 1234", "1\u200b234 again")
def test_a_reason_as_the_wall_shows_it_is_found_there(name: str, reason: str) -> None:
    row = row_of(infraction(name, reason))
    assert row is not None
    assert folded(shown(wall_ban(name, reason), Shows()).reason or "") == row.search.split("\n")[2]
