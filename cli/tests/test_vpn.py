"""`banstream vpn` against a gateway on a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cli.tests.conftest import Run

from banstream_cli.direct.default_networks import default_networks
from banstream_testing.loopback import on_loopback

VPN = {
    "is_vpn": True,
    "is_hosting": True,
    "is_cloud_gaming": False,
    "is_dubious": False,
    "is_immune": False,
    "source": "network",
    "why": "AS64496 (Example) is marked hosting",
    "network": "AS64496",
    "asn": 64496,
}


class Networks:
    """The part of the API that the command speaks, with marks in memory."""

    def __init__(self) -> None:
        self.marks: dict[str, dict[str, Any]] = {}
        self.batches: list[int] = []
        self.asked: list[dict[str, str]] = []
        self.accepts_only = False
        self.stale: dict[str, str] = {}

    async def check(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        if request.query["ip"] == "x":
            problem = {"type": "urn:banstream:problem:bad-address", "title": "This is no IP address", "status": 400}
            return web.json_response(problem, status=400)
        return web.json_response(VPN, headers=self.stale)

    async def mark(self, request: web.Request) -> web.Response:
        marks = (await request.json())["marks"]
        self.batches.append(len(marks))
        if self.accepts_only:
            return web.json_response({"command_id": "1", "status": "accepted"}, status=202)
        changed = [mark for mark in marks if self.marks.get(mark["network"]) != mark]
        self.marks |= {mark["network"]: mark for mark in marks}
        return _counted(len(changed), len(marks))

    async def unmark(self, request: web.Request) -> web.Response:
        networks = (await request.json())["networks"]
        gone = [self.marks.pop(network, None) for network in networks]
        return _counted(sum(each is not None for each in gone), len(networks))

    async def search(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        made = {"marked_at": "2026-01-02T03:04:05Z", "marked_by": {"kind": "token", "id": "1", "name": "Alice"}}
        return web.json_response({"items": [{**mark, **made} for mark in self.marks.values()], "next": None})


def _counted(changed: int, named: int) -> web.Response:
    return web.json_response({"changed": changed, "unchanged": named - changed, "position": 1})


@pytest.fixture
async def networks(environment: dict[str, str | None]) -> AsyncIterator[Networks]:
    """A gateway that the command finds by its environment."""
    stand_in = Networks()
    app = web.Application(client_max_size=2**20)
    app.router.add_get("/v1/vpn", stand_in.check)
    app.router.add_get("/v1/networks", stand_in.search)
    app.router.add_post("/v1/networks", stand_in.mark)
    app.router.add_delete("/v1/networks", stand_in.unmark)
    async with on_loopback(app) as url:
        environment |= {"BANSTREAM_URL": url, "BANSTREAM_TOKEN": "any"}
        yield stand_in


async def test_a_check_says_what_and_why(networks: Networks, run: Run) -> None:
    outcome = await run("vpn", "check", "192.0.2.9", "--player", "steam:[U:1:1]")
    assert (outcome.code, outcome.err) == (0, "")
    facts = dict(line.split("\t") for line in outcome.out.splitlines())
    assert (facts["Is"], facts["Why"]) == ("vpn, hosting", "AS64496 (Example) is marked hosting")
    assert networks.asked == [{"ip": "192.0.2.9", "player": "steam:76561197960265729"}]
    assert (await run("vpn", "check", "192.0.2.9", "--json")).json == VPN


async def test_what_is_no_address_or_player_is_wrong_use(networks: Networks, run: Run) -> None:
    outcome = await run("vpn", "check", "x")
    assert (outcome.code, outcome.complaint) == (2, "banstream: This is no IP address")
    assert (await run("vpn", "check", "192.0.2.9", "--player", "nobody")).code == 2
    assert len(networks.asked) == 1


async def test_networks_are_marked_listed_and_unmarked(networks: Networks, run: Run) -> None:
    added = await run("vpn", "add", "as64496", "192.0.2.7", "AS64496", "--kind", "hosting", "--owner", "Example")
    assert (added.code, added.out) == (0, "2 networks marked\n")
    assert networks.marks["192.0.2.7/32"] == {"network": "192.0.2.7/32", "kind": "hosting", "owner": "Example"}
    again = await run("vpn", "add", "AS64496", "--kind", "hosting", "--owner", "Example", "--json")
    assert again.json == {"changed": 0, "unchanged": 1, "position": 1}

    listed = await run("vpn", "list", "--kind", "hosting", "--search", "exa")
    assert "AS64496\thosting\tExample\t" in listed.out
    assert networks.asked == [{"kind": "hosting", "search": "exa", "limit": "50"}]

    removed = await run("vpn", "remove", "AS64496", "AS64497")
    assert (removed.code, removed.out) == (0, "1 network unmarked, 1 was so already\n")


async def test_a_stale_answer_says_so(networks: Networks, run: Run) -> None:
    networks.stale = {"Banstream-Stale-Seconds": "12"}
    outcome = await run("vpn", "check", "192.0.2.7", "--json")
    assert (outcome.code, outcome.json) == (0, VPN)
    assert "for 12 s" in outcome.complaint


@pytest.mark.parametrize("network", ["example.net", "AS0", "192.0.2.1/24", "fe80::1%eth0"])
async def test_what_is_no_network_is_wrong_use(networks: Networks, run: Run, network: str) -> None:
    for verb in ("add", "remove"):
        outcome = await run("vpn", verb, "AS1", network)
        assert (outcome.code, outcome.out) == (2, "")
    assert networks.batches == []


async def test_nearly_everything_is_never_marked_and_can_be_unmarked(networks: Networks, run: Run) -> None:
    outcome = await run("vpn", "add", "AS1", "0.0.0.0/0")
    assert (outcome.code, networks.batches) == (2, [])
    assert "0.0.0.0/0 is too wide to be marked: an IPv4 range is /8 or narrower" in outcome.complaint
    assert (await run("vpn", "remove", "0.0.0.0/0")).code == 0


async def test_a_file_is_marked_in_batches_and_bad_lines_are_counted(
    networks: Networks, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "list.txt"
    file.write_text("".join(f"AS{number}\n" for number in range(1, 1201)) + "bad\nAS1 named\n")
    outcome = await run("vpn", "import", str(file), "--kind", "hosting")
    assert (outcome.code, outcome.out) == (1, "1200 networks marked\n")
    assert networks.batches == [500, 500, 200]
    assert networks.marks["AS1"]["owner"] == "named"
    assert "line 1201: a network is written" in outcome.err
    report = (await run("vpn", "import", str(file), "--kind", "hosting", "--json")).json
    assert report == {"named": 1200, "changed": 0, "unchanged": 1200, "bad_lines": 1}


async def test_an_import_that_nobody_has_carried_out_says_so(networks: Networks, run: Run, tmp_path: Path) -> None:
    networks.accepts_only = True
    file = tmp_path / "list.txt"
    file.write_text("AS1\n")
    outcome = await run("vpn", "import", str(file))
    assert (outcome.code, outcome.out) == (3, "")
    assert "doing it again is safe" in outcome.complaint


async def test_an_import_that_waits_says_how_much_of_the_file_was_not_sent(
    networks: Networks, run: Run, tmp_path: Path
) -> None:
    networks.accepts_only = True
    file = tmp_path / "list.txt"
    file.write_text("\n".join(f"AS{number}" for number in range(1, 1201)))
    outcome = await run("vpn", "import", str(file))
    assert networks.batches == [500]
    assert "500 networks are stored and not marked yet, 700 are not sent" in outcome.err


async def test_the_defaults_are_marked(networks: Networks, run: Run) -> None:
    outcome = await run("vpn", "defaults")
    assert (outcome.code, outcome.out) == (0, f"{len(default_networks())} networks marked\n")
    assert len(networks.marks) == len(default_networks())


async def test_every_command_explains_itself(run: Run) -> None:
    outcome = await run("vpn", "--help")
    assert outcome.code == 0
    for name in ("check", "add", "list", "remove", "import", "defaults"):
        assert name in outcome.out
        assert (await run("vpn", name, "--help")).code == 0
