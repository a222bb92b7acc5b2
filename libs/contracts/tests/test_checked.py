from datetime import UTC, datetime

from banstream_contracts.checked import of_checked
from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope
from banstream_contracts.players import Player

VALUES = {
    "reason": "seen",
    "id": "0" * 24,
    "player": Player(service="roblox", id="1"),
    "punishments": (Punishment.BAN,),
    "lifetime": Lifetime.PERMANENT,
    "scope": Scope.GLOBAL,
    "issuer": Actor(kind="token", id="1"),
    "issued_at": datetime(2026, 1, 1, tzinfo=UTC),
    "position": 7,
}


def test_it_is_what_the_constructor_makes() -> None:
    made, constructed = of_checked(Infraction, **VALUES), Infraction.model_validate(VALUES)
    assert made == constructed
    assert made.model_dump_json() == constructed.model_dump_json()
    assert made.model_dump_json(exclude_unset=True) == constructed.model_dump_json(exclude_unset=True)
    assert made.model_copy(update={"position": 8}) == constructed.model_copy(update={"position": 8})
    assert hash(made) == hash(constructed)


def test_what_one_is_given_is_not_in_the_next() -> None:
    of_checked(Infraction, **VALUES, note="mine")
    assert of_checked(Infraction, **VALUES).note is None
