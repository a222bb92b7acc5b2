"""What waits for a message at Discord is one change of it, which shows what came of all."""

import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import pytest

from banstream_contracts.commands.infractions import InfractionChanges
from banstream_contracts.erasure import PlayerErased
from banstream_contracts.events.event import Event, stored
from banstream_contracts.events.infractions import InfractionAmended
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.notifier_targets import Target, TargetDisplay, TargetKind
from banstream_contracts.players import Player
from banstream_contracts.public_events import PUBLIC_EVENT, published
from banstream_event_log.postgres import connect
from banstream_notifier.destinations import Destination
from banstream_notifier.discord import Discord
from banstream_notifier.envelope import Envelope
from banstream_notifier.erasing import ERASURE
from banstream_notifier.ledger import Ledger, Place, Settlement, Try
from banstream_notifier.outcomes import MessageGone
from banstream_notifier.rate_limits import RateLimits
from banstream_notifier.record import Record
from banstream_notifier.teller import Group
from banstream_notifier.telling import DiscordTeller
from banstream_testing.abuse import STAFF
from banstream_testing.discord import DiscordStandIn, reason_of
from banstream_testing.fixtures import Database
from banstream_testing.notifier import issued, lifted

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LIFTED = "✅ Ban lifted"
TARGET = Target(
    id="1" * 24, name="Test", kind=TargetKind.DISCORD, address="-", created_at=NOW, created_by=STAFF, changed_at=NOW
)


async def no_names(_told: Sequence[Envelope]) -> dict[str, str]:
    return {}


@dataclass(slots=True)
class Channel:
    """A target, told as its worker tells it, one request after the other."""

    teller: DiscordTeller
    limits: RateLimits
    ledger: Ledger
    connection: "asyncpg.Connection[asyncpg.Record]"
    happened: int = 0
    groups: list[Group] = field(default_factory=list)

    def envelopes(self, *events: Event) -> list[Envelope]:
        """In the order in which they happened."""
        told = []
        for event in events:
            self.happened += 1
            body = published(stored(event))
            place = self.happened
            about = PUBLIC_EVENT.validate_python(body)
            told.append(Envelope(UUID(int=place), body["type"], {}, body, about, NOW, place))
        return told

    async def tell(self, *events: Event) -> int:
        """Tell what is new, then what was deferred; returns in how many requests."""
        arrived, before = self.envelopes(*events), len(self.groups)
        later = list(await self.teller.deferred(arrived, (), ()))
        new = [each for each in arrived if each not in later]
        while new:
            new = await self._tell_first(new)
        while later:
            erasure = next((at for at, each in enumerate(later) if each.type == ERASURE), len(later))
            end = max(erasure, 1)
            later = await self._tell_first(later[:end]) + later[end:]
        return len(self.groups) - before

    async def _tell_first(self, waiting: list[Envelope]) -> list[Envelope]:
        group = await self.teller.group(waiting)
        await self.ledger.begin(TARGET.id, group.told, NOW)
        try:
            sent = await group.send()
        except MessageGone:
            self.teller.anew(group.told[0].sequence)
            return waiting
        self.groups.append(group)
        tried, reached = Try(datetime.now(UTC), 0.1, sent.answer), Place("made", group.told[0].sequence)
        settled = Settlement(TARGET.id, group.told, "done", reached, tried, sent.message_id, group.shown)
        await self.ledger.settle(settled)
        return [each for each in waiting if each not in group.told]


@asynccontextmanager
async def channel(database: Database, discord: DiscordStandIn, *, edits: bool = True) -> AsyncIterator[Channel]:
    target = TARGET.model_copy(update={"display": TargetDisplay(edits=edits)})
    ledger, connection = Ledger(), await connect(database.notifier_url)
    async with aiohttp.ClientSession() as session, ledger.on(connection):
        opened = Destination(discord.webhook())
        record = Record(target=target, sealed_url="")
        limits = RateLimits()
        teller = DiscordTeller(Discord(session, limits), opened, record, ledger, no_names)
        yield Channel(teller, limits, ledger, connection)
    await connection.close()


def amended(number: int, reason: str) -> InfractionAmended:
    ban, example = issued(number), EXAMPLES[InfractionAmended]
    about = {"infraction_id": ban.infraction_id, "player": ban.player, "actor": STAFF}
    return InfractionAmended.model_validate(
        {**dict(example), **about, "changes": InfractionChanges(reason=reason), "occurred_at": NOW}
    )


def titles(discord: DiscordStandIn, message: int = 0) -> dict[str, str]:
    """What an embed of a message is called, by the reason of its ban."""
    shown = discord.messages[discord.posted[message].message_id]
    return {reason_of(each): each["title"] for each in shown}


async def test_a_ban_that_is_changed_twenty_times_is_changed_once_and_shows_the_last(
    database: Database, discord: DiscordStandIn
) -> None:
    async with channel(database, discord) as to:
        await to.tell(issued(1))
        assert await to.tell(*(amended(1, f"reason of {each}") for each in range(20)), lifted(1)) == 1
        assert titles(discord) == {"reason of 19": LIFTED}
        rows = await to.connection.fetch("select distinct message_id, status, tries from deliveries")
        assert [tuple(row) for row in rows] == [(discord.posted[0].message_id, "done", 1)]
        assert await to.connection.fetchval("select delivered from progress") == 22
        assert await to.connection.fetchval("select count(distinct at) from attempts") == 2, "told together"


async def test_bans_that_were_told_in_one_message_are_lifted_in_one_change_of_it(
    database: Database, discord: DiscordStandIn
) -> None:
    async with channel(database, discord) as to:
        assert await to.tell(*(issued(number) for number in range(20))) == 2
        mixed = [lifted(number) for pair in zip(range(9), range(10, 19), strict=True) for number in pair]
        assert await to.tell(*mixed, issued(20)) == 3
        assert list(titles(discord).values()) == [LIFTED] * 9 + ["🔨 Player banned"]
        assert list(titles(discord, 1).values()) == [LIFTED] * 9 + ["🔨 Player banned"]


@pytest.mark.parametrize(("others", "long"), [(60, True), (100, False)], ids=["room-is-left", "no-room-is-left"])
async def test_in_a_full_message_the_changes_share_the_room_and_a_long_one_has_what_is_left(
    database: Database, discord: DiscordStandIn, *, others: int, long: bool
) -> None:
    async with channel(database, discord) as to:
        assert await to.tell(*(issued(number, reason=f"{number} {'x' * 190}") for number in range(10))) == 1
        await to.tell(*(lifted(number, reason="y" * (1000 if number == 0 else others)) for number in range(10)))
        assert len(discord.changed) == 1
        assert list(titles(discord).values()) == [LIFTED] * 10
        first, *rest = (json.dumps(each).count("y" * others) for each in discord.messages[discord.posted[0].message_id])
        assert rest == [1] * 9, "one with much to say takes nothing from the others"
        assert (first > 0) is long


async def test_a_change_that_was_not_written_down_is_the_same_one_again(
    database: Database, discord: DiscordStandIn
) -> None:
    async with channel(database, discord) as to:
        await to.tell(issued(1), issued(2))
        waiting = to.envelopes(lifted(1), lifted(2))
        await (await to.teller.group(waiting)).send()
        await (await to.teller.group(waiting)).send()
        first, second = discord.changed
        assert first == second
        assert len(discord.posted) == 1


async def test_a_player_who_is_erased_between_changes_stays_erased(database: Database, discord: DiscordStandIn) -> None:
    gone: dict[str, Any] = {"player": Player(service="roblox", id="2"), "reason": "asked for", "actor": STAFF}
    async with channel(database, discord) as to:
        await to.tell(issued(1, evidence="player 1 flies"), issued(2))
        erased = PlayerErased(**gone, occurred_at=NOW)
        assert await to.tell(amended(1, "earlier"), lifted(2), erased, amended(1, "later"), lifted(1)) == 3
        assert "player 1" not in json.dumps(discord.messages)
        assert titles(discord) == {"later": LIFTED, "reason 2": LIFTED}


async def test_a_deleted_message_is_followed_by_one_new_message_of_all_that_has_changed(
    database: Database, discord: DiscordStandIn
) -> None:
    async with channel(database, discord) as to:
        await to.tell(*(issued(number) for number in range(4)))
        discord.messages.clear()
        assert await to.tell(lifted(1), lifted(3), amended(1, "other words")) == 1
        assert [(reason_of(each), each["title"]) for each in discord.embeds()[4:]] == [
            ("other words", "✏️ Ban changed"),
            ("reason 3", LIFTED),
        ]
        assert await to.tell(lifted(1), lifted(3)) == 1
        assert titles(discord, 1) == {"other words": LIFTED, "reason 3": LIFTED}


async def test_what_cannot_be_read_of_a_message_keeps_the_rest_of_it_from_no_change(
    database: Database, discord: DiscordStandIn
) -> None:
    async with channel(database, discord) as to:
        await to.tell(issued(1), issued(2))
        await to.connection.execute("""update embeds set card = '{"state": "forgiven"}' where place = 1""")
        assert await to.tell(lifted(1), lifted(2)) == 2
        assert titles(discord) == {"reason 1": LIFTED, "reason 2": "🔨 Player banned"}
        assert [each["title"] for each in discord.embeds()[2:]] == [LIFTED]


@pytest.mark.parametrize("edits", [True, False], ids=["changed", "never-changed"])
async def test_new_messages_keep_their_order(database: Database, discord: DiscordStandIn, *, edits: bool) -> None:
    async with channel(database, discord, edits=edits) as to:
        mixed = [each for number in range(5) for each in (issued(number), lifted(number))]
        assert await to.tell(*mixed) == (2 if edits else 6)
        said = [(each["title"] == LIFTED, reason_of(each)) for each in discord.embeds()]
        assert [reason for is_lifted, reason in said if not is_lifted] == [f"reason {number}" for number in range(5)]
        assert [is_lifted for is_lifted, _ in said] == ([False] * 5 if edits else [False, True] * 5)


async def test_a_rate_limit_is_over_before_it_is_decided_what_is_sent(
    database: Database, discord: DiscordStandIn
) -> None:
    """Between that and the request another process may take over, and tell what is newer."""
    discord.limit, discord.window = 1, 1.0
    async with channel(database, discord) as to:
        await to.tell(issued(1))
        await to.teller.group(to.envelopes(lifted(1)))
        assert to.limits.wait_seconds(discord.webhook(), time.monotonic()) == pytest.approx(0, abs=0.01)
