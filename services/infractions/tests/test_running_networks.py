"""Marked networks against a real NATS server and a real Postgres."""

import json
from typing import Any

from services.infractions.tests.scenes import about

from banstream_contracts import headers, streams, subjects
from banstream_contracts.commands.networks import MarkNetworks, UnmarkNetworks
from banstream_contracts.networks import NetworkKind, NetworkMark
from banstream_infractions.operations import rebuild
from banstream_runtime.identifiers import new_id
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

RANGE = NetworkMark(network="2001:db8::/32", kind=NetworkKind.CLOUD_GAMING, owner="100%_Play")
SYSTEMS = tuple(
    NetworkMark(network=f"AS{64496 + number}", kind=NetworkKind.VPN, owner=f"Example {number}") for number in range(4)
)


async def networks(to: Bus, **values: Any) -> list[str]:
    """Every network of a query, page by page."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {**values, **({"cursor": cursor} if cursor else {})}
        reply = await to.client.request(subjects.QUERY_NETWORKS, json.dumps(asked).encode(), timeout=30)
        assert headers.QUERY_ERROR not in (reply.headers or {})
        page = json.loads(reply.data)
        found += [each["network"] for each in page["items"]]
        cursor = page["next"]
    return found


async def test_marks_reach_the_bucket_and_queries_and_survive_a_rebuild(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        command = MarkNetworks(**about(marks=(RANGE, *SYSTEMS)))
        result = await to.send(command)
        assert (result.status, result.networks_changed, result.position) == ("applied", 5, 5)
        again = await to.send(command.model_copy(update={"command_id": new_id()}))
        assert (again.status, again.networks_changed) == ("unchanged", 0)

        entry = await eventually(lambda: to.entry(streams.NETWORKS_BUCKET, "2001-db8--_32"))
        assert (entry["network"], entry["kind"], entry["owner"]) == ("2001:db8::/32", "cloud_gaming", "100%_Play")
        newest_first = [mark.network for mark in (*reversed(SYSTEMS), RANGE)]
        for _ in range(2):
            assert await networks(to, limit=2) == newest_first
            assert await networks(to, kind="cloud_gaming") == [RANGE.network]
            assert await networks(to, search="EXAMPLE 2") == ["AS64498"]
            assert await networks(to, search="0%_p") == [RANGE.network]
            assert await networks(to, search="as6449_") == []
            assert await networks(to, kind="vpn", cursor="999999999999999999999999") == newest_first[:-1]
            await rebuild(database.admin_url)

        unmarked = await to.send(UnmarkNetworks(**about(networks=("2001:db8::/32", "AS1"), reason="sold")))
        assert (unmarked.status, unmarked.networks_changed) == ("applied", 1)

        async def is_unmarked() -> bool:
            return "unmarked_at" in await to.entry(streams.NETWORKS_BUCKET, "2001-db8--_32")

        await eventually(is_unmarked)
        kept = await to.client.jetstream().get_last_msg(f"KV_{streams.NETWORKS_BUCKET}", "$KV.networks.2001-db8--_32")
        assert kept.headers
        assert kept.headers[headers.MESSAGE_TTL] == str(streams.CLEARED_TTL_SECONDS)
        assert await networks(to) == newest_first[:-1]


async def test_five_hundred_networks_are_marked_at_once_and_each_has_its_event(
    nats: NatsServer, database: Database
) -> None:
    marks = tuple(NetworkMark(network=f"AS{number}", kind=NetworkKind.HOSTING) for number in range(1, 501))
    async with bus(nats) as to, service(nats, database):
        results = await to.send_all(
            [MarkNetworks(**about(marks=marks)), issue(), UnmarkNetworks(**about(networks=("AS7",)))]
        )
        assert {(each.status, each.networks_changed) for each in results} == {
            ("applied", 500),
            ("applied", None),
            ("applied", 1),
        }
        events = await to.events(502)
        assert sum(event.subject.startswith("banstream.event.network.marked.network=AS") for event in events) == 500
        assert "network.unmarked" in {(event.headers or {})["ce-type"].removeprefix("banstream.") for event in events}
