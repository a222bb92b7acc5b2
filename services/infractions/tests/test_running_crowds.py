"""More than a message holds: of punishments in force, and of what a page of them says."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from nats.js.errors import KeyNotFoundError

from banstream_contracts import subjects
from banstream_contracts.commands.infractions import LiftRestrictions
from banstream_contracts.infractions import Actor, Punishment, Scope, Standing
from banstream_contracts.players import Player
from banstream_contracts.queries.ban_files import BansFound, FindBans
from banstream_contracts.queries.infractions import InfractionPage, ListInfractions
from banstream_edge.bus import Bus
from banstream_edge.errors import Unavailable
from banstream_edge.queries import Queries
from banstream_ftp_sync.asking import all_bans, bans_of
from banstream_infractions.read_models.standing_documents import MOST_BYTES
from banstream_runtime.connection import NatsSettings
from banstream_runtime.identifiers import new_id
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MODERATOR, RESTRICTIONS, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

BANS = 280
WORDY = 80
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
            with suppress(KeyNotFoundError):
                return (await standing()).position >= last.position
            return False

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


async def test_pages_that_no_message_holds_come_as_smaller_ones(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        wordy = [issue(str(number), reason=LONG, note="🔨" * 4096) for number in range(1, WORDY + 1)]
        assert {each.status for each in await to.send_all(wordy)} == {"applied"}
        ids = {each.infraction_id for each in wordy}
        edge = Bus(NatsSettings(nats_url=nats.url), "test")
        await edge.open()
        try:
            asked, seen = ListInfractions(limit=500), set[str]()
            while True:
                page = await Queries(edge, 30).ask(subjects.QUERY_INFRACTIONS, asked, InfractionPage)
                seen |= {each.id for each in page.items}
                if page.next is None:
                    break
                asked = ListInfractions(limit=500, cursor=page.next)
            with pytest.raises(Unavailable, match="ask for less"):
                await Queries(edge, 30).ask(subjects.QUERY_BANS, FindBans(infraction_ids=tuple(sorted(ids))), BansFound)
        finally:
            await edge.close()
        assert seen == ids
        every = [found.infraction.id async for page in all_bans(to.client) for found in page.items]
        assert sorted(every) == sorted(ids)
        named = [found.infraction.id for page in await bans_of(to.client, sorted(ids)) for found in page.items]
        assert sorted(named) == sorted(ids)
