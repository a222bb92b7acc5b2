"""Whatever was done before: what takes it back brings an infraction to what it was, and is itself taken back."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from services.infractions.tests.any_commands import AnyCommands
from services.infractions.tests.scenes import World
from services.infractions.tests.undoing_scenes import ADA, BOB, UNDOER, by, happened, seen, take_back

from banstream_contracts.events.infractions import InfractionServed
from banstream_contracts.infractions import Actor, Infraction, Lifetime
from banstream_contracts.queries.undoing import Done
from banstream_infractions.domain.decisions import InfractionsCommand
from banstream_infractions.domain.infraction_states import evolve_infraction
from banstream_infractions.domain.restricting import has_passed
from banstream_infractions.domain.undoing import Happened, done

SEEDS, COMMANDS = 40, 120
FIELDS = (
    *("status", "punishments", "scope", "server_id", "reason", "note", "category", "severity", "evidence"),
    *("address_expires_at", "exempt"),
)
NOTHING: dict[str, Any] = {"is over": True}


def standing(infraction: Infraction | None, made: World, served: int = 0) -> dict[str, Any]:
    """All that it says while it has not ended; `served` seconds are off it by now."""
    if infraction is None:
        return NOTHING
    if infraction.lifetime is Lifetime.ONLINE:
        left = max(0, (infraction.time_left_seconds or 0) - served)
        infraction = infraction.model_copy(update={"time_left_seconds": left})
    if infraction.status != "active" or has_passed(infraction, made.now):
        return NOTHING
    ending = {"lifetime": infraction.lifetime, "expires_at": infraction.expires_at}
    return {name: getattr(infraction, name) for name in FIELDS} | ending | {"left": infraction.time_left_seconds}


def before(events: Sequence[Happened], made: World) -> dict[str, Any] | None:
    """As it was until the last run of theirs; None where somebody stood behind it. Found from the end."""
    place, begin = len(events), None
    while place > 0:
        place -= 1
        if events[place].is_theirs:
            begin = place
        elif events[place].event.type.startswith("infraction.") and not is_of_time(events[place]):
            break
    if begin is None:
        return None
    held = None
    for each in events[:begin]:
        held = evolve_infraction(held, each.event, each.position)
    served = sum(each.event.seconds for each in events[begin:] if isinstance(each.event, InfractionServed))
    return standing(held, made, served)


def is_of_time(each: Happened) -> bool:
    return each.event.type in {"infraction.served", "infraction.expired"}


def played(seed: int) -> World:
    """Half of what is decided on infractions is Ada's."""
    commands = AnyCommands(random.Random(seed))  # noqa: S311 - the same each time
    made = World()
    made.do(*commands.first())
    for _ in range(COMMANDS):
        command = commands.next()
        made.pass_time((commands.now - made.now).total_seconds())
        if isinstance(command, InfractionsCommand) and command.actor.kind == "token" and commands.chance.random() < 0.5:
            command = by(command, ADA)
        made.do(command)
    return made


def take_back_all(made: World, doer: Actor, undoer: Actor) -> dict[str, Done]:
    """What is to be done of each infraction, done."""
    found = {each.id: seen(made, each.id, doer) for each in made.infractions()}
    wanted = {key: each for key, each in found.items() if each and each.undo not in {"left", "unchanged"}}
    for each in wanted.values():
        decision = take_back(made, each, undoer)
        assert (decision.refusal, bool(decision.events)) == (None, True), each
    return wanted


@pytest.mark.parametrize("seed", range(SEEDS))
def test_it_is_what_it_was_and_again_what_became_of_it(seed: int) -> None:
    made = played(seed)
    was = {each.id: before(happened(made, each.id), made) for each in made.infractions()}
    became = {each.id: standing(each, made) for each in made.infractions()}
    taken = take_back_all(made, ADA, UNDOER)
    for each in made.infractions():
        if was[each.id] is not None:
            assert standing(each, made) == was[each.id]
        else:
            assert standing(each, made) == became[each.id]
        again = seen(made, each.id)
        assert again is None or again.undo in {"left", "unchanged"}
    undone = take_back_all(made, UNDOER, BOB)
    assert undone.keys() == taken.keys()
    assert {each.id: standing(each, made) for each in made.infractions()} == became


def test_chance_has_led_to_everything() -> None:
    found = [seen(made, each.id) for made in map(played, range(SEEDS)) for each in made.infractions()]
    ways = [(each.undo, bool(each.changes)) for each in found if each]
    expected = {("lift", False), ("reinstate", False), ("reinstate", True), ("amend", True)}
    assert {*ways} == expected | {("left", False), ("unchanged", False)}


def test_time_connected_is_told_in_parts_or_by_the_last_of_each_run() -> None:
    for made in map(played, range(SEEDS)):
        for infraction in made.infractions():
            events = happened(made, infraction.id)
            following = [*events[1:], replace(events[-1], event=events[0].event)]
            pairs = zip(events, following, strict=True)
            short = [one for one, after in pairs if not (is_served(one) and is_served(after))]
            assert seen_by(short, made) == seen_by(events, made)


def is_served(each: Happened) -> bool:
    return isinstance(each.event, InfractionServed)


def seen_by(events: Sequence[Happened], made: World) -> Done | None:
    return done(events, made.now)
