"""A player with more punishments in force than a message holds: nobody else waits for that."""

from datetime import UTC, datetime

from banstream_contracts.commands import LiftRestrictions
from banstream_contracts.infractions import Actor, Punishment, Scope, Standing
from banstream_contracts.players import Player
from banstream_infractions.standing_documents import MOST_BYTES
from banstream_runtime.identifiers import new_id
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MODERATOR, RESTRICTIONS, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

BANS = 280
LONG = "🔨" * 1024
CROWD = Player(service="roblox", id="1")


async def test_more_punishments_than_a_message_holds_stop_nothing(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        bucket = await to.client.jetstream().key_value(RESTRICTIONS)

        async def standing() -> Standing:
            return Standing.model_validate_json((await bucket.get(CROWD.token)).value or b"")

        local = issue(
            "1", reason="the last one", scope=Scope.SERVER, server_id="a" * 24, actor=Actor(kind="server", id="a" * 24)
        )
        long = [issue("1", reason=LONG, note="n" * 2000) for _ in range(BANS)]
        issued = await to.send_all([*long, local])
        assert {each.status for each in issued} == {"applied"}
        last = await to.send(issue("1", punishments=(Punishment.VOICE_BLOCK,)))

        async def is_told() -> bool:
            return (await standing()).position >= last.position

        await eventually(is_told)
        assert len((await bucket.get(CROWD.token)).value or b"") <= MOST_BYTES
        kinds = {(each.punishments, each.scope, each.server_id) for each in (await standing()).restrictions}
        assert kinds == {
            ((Punishment.BAN,), Scope.GLOBAL, None),
            ((Punishment.BAN,), Scope.SERVER, "a" * 24),
            ((Punishment.VOICE_BLOCK,), Scope.GLOBAL, None),
        }
        lifted = await to.send(
            LiftRestrictions(
                command_id=new_id(),
                issued_at=datetime.now(UTC),
                actor=MODERATOR,
                correlation_id=new_id(),
                player=CROWD,
                reason="all of them",
            )
        )
        assert lifted.counts is not None
        assert lifted.counts.lifted == BANS + 2
        assert 10 <= len(lifted.infractions) < BANS

        async def is_free() -> bool:
            return not (await standing()).restrictions

        await eventually(is_free)
