"""What the relay writes into KV `restrictions` is what the models would say."""

from datetime import UTC, datetime

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope, Status
from banstream_contracts.players import Player
from banstream_infractions.infraction_states import standing_of
from banstream_infractions.restricting import restricts
from banstream_infractions.standing_documents import standing_document

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
