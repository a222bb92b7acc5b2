import json
from uuid import UUID

import pytest
from cli.tests.conftest import Run
from cli.tests.gateway_stand_in import StandIn, problem

SERVER = "01948a00000000000000beef"


async def test_an_incident_is_reported_and_shown(run: Run, gateway: StandIn) -> None:
    outcome = await run("abuse", "report", "roblox:1", "speed_hack", "--details", '{"speed": 90}', "--server", SERVER)
    assert outcome.code == 0
    assert outcome.out.startswith("roblox:1 recorded, count 1 incident ")
    method, path, key, body = gateway.requests[0]
    assert (method, path, UUID(key or "")) == ("POST", "/v1/incidents", UUID(body["id"]))
    assert {**body, "id": ""} == {
        "id": "",
        "player": {"service": "roblox", "id": "1"},
        "reason": "speed_hack",
        "details": {"speed": 90},
        "server_id": SERVER,
    }
    shown = await run("abuse", "show", "roblox:1")
    lines = [line.split("\t") for line in shown.out.splitlines()]
    assert ["Incidents", "1"] in lines
    assert ["Count", "1 under default v0"] in lines
    assert lines[-1] == ["2026-01-02 03:04:05Z", "speed_hack", "1", SERVER, body["id"], '{"speed": 90}']


async def test_what_a_credential_under_review_told_is_shown_as_such(run: Run, gateway: StandIn) -> None:
    for told, review in (("sure", False), ("unsure", True)):
        player = {"service": "roblox", "id": "1"}
        gateway.report({"id": told, "player": player, "reason": "aimbot", "under_review": review})
    shown = (await run("abuse", "show", "roblox:1")).out
    counted = {line.split("\t")[4]: line.split("\t")[2] for line in shown.splitlines() if "aimbot" in line}
    assert counted == {"sure": "1", "unsure": "1, under review"}
    records = (await run("abuse", "show", "roblox:1", "--json")).json["records"]
    assert {each["incidentId"] for each in records if each.get("underReview")} == {"unsure"}


async def test_the_same_key_reports_once(run: Run, gateway: StandIn) -> None:
    for _ in range(2):
        assert (await run("abuse", "report", "roblox:1", "aimbot", "--key", "k-1")).code == 0
    assert [request[2] for request in gateway.requests] == ["k-1", "k-1"]
    assert gateway.requests[0][3] == gateway.requests[1][3]
    assert len(gateway.incidents) == 1


@pytest.mark.parametrize("details", ["{", "[]", "5"])
async def test_details_are_a_json_object(run: Run, gateway: StandIn, details: str) -> None:
    outcome = await run("abuse", "report", "roblox:1", "aimbot", "--details", details)
    assert (outcome.code, outcome.out, gateway.requests) == (2, "", [])
    assert "--details" in outcome.complaint


async def test_a_refused_reason_is_1(run: Run, gateway: StandIn) -> None:
    gateway.failures = [problem(422, "incident-refused", "The incident was refused", detail="no reason fly")]
    outcome = await run("abuse", "report", "roblox:1", "fly")
    assert (outcome.code, outcome.out) == (1, "")
    assert "no reason fly" in outcome.complaint


async def test_a_long_history_comes_in_pages(run: Run, gateway: StandIn) -> None:
    for number in range(130):
        gateway.report({"id": str(number), "player": {"service": "roblox", "id": "1"}, "reason": "aimbot"})
    few = await run("abuse", "show", "roblox:1", "--limit", "5")
    assert len([line for line in few.out.splitlines() if "aimbot" in line]) == 5
    assert "--all" in few.complaint
    every = await run("abuse", "show", "roblox:1", "--all", "--json")
    assert (len(every.json["records"]), every.json["next"], every.json["totalIncidents"]) == (130, None, 130)
    assert [request[1] for request in gateway.requests[-2:]] == [
        "/v1/players/roblox/1/abuse?limit=100",
        "/v1/players/roblox/1/abuse?cursor=100&limit=100",
    ]


async def test_a_banned_player_says_until_when(run: Run, gateway: StandIn) -> None:
    gateway.ban = {"isBanned": True, "banExpiry": 1767323045, "banReason": "[red]x[/red]"}
    outcome = await run("abuse", "show", "roblox:1")
    assert "Banned\tuntil 2026-01-02 03:04:05Z: [red]x[/red]\n" in outcome.out
    assert "no incident of roblox:1 is known" in outcome.complaint
    gateway.ban = {"isBanned": True, "banReason": "x"}
    assert "Banned\tpermanent: x\n" in (await run("abuse", "show", "roblox:1")).out


async def test_incidents_are_dismissed_and_restored(run: Run, gateway: StandIn) -> None:
    gateway.report({"id": "one", "player": {"service": "roblox", "id": "1"}, "reason": "aimbot"})
    for arguments, path in (
        (("dismiss", "one"), "/v1/incidents/one/dismiss"),
        (("restore", "one"), "/v1/incidents/one/restore"),
        (("dismiss", "--player", "roblox:1"), "/v1/players/roblox/1/abuse/dismiss"),
    ):
        outcome = await run("abuse", *arguments, "--reason", "lag")
        assert (outcome.code, outcome.err) == (0, ""), outcome
        assert gateway.requests[-1][:2] == ("POST", path)
        assert gateway.requests[-1][3] == {"reason": "lag"}
        assert "Player\troblox:1\n" in outcome.out
    assert "Incidents\t0\n" in outcome.out
    assert (await run("abuse", "dismiss", "none", "--reason", "lag")).code == 1


async def test_dismissing_names_one_thing(run: Run, gateway: StandIn) -> None:
    for arguments in ((), ("one", "--player", "roblox:1")):
        assert (await run("abuse", "dismiss", *arguments, "--reason", "x")).code == 2
    assert gateway.requests == []


async def test_players_are_protected_listed_and_let_go(run: Run, gateway: StandIn) -> None:
    added = await run("protect", "add", "steam:STEAM_0:1:5", "--reason", "staff")
    assert (added.code, added.out) == (0, "steam:76561197960265739 is protected\n")
    assert gateway.requests[-1][:2] == ("PUT", "/v1/protected/steam/76561197960265739")
    rows = [line.split("\t") for line in (await run("protect", "list")).out.splitlines()]
    assert rows[1] == ["steam:76561197960265739", "2026-01-02 03:04:05Z", "moderator (token)", "staff"]
    assert (await run("protect", "remove", "steam:STEAM_0:1:5")).out.endswith("is not protected\n")
    assert gateway.requests[-1][3] is None
    assert "nobody is protected" in (await run("protect", "list")).complaint


async def test_messages_go_to_one_server_or_all(run: Run, gateway: StandIn) -> None:
    assert (await run("servers", "message", SERVER, "hello", "--player", "roblox:1")).code == 0
    assert (await run("servers", "message", "all", "bye")).out.endswith("is on its way to all servers\n")
    assert [request[1] for request in gateway.requests] == [f"/v1/servers/{SERVER}/messages", "/v1/messages"]
    assert gateway.requests[0][3] == {"text": "hello", "player": {"service": "roblox", "id": "1"}}
    assert gateway.requests[1][3] == {"text": "bye"}


async def test_a_player_is_kicked(run: Run, gateway: StandIn) -> None:
    everywhere = await run("kick", "roblox:1", "--reason", "afk")
    assert (everywhere.code, everywhere.out) == (0, "roblox:1 is to be put off every server\n")
    await run("kick", "roblox:1", "--reason", "afk", "--server", SERVER)
    assert [request[3] for request in gateway.requests] == [
        {"reason": "afk"},
        {"reason": "afk", "server_id": SERVER},
    ]
    gateway.accepts_only = True
    assert (await run("kick", "roblox:1", "--reason", "afk")).code == 3


async def test_requests_say_what_is_suggested(run: Run, gateway: StandIn) -> None:
    assert "nothing waits" in (await run("requests", "list")).complaint
    gateway.reviews = [
        {
            "id": "2" * 24,
            "player": {"service": "roblox", "id": "1"},
            "reason": "[b]aimbot[/b]",
            "opened_at": "2026-01-02T03:04:05Z",
            "suggested": {"duration_seconds": 604800, "scope": "global"},
        }
    ]
    row = (await run("requests", "list", "--player", "roblox:1")).out.splitlines()[1].split("\t")
    assert row == ["2" * 24, "roblox:1", "2026-01-02 03:04:05Z", "ban for 7d", "[b]aimbot[/b]", "-", "-"]
    assert "player=roblox:1" in gateway.requests[-1][1].replace("%3A", ":")
    assert json.loads((await run("requests", "list", "--json")).out)["items"][0]["id"] == "2" * 24
