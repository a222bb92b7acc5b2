"""What the overview is made of, without a bus: the feed, the heat map, presences; forms of bans and their tiers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from banstream_console.live.feed import LENGTH, Feed, Happening, happening_of
from banstream_console.live.presences import Presences
from banstream_console.live.pulse import Pulse
from banstream_console.problems.exceptions import Unfit
from banstream_console.staff.bans.terms import changes_of, read_terms, read_wanted
from banstream_console.staff.overview.heat import HOURS, LAYOUTS, LEVELS, Layout, heat_of
from banstream_contracts import headers
from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope
from banstream_contracts.players import Player
from banstream_contracts.presence import ServerPresence
from banstream_contracts.queries.search import HourCount
from banstream_contracts.streams import PRESENCE_SECONDS

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)
SERVER, OTHER_SERVER, POLICY = "a" * 24, "b" * 24, "7" * 24


def happening(number: int) -> Happening:
    return Happening(str(number), "infraction.issued", NOW, {}, {})


async def test_the_feed_keeps_the_newest_each_once() -> None:
    feed = Feed(Pulse(1))
    for number in (*range(LENGTH + 5), LENGTH + 4):
        feed.take(happening(number))
    assert [each.id for each in feed.newest(3)] == [str(LENGTH + 4), str(LENGTH + 3), str(LENGTH + 2)]
    assert len(feed.newest(1000)) == LENGTH
    feed.take(happening(0))
    assert feed.newest(1)[0].id == "0"


@pytest.mark.parametrize(
    ("changed", "body"),
    [({}, b"{"), ({}, b"[]"), ({headers.EVENT_TIME: "soon"}, b"{}"), ({headers.EVENT_ID: None}, b"{}")],
    ids=["no JSON", "no object", "no time", "no id"],
)
def test_an_event_that_cannot_be_read_is_none(changed: dict[str, Any], body: bytes) -> None:
    known = {headers.EVENT_ID: "1", headers.EVENT_TYPE: "banstream.x.y", headers.EVENT_TIME: NOW.isoformat()}
    assert happening_of(known, b'{"player": "odd"}') is not None
    assert happening_of({name: value for name, value in {**known, **changed}.items() if value}, body) is None


def test_the_hottest_hour_is_the_darkest_and_every_ban_is_seen() -> None:
    heat = heat_of([HourCount(weekday=5, hour=21, bans=400), HourCount(weekday=0, hour=0, bans=1)])
    assert [cell.level for cell in heat.cells if cell.bans] == [1, LEVELS]
    assert (heat.cells[5 * HOURS + 21].bans, heat.day(5)[21].bans) == (400, 400)
    assert {cell.level for cell in heat_of([]).cells} == {0}


def test_the_key_of_the_heat_map_names_every_level_that_a_cell_has() -> None:
    for top in (0, 1, 3, 4, 17, 400):
        heat = heat_of([HourCount(weekday=0, hour=0, bans=top)] if top else [])
        for bans in range(top + 1):
            (step,) = [each for each in heat.key if each.fewest <= bans <= each.most]
            level = heat_of([HourCount(weekday=0, hour=0, bans=top), HourCount(weekday=1, hour=0, bans=bans)]).day(1)[0]
            assert step.level == (level.level if bans else 0)


@pytest.mark.parametrize("layout", LAYOUTS, ids=["lying", "standing"])
def test_the_whole_week_is_on_the_map_and_no_cell_lies_on_another(layout: Layout) -> None:
    (width, height), (wide, high) = layout.size, layout.cell
    places = {layout.place(day, hour) for day in range(7) for hour in range(HOURS)}
    assert len(places) == 7 * HOURS
    assert max(x for x, _ in places) + wide <= width
    assert max(y for _, y in places) + high <= height
    assert layout.stands == (height > width)


def test_a_server_whose_last_beat_is_too_old_is_not_online_and_one_that_vanished_is_gone() -> None:
    held = Presences()
    for server_id, age in ((SERVER, 10.0), (OTHER_SERVER, PRESENCE_SECONDS + 1)):
        at = NOW - timedelta(seconds=age)
        presence = ServerPresence(server_id=server_id, beat_at=at, counted_until=at)
        held.apply(server_id, presence.model_dump_json().encode())
    assert set(held.online(NOW)) == {SERVER}
    held.begin()
    held.complete()
    assert held.online(NOW) == {}
    with pytest.raises(ValueError, match="JSON"):
        held.apply(SERVER, b"{")


def infraction(**changes: Any) -> Infraction:
    values: dict[str, Any] = {
        "id": "1" * 24,
        "player": Player(service="roblox", id="1"),
        "punishments": (Punishment.BAN,),
        "lifetime": Lifetime.TIMED,
        "duration_seconds": 86_400,
        "expires_at": NOW + timedelta(days=1),
        "reason": "flies",
        "scope": Scope.SERVER,
        "server_id": SERVER,
        "issuer": Actor(kind="system", id="test"),
        "issued_at": NOW,
        "tiering_policy_id": POLICY,
    }
    return Infraction(**{**values, **changes})


def given(**changes: str) -> dict[str, list[str]]:
    fields = {"lifetime": "timed", "lasts": "1d", "reason": "flies", "scope": "server", "server": SERVER}
    return {name: [value] for name, value in {**fields, "punishments": "ban", **changes}.items()}


def test_a_form_as_the_infraction_is_changes_nothing() -> None:
    assert changes_of(read_terms(given()), infraction()) == {}
    assert changes_of(read_terms(given(lifetime="permanent")), infraction()) == {"lifetime": Lifetime.PERMANENT}
    longer = changes_of(read_terms(given(lasts="2d", note=" a\r\nnote ")), infraction())
    assert longer == {"lifetime": Lifetime.TIMED, "duration_seconds": 172_800, "note": "a ⏎ note"}


def test_all_that_is_wrong_with_a_form_is_said_at_once() -> None:
    with pytest.raises(Unfit) as unfit:
        read_wanted({**given(reason="", lasts="soon", server=""), "player": ["x"]})
    assert set(unfit.value.fields) == {"player", "reason", "lasts", "server"}
