"""Requests for review against a real NATS server and a real Postgres."""

import json
from typing import Any

import asyncpg
from services.infractions.tests.scenes import PLAYER, about
from services.infractions.tests.test_reviewing import (
    OTHER_ID,
    REQUEST,
    SUGGESTED,
    approve,
    ask,
    assign,
    comment,
    reject,
)

from banstream_contracts import headers, streams, subjects
from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.infractions import Lifetime, Punishment
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import ReviewRequest
from banstream_contracts.sealed import SealedAddress
from banstream_infractions.operations import rebuild
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_id
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

ADDRESS = "203.0.113.7"
PUBLIC_KEY = sealing_public_key(MASTER_KEY)
GRIEFER = Player(service="minecraft", id="Griefer")


async def asked(to: Bus, subject: str, **values: Any) -> Any:
    reply = await to.client.request(subject, json.dumps(values).encode(), timeout=30)
    assert headers.QUERY_ERROR not in (reply.headers or {})
    return json.loads(reply.data)


async def found(to: Bus, request_id: str = REQUEST) -> ReviewRequest:
    answer = await asked(to, subjects.QUERY_REQUEST, request_id=request_id)
    return ReviewRequest.model_validate(answer["request"])


async def listed(to: Bus, **values: Any) -> list[str]:
    """Every request of a query, page by page."""
    ids: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await asked(to, subjects.QUERY_REQUESTS, **values, **({"cursor": cursor} if cursor else {}))
        assert all(each["comments"] == [] for each in page["items"])
        ids += [each["id"] for each in page["items"]]
        cursor = page["next"]
    return ids


async def test_an_approved_request_is_a_ban_with_the_address_it_was_asked_for(
    nats: NatsServer, database: Database
) -> None:
    sealed = SealedAddress(hash="ad" * 32, sealed=seal(PUBLIC_KEY, ADDRESS))
    async with bus(nats) as to, service(nats, database):
        await to.send(ask(player=GRIEFER, address=sealed, sealed_name=seal(PUBLIC_KEY, "Griefer")))
        await to.send_all([comment("ask Bob"), assign("Bob")])
        command = approve(lifetime=Lifetime.PERMANENT)
        result = await to.send(command)
        assert (result.status, result.request_id, len(result.infractions)) == ("applied", REQUEST, 1)
        ban = result.infractions[0]
        assert (ban.id, ban.address_hash, ban.lifetime) == (SUGGESTED, "ad" * 32, Lifetime.PERMANENT)
        assert set(result.standings) == {GRIEFER.token, f"address={'ad' * 32}"}
        kept = (await asked(to, subjects.QUERY_COMMAND, command_id=str(command.command_id)))["result"]
        assert (kept["status"], kept["request_id"]) == ("applied", REQUEST)
        late = await to.send(reject())
        assert late.refusal
        assert late.refusal.code == "request-decided"

        restricted = await eventually(lambda: to.entry(streams.RESTRICTIONS_BUCKET, GRIEFER.token))
        assert [each["infraction_id"] for each in restricted["restrictions"]] == [SUGGESTED]
        entry = await eventually(lambda: to.entry(streams.BAN_LIST_BUCKET, SUGGESTED))
        assert entry["address_hash"] == "ad" * 32
        told = [json.loads(each.data) for each in await to.events(5)]
        assert [each["type"] for each in told] == [
            "request.opened",
            "request.commented",
            "request.assigned",
            "infraction.issued",
            "request.approved",
        ]
        assert "ask Bob" not in json.dumps(told)
        assert not {"note", "sealed_address", "sealed_name"} & {name for each in told for name in each}

        request = await found(to)
        assert (request.status, request.assignee, request.infraction_ids) == ("approved", "Bob", (SUGGESTED,))
        assert [each.note for each in request.comments] == ["ask Bob"]
    locked = await _locked(database)
    assert len(set(locked)) == 1, "the ban holds what was locked with the request"


async def _locked(database: Database) -> list[str]:
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": "infractions"})
    try:
        rows = await connection.fetch(
            "select data ->> 'sealed_address' as locked from event_log"
            " where type in ('request.opened', 'infraction.issued') order by position"
        )
    finally:
        await connection.close()
    assert len(rows) == 2
    return [row["locked"] for row in rows]


async def test_a_batch_opens_decides_and_lifts_in_order(nats: NatsServer, database: Database) -> None:
    banned = issue(infraction_id=SUGGESTED, player=PLAYER, punishments=(Punishment.BAN,))
    other = ask(request_id=OTHER_ID, suggested=None, wanted="lift")
    async with bus(nats) as to, service(nats, database):
        batch = [banned, ask(), reject(), other, approve(request_id=OTHER_ID), reject(request_id="f" * 24)]
        results = {each.command_id: each for each in await to.send_all(batch)}
        rejected, nothing, unknown = (results[batch[index].command_id] for index in (2, 4, 5))
        assert [each.status for each in rejected.infractions] == ["lifted"]
        assert (nothing.status, nothing.infractions) == ("applied", ())
        assert unknown.refusal
        assert unknown.refusal.code == "unknown-request"
        lifted = await to.send(LiftInfraction(**about(infraction_id=SUGGESTED, reason="again")))
        assert lifted.status == "unchanged"


async def test_requests_are_found_by_how_they_stand_also_after_a_rebuild(nats: NatsServer, database: Database) -> None:
    ids = [f"{number:024x}" for number in range(1, 8)]
    opened = [ask(request_id=each, suggested=None) for each in ids]
    async with bus(nats) as to, service(nats, database):
        await to.send_all(opened)
        await to.send_all(
            [
                approve(request_id=ids[0], duration_seconds=60),
                reject(request_id=ids[1]),
                assign("Bob").model_copy(update={"request_id": ids[2], "command_id": new_id()}),
                comment().model_copy(update={"request_id": ids[2], "command_id": new_id()}),
            ]
        )
        for _ in range(2):
            assert await listed(to, limit=2) == ids[::-1]
            assert await listed(to, status="open", limit=2) == ids[:1:-1]
            assert await listed(to, status="approved") == [ids[0]]
            assert await listed(to, status="rejected") == [ids[1]]
            assert await listed(to, assignee="Bob", status="open") == [ids[2]]
            assert await listed(to, assignee="Bob", status="rejected") == []
            assert await listed(to, player={"service": "roblox", "id": "1"}, status="open", limit=3) == ids[:1:-1]
            before = [await found(to, each) for each in ids]
            assert (before[2].comment_count, before[2].comments[0].note) == (1, "the replay shows lag")
            await rebuild(database.admin_url)
            assert [await found(to, each) for each in ids] == before
        assert (await asked(to, subjects.QUERY_REQUEST, request_id="f" * 24))["request"] is None


async def test_who_looks_at_a_request_is_found_by_account_and_by_name_only_where_none_was_named(
    nats: NatsServer, database: Database
) -> None:
    ids = [f"{number:024x}" for number in range(1, 5)]
    alice, other = "a" * 24, "b" * 24
    taken = ((ids[0], "Alice", alice), (ids[1], "Alice", other), (ids[2], "Alice", None), (ids[3], alice, other))
    async with bus(nats) as to, service(nats, database):
        await to.send_all([ask(request_id=each, suggested=None) for each in ids])
        await to.send_all(
            [
                assign(name).model_copy(update={"request_id": each, "command_id": new_id(), "assignee_id": account})
                for each, name, account in taken
            ]
        )
        assert await listed(to, assignee="Alice", assignee_id=alice) == [ids[2], ids[0]]
        assert await listed(to, assignee_id=alice) == [ids[0]]
        assert await listed(to, assignee="Alice", assignee_id=other) == [ids[3], ids[2], ids[1]]
        assert await listed(to, assignee="Alice") == ids[2::-1]


async def test_a_page_of_many_requests_is_read_by_an_index(database: Database) -> None:
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": "infractions"})
    try:
        await connection.execute(
            "insert into review_requests (id, player_token, status, assignee, position, document)"
            " select lpad(to_hex(n), 24, '0'), 'roblox=' || n % 1000,"
            " case when n % 50 = 0 then 'open' else 'approved' end,"
            " case when n % 500 = 0 then 'Bob' end, n, '{}' from generate_series(1, 50000) as n"
        )
        await connection.execute("analyze review_requests")
        for condition in ("status = 'open'", "assignee = 'Bob'", "player_token = 'roblox=7'", "true"):
            rows = await connection.fetch(
                f"explain select document from review_requests where {condition} order by id desc limit 51"
            )
            plan = "\n".join(row[0] for row in rows)
            assert "Index" in plan, plan
            assert "Seq Scan" not in plan, plan
    finally:
        await connection.close()
