"""Admins, tiering, time served, removal and calls against a real NATS server and a real Postgres."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from banstream_contracts import headers, streams, subjects
from banstream_contracts.admins import Right
from banstream_contracts.calls import CallContent
from banstream_contracts.commands.admins import RemoveAdmin, SetAdmin
from banstream_contracts.commands.calls import CallAdmin, ClaimCall
from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges, LiftRestrictions, ServeTime
from banstream_contracts.commands.tiering import IssueByPolicy, RegisterTieringPolicy, UnlinkTieringPolicy
from banstream_contracts.infractions import Actor, Lifetime, Punishment, Status
from banstream_contracts.players import Player
from banstream_contracts.sealed import SealedAddress
from banstream_contracts.tiering import Tier, TieringTerms
from banstream_infractions.operations import rebuild
from banstream_privacy.addresses import address_hash
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, MODERATOR, RESTRICTIONS, Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

ADDRESS = "192.0.2.78"
ADDRESS_HASH = address_hash(b"k" * 32, ADDRESS)
SERVER = "a" * 24
ADMIN = Player(service="roblox", id="900")
TERMS = TieringTerms(
    name="Mic spam",
    tier_ttl_seconds=86_400,
    default_reason="mic spam",
    tiers=(Tier(), Tier(punishments=(Punishment.VOICE_BLOCK,), duration_seconds=60)),
)


def about(**values: Any) -> dict[str, Any]:
    return {
        "command_id": new_id(),
        "issued_at": datetime.now(UTC),
        "actor": MODERATOR,
        "correlation_id": new_id(),
        **values,
    }


def acting(admin: Player = ADMIN) -> Actor:
    return Actor(kind="server", id=SERVER, name="EU 1", admin=admin)


def sealed_address() -> SealedAddress:
    return SealedAddress(hash=ADDRESS_HASH, sealed=seal(sealing_public_key(MASTER_KEY), ADDRESS))


async def query(to: Bus, subject: str, **values: Any) -> Any:
    reply = await to.client.request(subject, json.dumps(values).encode(), timeout=30)
    assert headers.QUERY_ERROR not in (reply.headers or {})
    return json.loads(reply.data)


async def test_an_admin_is_known_to_gateways_and_acts_by_name(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        unknown = await to.send(issue("1", actor=acting()))
        assert (unknown.refusal and unknown.refusal.code, unknown.infractions) == ("insufficient-rights", ())
        rights = (Right.ISSUE, Right.BAN, Right.SCOPE_GLOBAL)
        made = await to.send(SetAdmin(**about(player=ADMIN, name="Alyx", rights=rights)))
        assert made.admin
        assert (made.status, made.admin.name, made.admin.rights) == ("applied", "Alyx", rights)
        await eventually(lambda: to.entry(streams.ADMINS_BUCKET, ADMIN.token))
        banned = await to.send(issue("1", actor=acting()))
        (infraction,) = banned.infractions
        assert (infraction.issuer.name, infraction.issuer.admin) == ("Alyx", ADMIN)
        assert banned.standings["roblox=1"].restrictions[0].issuer_name == "Alyx"
        assert banned.admin is None
        assert [each["name"] for each in (await query(to, subjects.QUERY_ADMINS))["items"]] == ["Alyx"]

        await to.send(RemoveAdmin(**about(player=ADMIN, reason="left")))

        async def is_removed() -> bool:
            return "removed_at" in ((await to.entry(streams.ADMINS_BUCKET, ADMIN.token)) or {})

        await eventually(is_removed)
        assert (await query(to, subjects.QUERY_ADMINS))["items"] == []
        assert len((await query(to, subjects.QUERY_ADMINS, include_removed=True))["items"]) == 1
        refused = await to.send(issue("2", actor=acting()))
        assert refused.refusal
        assert refused.refusal.code == "insufficient-rights"


async def test_commands_sent_at_once_see_the_admin_and_the_infractions_before_them(
    nats: NatsServer, database: Database
) -> None:
    """All wait in the stream, so that one batch decides them."""
    rights = (Right.ISSUE, Right.BAN, Right.SCOPE_GLOBAL)
    commands = [
        SetAdmin(**about(player=ADMIN, name="Alyx", rights=rights)),
        issue("1", actor=acting(), address=sealed_address()),
        issue("2", address=sealed_address()),
        RegisterTieringPolicy(**about(tiering_policy_id="7" * 24, server_id=SERVER, terms=TERMS)),
        *(
            IssueByPolicy(
                **about(
                    infraction_id=new_short_id(),
                    tiering_policy_id="7" * 24,
                    player=Player(service="roblox", id="3"),
                    address=sealed_address(),
                    server_id=SERVER,
                )
            )
            for _ in range(3)
        ),
        LiftRestrictions(**about(address_hash=ADDRESS_HASH, reason="shared line", actor=acting())),
    ]
    async with bus(nats) as to:
        for command in commands:
            await to.publish(command)
        async with service(nats, database):
            lifted = await to.send(LiftRestrictions(**about(address_hash=ADDRESS_HASH, reason="shared line")))
            assert lifted.counts
            assert (lifted.counts.considered, lifted.counts.lifted, lifted.counts.kept) == (3, 3, 0)
            assert {str(each.player) for each in lifted.infractions} == {"roblox:2", "roblox:3"}
            found = await query(to, subjects.QUERY_FIND, address_hash=ADDRESS_HASH)
            assert (found["total"], found["by_punishment"], found["warnings"]) == (5, {"ban": 2, "voice_block": 2}, 1)
            tiers = [each["tier"] for each in found["items"] if each.get("tiering_policy_id")]
            assert sorted(tiers) == [0, 1, 1]
            by_admin = [each for each in found["items"] if each["player"]["id"] == "1"]
            assert [each["ended_by"]["name"] for each in by_admin] == ["Alyx"]


@pytest.mark.parametrize("punishments", [(Punishment.VOICE_BLOCK,), ()], ids=["mute", "warning"])
async def test_time_served_reaches_the_restrictions_and_ends_the_infraction(
    nats: NatsServer, database: Database, punishments: tuple[Punishment, ...]
) -> None:
    mute = issue("5", punishments=punishments, lifetime=Lifetime.ONLINE, duration_seconds=100, server_id=SERVER)
    async with bus(nats) as to, service(nats, database):
        await to.send(mute)
        beat = ServeTime(**about(infraction_id=mute.infraction_id, seconds=60, server_id=SERVER))
        served = await to.send(beat)
        assert [each.time_left_seconds for each in served.standings["roblox=5"].restrictions] == [40]

        async def left() -> Any:
            entry = await to.entry(RESTRICTIONS, "roblox=5")
            return entry and [each["time_left_seconds"] for each in entry["restrictions"]] == [40]

        await eventually(left)
        ended = await to.send(ServeTime(**about(infraction_id=mute.infraction_id, seconds=60, server_id=SERVER)))
        assert [each.status for each in ended.infractions] == [Status.EXPIRED]
        assert ended.standings["roblox=5"].restrictions == ()
        assert [message.subject.split(".")[3] for message in (await to.events(4))[1:]] == [
            "served",
            "served",
            "expired",
        ]
        moved = await to.send(
            AmendInfraction(**about(infraction_id=mute.infraction_id, changes=InfractionChanges(reason="x")))
        )
        assert moved.refusal
        assert moved.refusal.code == "ended"


async def test_tiering_policies_are_listed_until_they_are_unlinked_and_survive_a_rebuild(
    nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, service(nats, database):
        register = RegisterTieringPolicy(**about(tiering_policy_id="7" * 24, server_id=SERVER, terms=TERMS))
        assert (await to.send(register)).status == "applied"
        again = await to.send(register.model_copy(update={"command_id": new_id()}))
        assert (again.status, again.tiering_policy and again.tiering_policy.terms) == ("unchanged", TERMS)
        await to.send(SetAdmin(**about(player=ADMIN, name="Alyx", rights=(Right.BAN,))))
        warning = IssueByPolicy(
            **about(
                infraction_id=new_short_id(),
                tiering_policy_id="7" * 24,
                player=Player(service="roblox", id="6"),
                server_id=SERVER,
            )
        )
        issued = await to.send(warning)
        assert issued.tiering_policy
        assert (issued.infractions[0].tier, issued.infractions[0].reason) == (0, "mic spam")
        moved = InfractionChanges(server_id="b" * 24)
        await to.send(AmendInfraction(**about(infraction_id=warning.infraction_id, changes=moved)))
        await rebuild(database.admin_url)
        for server_id, count in ((SERVER, 1), ("b" * 24, 0)):
            page = await query(to, subjects.QUERY_TIERING_POLICIES, server_id=server_id)
            assert len(page["items"]) == count
        assert len((await query(to, subjects.QUERY_ADMINS))["items"]) == 1
        assert len((await query(to, subjects.QUERY_INFRACTIONS, server_id="b" * 24))["items"]) == 1
        await to.send(UnlinkTieringPolicy(**about(tiering_policy_id="7" * 24, server_id=SERVER)))
        assert (await query(to, subjects.QUERY_TIERING_POLICIES))["items"] == []


async def test_a_call_is_claimed_once(nats: NatsServer, database: Database) -> None:
    content = CallContent(caller=Player(service="roblox", id="7"), caller_name="builderman", message="flies")
    async with bus(nats) as to, service(nats, database):
        at = datetime.now(UTC) - timedelta(seconds=10)
        called = await to.send(CallAdmin(**about(call_id="c" * 24, server_id=SERVER, content=content, issued_at=at)))
        assert (called.status, called.call and called.call.content) == ("applied", content)
        values = {"server_id": SERVER, "content": content, "issued_at": at + timedelta(seconds=10)}
        cooling = await to.send(CallAdmin(**about(call_id="d" * 24, **values)))
        assert cooling.refusal
        assert cooling.refusal.code == "cooling-down"
        assert cooling.refusal.retry_after_seconds == 590
        claimed = await to.send(ClaimCall(**about(server_id=SERVER, admin_name="Alyx")))
        assert (claimed.status, claimed.call and claimed.call.claimed_by) == ("applied", "Alyx")
        late = await to.send(ClaimCall(**about(server_id=SERVER, admin_name="Barney")))
        assert (late.refusal and late.refusal.message) == "Alyx has taken the call already"
        events = await to.events(2)
        assert [event.subject for event in events] == [
            f"banstream.event.call.opened.server={SERVER}",
            f"banstream.event.call.claimed.server={SERVER}",
        ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"1", "2", "3", "4"}),
        ({"server_id": SERVER}, {"1", "2", "4"}),
        ({"server_id": SERVER, "include_other_servers": False}, {"1", "4"}),
        ({"active": True}, {"1", "2", "3"}),
        ({"active": False}, {"4"}),
    ],
    ids=["all", "as a server", "only its own", "in force", "not in force"],
)
async def test_infractions_are_found_as_a_check_sees_them(
    asked: dict[str, Any], found: set[str], nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, service(nats, database):
        await to.send_all(
            [
                issue("1", reason="1", scope="server", server_id=SERVER),
                issue("1", reason="2", scope="global", server_id="b" * 24),
                issue("1", reason="3", scope="server", server_id="b" * 24),
                issue("1", reason="4", scope="server", server_id=SERVER, punishments=(), lifetime=Lifetime.SESSION),
                issue("2", reason="5"),
            ]
        )
        player = {"service": "roblox", "id": "1"}
        page = await query(to, subjects.QUERY_FIND, player=player, **asked)
        assert {each["reason"] for each in page["items"]} == found
        assert page["total"] == len(found)
        second = await query(to, subjects.QUERY_FIND, player=player, skip=1, limit=1, **asked)
        assert second["items"] == page["items"][1:2]
        assert second["total"] == page["total"]


async def test_finding_by_address_uses_an_index(database: Database) -> None:
    async with connected(database.service_url) as connection:
        await connection.execute("set enable_seqscan = off")
        plan = await connection.fetch(
            "explain select id from infractions where player_token = 'roblox=1' or address_token = 'address=00'"
        )
    text = "\n".join(row[0] for row in plan)
    assert "infractions_by_address" in text
    assert "Seq Scan" not in text
