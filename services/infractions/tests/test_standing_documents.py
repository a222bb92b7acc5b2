"""What the relay writes into KV `restrictions` is what the models would say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope, Status
from banstream_contracts.players import Player
from banstream_infractions.domain.infraction_states import standing_of
from banstream_infractions.domain.restricting import restricts
from banstream_infractions.read_models.standing_documents import MOST_BYTES, standing_document, written

AT = datetime(2026, 7, 4, 12, 0, 0, 250, tzinfo=UTC)
ids = st.integers(0, 5).map(lambda number: f"{number:024x}")
infractions = st.builds(
    Infraction,
    id=ids,
    player=st.just(Player(service="roblox", id="1")),
    punishments=st.lists(st.sampled_from(Punishment), max_size=3).map(tuple),
    lifetime=st.sampled_from(Lifetime),
    reason=st.sampled_from(["aimbot", "bü “x”"]),
    note=st.sampled_from([None, "not for gateways"]),
    scope=st.sampled_from(Scope),
    server_id=st.none() | ids,
    issuer=st.builds(Actor, kind=st.just("token"), id=ids, name=st.sampled_from([None, "moderator"])),
    issued_at=st.just(AT),
    expires_at=st.sampled_from([None, AT, AT.replace(microsecond=0)]),
    time_left_seconds=st.sampled_from([None, 0, 60]),
    status=st.sampled_from(Status),
    appeal_code_renewals=st.sampled_from([None, 0, 1]),
)
BAN = Infraction(
    id="a" * 24,
    punishments=(Punishment.VOICE_BLOCK, Punishment.BAN),
    lifetime=Lifetime.TIMED,
    reason="aimbot",
    scope=Scope.SERVER,
    server_id="b" * 24,
    issuer=Actor(kind="token", id="0" * 24, name="moderator"),
    issued_at=AT,
    expires_at=AT,
    appeal_code_renewals=1,
)


@given(st.lists(infractions, max_size=4))
@example([BAN])
@example([])
def test_it_is_the_standing_of_the_same_infractions(held: list[Infraction]) -> None:
    kept = [orjson.loads(each.model_dump_json(exclude_none=True)) for each in held if restricts(each)]
    assert orjson.dumps(standing_document(7, kept)).decode() == standing_of(7, held).model_dump_json(exclude_none=True)


def test_fields_that_postgres_has_sorted_come_in_the_models_order() -> None:
    kept = orjson.loads(orjson.dumps(BAN.model_dump(mode="json", exclude_none=True), option=orjson.OPT_SORT_KEYS))
    assert orjson.dumps(standing_document(7, [kept])).decode() == standing_of(7, [BAN]).model_dump_json(
        exclude_none=True
    )


def crowd(lifetime: Lifetime, count: int, **changes: Any) -> list[dict[str, Any]]:
    """The one in the middle lasts longest."""
    lasting = [min(number, count - number) for number in range(count)]
    ends: dict[Lifetime, list[dict[str, Any]]] = {
        Lifetime.TIMED: [{"expires_at": AT + timedelta(seconds=each)} for each in lasting],
        Lifetime.ONLINE: [{"expires_at": None, "time_left_seconds": each} for each in lasting],
    }
    common = {"lifetime": lifetime, "reason": "é" * 200, **changes}
    made = [
        BAN.model_copy(update={"id": f"{number:024x}", **common, **end}) for number, end in enumerate(ends[lifetime])
    ]
    return [orjson.loads(each.model_dump_json(exclude_none=True)) for each in made]


def test_of_more_than_fits_the_longest_of_each_kind_is_kept() -> None:
    muted = crowd(Lifetime.ONLINE, 600, punishments=(Punishment.VOICE_BLOCK,))
    held = [*muted, *crowd(Lifetime.TIMED, 2000), *crowd(Lifetime.TIMED, 400, server_id="c" * 24)]
    document = standing_document(7, held)
    kept = orjson.loads(written(document))
    assert kept["position"] == 7
    assert sorted(int(each["infraction_id"], 16) for each in kept["restrictions"]) == [200, 300, 1000]
    assert Punishment.BAN not in kept["restrictions"][-1]["punishments"]
    assert len(kept["restrictions"][0]["reason"]) < 200


def test_what_fits_is_kept_whole() -> None:
    document = standing_document(7, crowd(Lifetime.TIMED, 100))
    assert orjson.loads(written(document)) == document


def test_of_more_kinds_than_fit_bans_are_kept_first() -> None:
    muted = crowd(Lifetime.TIMED, 1, punishments=(Punishment.VOICE_BLOCK,))[0]
    (banned,) = crowd(Lifetime.TIMED, 1)
    kinds = [{**muted, "id": f"{number:024x}", "server_id": f"{number:024x}"} for number in range(3000)]
    entry = written(standing_document(7, [*kinds, {**banned, "id": "f" * 24}]))
    kept = orjson.loads(entry)["restrictions"]
    assert kept[0]["infraction_id"] == "f" * 24
    assert MOST_BYTES * 0.9 < len(entry) <= MOST_BYTES + 100
