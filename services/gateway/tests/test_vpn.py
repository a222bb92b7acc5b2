"""VPN answers over HTTP: from marks in the bucket, from a database, from providers, or none at all."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from services.gateway.tests.conftest import Reply, Running, Start, until
from services.gateway.tests.known_networks import marked, owner, write_database
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.stand_in_providers import KEY, Provider, providing

from banstream_contracts import streams
from banstream_contracts.admins import Admin, Right
from banstream_contracts.commands.networks import MarkNetworks, UnmarkNetworks
from banstream_contracts.networks import MarkedNetwork
from banstream_contracts.players import Player

ALICE, BOB = "steam:76561197960265729", "steam:76561197960265730"
NOTHING = {"is_vpn": False, "is_hosting": False, "is_cloud_gaming": False, "is_dubious": False, "is_immune": False}


@pytest.fixture
async def outside() -> AsyncIterator[Provider]:
    async with providing() as provider:
        yield provider


async def put_mark(infractions: Infractions, mark: MarkedNetwork) -> None:
    """As the relay does."""
    await infractions.put(streams.NETWORKS_BUCKET, mark.key, mark.model_dump_json(exclude_none=True).encode())
    infractions.position = mark.position
    await infractions.reach(mark.position)


async def put_admin(infractions: Infractions, player: str, *rights: Right) -> None:
    service, _, player_id = player.partition(":")
    admin = Admin(player=Player(service=service, id=player_id), name="alice", rights=rights, position=1)
    await infractions.put(streams.ADMINS_BUCKET, admin.player.token, admin.model_dump_json().encode())


async def asked(running: Running, address: str, **query: str) -> Any:
    reply = await running.call("GET", "/v1/vpn", params={"ip": address, **query})
    assert reply.status == 200, reply.json
    return reply.json


def booleans(answer: dict[str, Any]) -> dict[str, bool]:
    return {name: value for name, value in answer.items() if isinstance(value, bool)}


async def started(start: Start, infractions: Infractions, **settings: Any) -> Running:
    await infractions.admit("all", "check", "report", "punish", "admin")
    running = await start(**settings)
    await until(running.is_ready)
    return running


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("vpn", {"is_vpn": True}),
        ("hosting", {"is_vpn": True, "is_hosting": True}),
        ("cloud_gaming", {"is_cloud_gaming": True}),
    ],
)
async def test_a_mark_in_the_bucket_is_an_answer_and_its_end_is_one_too(
    gateway: Running, infractions: Infractions, kind: str, told: dict[str, bool]
) -> None:
    assert booleans(await asked(gateway, "192.0.2.9")) == NOTHING
    await put_mark(infractions, marked("192.0.2.0/24", kind, 5, owner="Example"))
    await until(lambda: gateway.gateway.vpn.marks.position == 5)
    answer = await asked(gateway, "192.0.2.9")
    assert booleans(answer) == {**NOTHING, **told}
    assert answer["network"] == "192.0.2.0/24"
    assert answer["why"] == f"192.0.2.0/24 (Example) is marked {kind}"
    assert booleans(await asked(gateway, "192.0.3.9")) == NOTHING
    await put_mark(infractions, marked("192.0.2.0/24", kind, 6, unmarked_at=marked("AS1").marked_at))
    await until(lambda: gateway.gateway.vpn.marks.position == 6)
    assert booleans(await asked(gateway, "192.0.2.9")) == NOTHING


async def test_an_operator_decides_whether_hosting_is_a_vpn(start: Start, infractions: Infractions) -> None:
    running = await started(start, infractions, vpn_hosting_is_vpn=False)
    await put_mark(infractions, marked("192.0.2.0/24", "hosting"))
    await until(lambda: len(running.gateway.vpn.marks))
    assert booleans(await asked(running, "192.0.2.9")) == {**NOTHING, "is_hosting": True, "is_dubious": True}


async def test_an_admin_with_the_right_is_immune_and_nobody_else(gateway: Running, infractions: Infractions) -> None:
    await put_mark(infractions, marked("192.0.2.0/24"))
    await put_admin(infractions, ALICE, Right.VPN_IMMUNE)
    await put_admin(infractions, BOB, Right.BAN)
    await until(lambda: len(gateway.gateway.admins) == 2 and len(gateway.gateway.vpn.marks))
    expected = {ALICE: True, "steam:[U:1:1]": True, BOB: False, "steam:76561197960265999": False}
    for player, is_immune in expected.items():
        answer = await asked(gateway, "192.0.2.9", player=player)
        assert (answer["is_vpn"], answer["is_immune"]) == (True, is_immune)
    assert not (await asked(gateway, "192.0.2.9"))["is_immune"]


async def test_the_database_tells_whose_address_it_is_and_its_mark_holds(
    start: Start, infractions: Infractions, tmp_path: Path
) -> None:
    path = tmp_path / "asn.mmdb"
    write_database(path, {"192.0.2.0/24": owner(64496, "Example VPN")})
    running = await started(start, infractions, asn_database=path, asn_database_check_seconds=0.05)
    await put_mark(infractions, marked("AS64496"))
    await until(lambda: running.gateway.vpn.database.is_loaded and len(running.gateway.vpn.marks))
    answer = await asked(running, "192.0.2.9")
    assert (answer["is_vpn"], answer["asn"], answer["operator"]) == (True, 64496, "Example VPN")
    write_database(path, {"198.51.100.0/24": owner(64496)})
    await until(lambda: is_vpn(running, "198.51.100.9"))
    assert not await is_vpn(running, "192.0.2.9")


async def is_vpn(running: Running, address: str) -> bool:
    return bool((await asked(running, address))["is_vpn"])


async def test_a_missing_database_is_a_metric_and_no_failure(
    start: Start, infractions: Infractions, tmp_path: Path
) -> None:
    running = await started(start, infractions, asn_database=tmp_path / "none.mmdb")

    async def metrics() -> str:
        return (await running.call("GET", "/metrics")).body.decode()

    async def has_failed() -> bool:
        return "banstream_asn_database_failures_total 1.0" in await metrics()

    await until(has_failed)
    assert "banstream_asn_database_loaded 0.0" in await metrics()
    assert booleans(await asked(running, "192.0.2.9")) == NOTHING


async def test_a_private_address_is_never_a_vpn_and_nobody_is_asked(
    start: Start, infractions: Infractions, outside: Provider
) -> None:
    running = await started(start, infractions, iphub_key=KEY, iphub_url=outside.url)
    for network in ("0.0.0.0/0", "::/0"):
        await put_mark(infractions, marked(network))
    await until(lambda: len(running.gateway.vpn.marks) == 2)
    for address in ("127.0.0.1", "10.0.0.1", "192.168.0.1", "169.254.0.1", "::1", "fe80::1", "fd00::1", "fe80::1%eth0"):
        answer = await asked(running, address)
        assert booleans(answer) == NOTHING
        assert answer["source"] == "private"
    assert outside.asked == []
    assert await is_vpn(running, "203.0.113.1")


async def test_what_is_no_address_is_a_bad_request(gateway: Running) -> None:
    for address in ("", "x", "1.2.3", "1.2.3.4.5", "192.0.2.7%eth0", "\x00", "2001:db8::/32", "\u0661.1.1.1"):
        reply = await gateway.call("GET", "/v1/vpn", params={"ip": address})
        assert (reply.status, reply.json["type"]) == (400, "urn:banstream:problem:bad-address"), address
        assert reply.headers["Content-Type"].startswith("application/problem+json")
    assert (await gateway.call("GET", "/v1/vpn")).status == 400
    bad_player = await gateway.call("GET", "/v1/vpn", params={"ip": "192.0.2.9", "player": "nobody"})
    assert bad_player.status == 422


async def test_a_provider_is_asked_only_about_what_staff_have_not_marked(
    start: Start, infractions: Infractions, outside: Provider
) -> None:
    outside.blocks = {"198.51.100.9": 1, "198.51.100.10": 2}
    running = await started(start, infractions, iphub_key=KEY, iphub_url=outside.url)
    await put_mark(infractions, marked("192.0.2.0/24", "cloud_gaming"))
    await until(lambda: len(running.gateway.vpn.marks))
    assert booleans(await asked(running, "192.0.2.9")) == {**NOTHING, "is_cloud_gaming": True}
    for _ in range(2):
        answer = await asked(running, "198.51.100.9")
        assert (answer["is_vpn"], answer["source"], answer["country"]) == (True, "iphub", "US")
    assert booleans(await asked(running, "198.51.100.10")) == {**NOTHING, "is_dubious": True}
    assert outside.asked == ["198.51.100.9", "198.51.100.10"]


@pytest.mark.parametrize("key", ["", None], ids=["empty", "none"])
async def test_without_a_key_no_address_leaves_the_gateway(
    start: Start, infractions: Infractions, outside: Provider, key: str | None
) -> None:
    changes = {"iphub_key": key, "proxycheck_key": key} if key is not None else {}
    running = await started(start, infractions, iphub_url=outside.url, proxycheck_url=outside.url, **changes)
    assert (await asked(running, "198.51.100.9"))["source"] == "none"
    assert outside.asked == []


async def test_providers_that_say_nothing_cost_their_time_outs_once_and_no_join(
    start: Start, infractions: Infractions, outside: Provider
) -> None:
    outside.misbehaves = outside.hang
    running = await started(
        start,
        infractions,
        iphub_key=KEY,
        iphub_url=outside.url,
        proxycheck_key=KEY,
        proxycheck_url=outside.url,
        vpn_provider_timeout_seconds=0.5,
    )
    for last in range(5):
        assert booleans(await asked(running, f"198.51.100.{last}")) == NOTHING
    assert outside.asked == ["198.51.100.0"] * 2
    metrics = (await running.call("GET", "/metrics")).body.decode()
    assert 'banstream_vpn_questions_total{outcome="failed",provider="iphub"} 1.0' in metrics
    assert 'banstream_vpn_questions_total{outcome="resting",provider="proxycheck"} 4.0' in metrics


async def test_neither_address_nor_key_is_in_logs_or_metrics(
    start: Start, infractions: Infractions, outside: Provider, capfd: pytest.CaptureFixture[str]
) -> None:
    running = await started(start, infractions, iphub_key=KEY, iphub_url=outside.url, proxycheck_key=KEY)
    outside.misbehaves = lambda _request: 1 / 0
    await asked(running, "198.51.100.77")
    await running.call("GET", "/v1/vpn", params={"ip": "198.51.100.77 x"})
    metrics = (await running.call("GET", "/metrics")).body.decode()
    written = capfd.readouterr()
    for text in (metrics, written.out, written.err):
        assert "198.51.100.77" not in text
        assert KEY not in text


async def test_who_may_ask_and_who_may_mark(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("checks", "check")
    await infractions.admit("punishes", "punish", "report")
    mark = {"marks": [{"network": "AS64496", "kind": "vpn"}]}
    requests: list[tuple[str, str, Any]] = [
        ("GET", "/v1/vpn?ip=192.0.2.9", None),
        ("GET", "/v1/networks", None),
        ("POST", "/v1/networks", mark),
        ("DELETE", "/v1/networks", {"networks": ["AS64496"]}),
    ]

    async def statuses(secret: str | None) -> list[int]:
        replies = [await gateway.call(method, path, body, secret=secret) for method, path, body in requests]
        return [reply.status for reply in replies]

    await until(lambda: gateway.gateway.credentials.find("punishes"))
    assert await statuses("checks") == [200, 403, 403, 403]
    assert await statuses("punishes") == [403, 403, 403, 403]
    assert await statuses(None) == [401] * 4
    assert await statuses("all") == [200, 200, 200, 200]


async def test_marks_are_commands_in_canonical_form(gateway: Running, infractions: Infractions) -> None:
    marks = [
        {"network": "as64496", "kind": "vpn", "owner": "Example VPN"},
        {"network": "::ffff:192.0.2.0/120", "kind": "hosting"},
    ]
    reply = await gateway.call("POST", "/v1/networks", {"marks": marks})
    assert reply.status == 200, reply.json
    assert reply.json == {"changed": 2, "unchanged": 0, "position": infractions.position}
    reply = await gateway.call("DELETE", "/v1/networks", {"networks": ["2001:DB8::/32"], "reason": "sold"})
    assert reply.status == 200, reply.json
    first, second = infractions.carried_out[-2:]
    assert isinstance(first, MarkNetworks)
    assert [(each.network, each.kind, each.owner) for each in first.marks] == [
        ("AS64496", "vpn", "Example VPN"),
        ("192.0.2.0/24", "hosting", None),
    ]
    assert isinstance(second, UnmarkNetworks)
    assert (second.networks, second.reason) == (("2001:db8::/32",), "sold")


BAD_MARKS: dict[str, Any] = {
    "none": [],
    "too-many": [{"network": f"AS{number}", "kind": "vpn"} for number in range(1, 502)],
    "twice": [{"network": "AS1", "kind": "vpn"}, {"network": "as1", "kind": "hosting"}],
    "host-bits": [{"network": "192.0.2.1/24", "kind": "vpn"}],
    "no-network": [{"network": "example", "kind": "vpn"}],
    "as-0": [{"network": "AS0", "kind": "vpn"}],
    "as-too-high": [{"network": "AS4294967295", "kind": "vpn"}],
    "all-of-v4": [{"network": "0.0.0.0/0", "kind": "vpn"}],
    "all-of-v4-mapped": [{"network": "::ffff:0:0/96", "kind": "vpn"}],
    "all-of-v6": [{"network": "::/0", "kind": "vpn"}],
    "zone": [{"network": "fe80::%eth0/64", "kind": "vpn"}],
    "kind": [{"network": "AS1", "kind": "proxy"}],
    "control-character": [{"network": "AS1", "kind": "vpn", "owner": "a\nb"}],
    "long": [{"network": "A" * 100_000, "kind": "vpn"}],
    "number": [{"network": 1, "kind": "vpn"}],
    "unknown-field": [{"network": "AS1", "kind": "vpn", "colour": "red"}],
}


async def test_bad_marks_are_refused_with_the_field_alone(gateway: Running, infractions: Infractions) -> None:
    for name, marks in BAD_MARKS.items():
        reply: Reply = await gateway.call("POST", "/v1/networks", {"marks": marks})
        assert reply.status == 422, name
        assert len(reply.json["errors"]) == 1, name
    assert infractions.carried_out == []


async def test_nearly_everything_is_never_marked_and_can_be_unmarked(
    gateway: Running, infractions: Infractions
) -> None:
    marks = [{"network": "10.0.0.0/8", "kind": "vpn"}, {"network": "0.0.0.0/0", "kind": "vpn"}]
    refused = await gateway.call("POST", "/v1/networks", {"marks": marks})
    assert refused.status == 422
    message = "0.0.0.0/0 is too wide to be marked: an IPv4 range is /8 or narrower"
    assert refused.json["errors"] == [{"field": "marks.1.network", "message": message}]
    assert (await gateway.call("POST", "/v1/networks", {"marks": marks[:1]})).status == 200
    assert (await gateway.call("DELETE", "/v1/networks", {"networks": ["0.0.0.0/0", "::/0"]})).status == 200
    assert [each.type for each in infractions.carried_out] == ["mark_networks", "unmark_networks"]
