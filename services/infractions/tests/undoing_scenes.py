"""What somebody did in a world, and what takes it back, for tests of that."""

from services.infractions.tests.scenes import IDS, World

from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Actor
from banstream_contracts.queries.undoing import Done
from banstream_edge.undoing import Undoer, undoing
from banstream_infractions.domain.record import Decision
from banstream_infractions.domain.undoing import AnyOfInfraction, Happened, done
from banstream_runtime.identifiers import new_id

ADA, BOB, UNDOER = (Actor(kind="person", id=each * 24, name=each) for each in "abc")
DECISIONS = {f"infraction.{each}" for each in ("issued", "imported", "amended", "lifted", "reinstated")}


def ada(command: AnyCommand) -> AnyCommand:
    """As she sends it."""
    return by(command, ADA)


def by(command: AnyCommand, actor: Actor) -> AnyCommand:
    """As somebody sends it."""
    return command.model_copy(update={"actor": actor})


def play(*steps: AnyCommand | float) -> World:
    """What commands make, each carried out; a number is of seconds that go by."""
    made = World()
    for each in steps:
        if isinstance(each, int | float):
            made.pass_time(each)
            continue
        command = each.model_copy(update={"issued_at": made.now})
        assert made.do(command).refusal is None, each
    return made


def happened(made: World, infraction_id: str = IDS[0], doer: Actor = ADA, since: int = 0) -> list[Happened]:
    """All that happened to an infraction; what the doer did behind a position is taken back."""
    return [
        Happened(event, place, place > since and event.type in DECISIONS and event.actor.id == doer.id)
        for place, event in enumerate(made.events, 1)
        if isinstance(event, AnyOfInfraction) and event.infraction_id == infraction_id
    ]


def seen(made: World, infraction_id: str = IDS[0], doer: Actor = ADA, since: int = 0) -> Done | None:
    """What somebody did to an infraction."""
    return done(happened(made, infraction_id, doer, since), made.now)


def take_back(made: World, what: Done, actor: Actor = UNDOER) -> Decision:
    """Do it, as the edge does."""
    command = undoing(what, Undoer(actor, new_id(), "account was stolen"))
    assert command is not None
    return made.do(command.model_copy(update={"issued_at": made.now}))
