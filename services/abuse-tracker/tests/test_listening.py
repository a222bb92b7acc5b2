"""What the tracker makes of what it hears of infractions."""

from typing import Any

import pytest

from banstream_abuse_tracker.domain.incidents import TRACKER
from banstream_abuse_tracker.domain.listening import forget_after, restart_after
from banstream_contracts.commands.abuse import ForgetPlayer, RestartCount
from banstream_contracts.erasure import PlayerErased
from banstream_contracts.events import infractions as events
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.examples.parts import EVENT_ID, IMPORT_ID
from banstream_contracts.infractions import Punishment, Scope

BAN, CHAT = Punishment.BAN, Punishment.CHAT_BLOCK
ENDS = [(events.InfractionLifted, "punishments"), (events.InfractionExpired, "punishments")]
ENDS += [(events.InfractionAmended, "removed")]
of_each_end = pytest.mark.parametrize(("model", "ended"), ENDS, ids=[model.__name__ for model, _ in ENDS])


def example(model: Any, **values: Any) -> Any:
    by_staff = {"import_id": None} if model is events.InfractionLifted else {}
    return EXAMPLES[model].model_copy(update={**by_staff, **values})


@of_each_end
def test_the_end_of_a_ban_restarts_the_count_where_and_when_it_ended(model: Any, ended: str) -> None:
    event = example(model, **{ended: (BAN, CHAT)}, scope=Scope.SERVER)
    command = restart_after(event, EVENT_ID)
    assert isinstance(command, RestartCount)
    assert (command.command_id, command.actor) == (EVENT_ID, TRACKER)
    assert (command.player, command.infraction_id) == (event.player, event.infraction_id)
    assert (command.scope, command.server_id) == (Scope.SERVER, event.server_id)
    assert command.issued_at == event.occurred_at


@of_each_end
def test_what_ends_no_ban_of_a_player_restarts_nothing(model: Any, ended: str) -> None:
    assert restart_after(example(model, **{ended: (CHAT,)}), EVENT_ID) is None
    assert restart_after(example(model, **{ended: (BAN,)}, player=None), EVENT_ID) is None


def test_a_ban_that_is_taken_back_with_its_import_was_never_here() -> None:
    undone = example(events.InfractionLifted, punishments=(BAN,), import_id=IMPORT_ID)
    assert restart_after(undone, EVENT_ID) is None


def test_nothing_else_restarts_a_count() -> None:
    begun = (events.InfractionIssued, events.InfractionImported, events.InfractionReinstated)
    for model in (*begun, events.InfractionServed, PlayerErased):
        assert restart_after(example(model), EVENT_ID) is None


def test_only_who_was_erased_is_forgotten() -> None:
    command = forget_after(example(PlayerErased), EVENT_ID)
    assert isinstance(command, ForgetPlayer)
    assert (command.command_id, command.player) == (EVENT_ID, example(PlayerErased).player)
    assert forget_after(example(events.InfractionLifted), EVENT_ID) is None
