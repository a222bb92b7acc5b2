import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from cli.tests.conftest import Run
from cli.tests.gateway_stand_in import StandIn, problem


async def test_a_ban_is_sent_whole(run: Run, gateway: StandIn) -> None:
    outcome = await run(
        *("ban", "roblox:156", "--reason", "aimbot", "--for", "1d12h", "--name", "Bob", "--ip", "192.0.2.7"),
        *("--punishment", "ban", "--punishment", "voice_block", "--category", "aimbot", "--severity", "high"),
        *("--evidence", "clip", "--note", "second time", "--server", "0" * 24, "--scope", "server", "--json"),
    )
    ((method, path, key, body),) = gateway.requests
    assert (outcome.code, method, path, outcome.err) == (0, "POST", "/v1/infractions", "")
    assert key
    assert body == {
        "player": {"service": "roblox", "id": "156", "name": "Bob", "ip": "192.0.2.7"},
        "punishments": ["ban", "voice_block"],
        "reason": "aimbot",
        "scope": "server",
        "duration_seconds": 129600,
        "server_id": "0" * 24,
        "category": "aimbot",
        "severity": "high",
        "evidence": "clip",
        "note": "second time",
    }
    assert outcome.json["id"] == gateway.infractions[0]["id"]


async def test_a_ban_is_permanent_and_global_unless_said_otherwise(run: Run, gateway: StandIn) -> None:
    outcome = await run("ban", "steam:STEAM_1:0:5", "--reason", "aimbot")
    body = gateway.requests[0][3]
    assert body["player"] == {"service": "steam", "id": "76561197960265738"}
    assert (body["punishments"], body["scope"], "duration_seconds" in body) == (["ban"], "global", False)
    assert (outcome.code, outcome.out.split()[:3]) == (0, ["steam:76561197960265738", "ban", "permanent"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("ban", "minecraft:GrieferCLI", "--reason", "x"),
        ("abuse", "report", "minecraft:GrieferCLI", "fly_hack"),
        ("requests", "open", "minecraft:GrieferCLI", "--reason", "x"),
    ],
    ids=["ban", "report", "review"],
)
async def test_a_minecraft_name_is_sent_as_it_was_typed(run: Run, gateway: StandIn, arguments: tuple[str, ...]) -> None:
    gateway.accepts_only = True
    await run(*arguments)
    assert gateway.requests[0][3]["player"] == {"service": "minecraft", "id": "GrieferCLI"}


async def test_a_warning_has_no_punishment(run: Run, gateway: StandIn) -> None:
    assert (await run("ban", "roblox:1", "--reason", "language", "--warning")).code == 0
    assert gateway.requests[0][3]["punishments"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("ban", "roblox", "--reason", "x"),
        ("ban", "roblox:abc", "--reason", "x"),
        ("ban", "roblox:1"),
        ("ban", "roblox:1", "--reason", "x", "--for", "7 days"),
        ("ban", "roblox:1", "--reason", "x", "--for", "0d"),
        ("ban", "roblox:1", "--reason", "x", "--for", ""),
        ("ban", "roblox:1", "--reason", "x", "--punishment", "exile"),
        ("ban", "roblox:1", "--reason", "x", "--punishment", "ban", "--warning"),
        ("amend", "0" * 24),
        ("amend", "0" * 24, "--reason", "x", "--for", ""),
        ("lift", "--reason", "x"),
        ("lift", "roblox:1", "--infraction", "0" * 24, "--reason", "x"),
        ("lift", "--infraction", "0" * 24, "--punishment", "ban", "--reason", "x"),
        ("infractions", "list", "--limit", "0"),
        ("requests", "open", "roblox:1", "--reason", "x", "--for", ""),
        ("requests", "approve", "0" * 24, "--for", ""),
        ("appeals", "statistics", "--since", ""),
        ("events", "tail", "--since", ""),
        ("log", "export", "--until", ""),
        ("tokens", "create", "bot", "--scope", "check", "--expires-in", ""),
        ("tokens", "create", "bot", "--scope", "root"),
        ("tokens", "create", "bot", "--scope", "check", "--bootstrap", "--key", "k"),
        ("exile", "roblox:1"),
        ("--loudly",),
    ],
)
async def test_wrong_use_is_one_line_and_2(run: Run, gateway: StandIn, arguments: tuple[str, ...]) -> None:
    outcome = await run(*arguments)
    assert (outcome.code, outcome.out, gateway.requests) == (2, "", [])
    assert outcome.complaint.startswith("banstream: ")
    assert "--help)" in outcome.complaint


@pytest.mark.parametrize("key", ["", "two\nlines", "ключ", "x" * 256], ids=["empty", "lines", "letters", "long"])
async def test_a_key_that_no_gateway_takes_is_refused_before_anything_is_sent(
    run: Run, gateway: StandIn, key: str
) -> None:
    outcome = await run("ban", "roblox:1", "--reason", "x", "--key", key)
    assert (outcome.code, gateway.requests) == (2, [])
    assert "a key is 1 to 255 printable ASCII characters" in outcome.complaint


async def test_what_cannot_be_reached_for_a_moment_is_tried_again_with_the_same_key(run: Run, gateway: StandIn) -> None:
    gateway.failures = [problem(503, "unavailable", "Temporarily unavailable"), web.Response(status=502)]
    outcome = await run("ban", "roblox:1", "--reason", "x", "--json")
    assert (outcome.code, len(gateway.infractions)) == (0, 1)
    assert len({key for _, _, key, _ in gateway.requests}) == 1
    assert len(gateway.requests) == 3


async def test_an_answer_that_got_lost_is_asked_for_again_and_nothing_happens_twice(run: Run, gateway: StandIn) -> None:
    gateway.cut_after_storing = 1
    outcome = await run("ban", "roblox:1", "--reason", "x", "--key", "mine", "--json")
    assert (outcome.code, len(gateway.infractions)) == (0, 1)
    assert [key for _, _, key, _ in gateway.requests] == ["mine", "mine"]


async def test_what_stays_unavailable_says_how_to_repeat_it(run: Run, gateway: StandIn) -> None:
    gateway.failures = [
        problem(503, "unavailable", "Temporarily unavailable", detail="NATS is away.") for _ in range(4)
    ]
    outcome = await run("ban", "roblox:1", "--reason", "x", "--key", "mine")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.complaint.endswith("Temporarily unavailable: NATS is away; try again later with --key mine")


async def test_accepted_is_3_and_names_command_and_key(run: Run, gateway: StandIn) -> None:
    gateway.accepts_only = True
    outcome = await run("ban", "roblox:1", "--reason", "x", "--key", "mine", "--json")
    assert (outcome.code, outcome.json["status"]) == (3, "accepted")
    assert outcome.json["command_id"] in outcome.complaint
    assert "--key mine" in outcome.complaint


async def test_every_write_carries_a_key_and_every_answer_is_json(run: Run, gateway: StandIn) -> None:
    infraction = (await run("ban", "roblox:1", "--reason", "x", "--json")).json["id"]
    server = (await run("servers", "create", "eu-1", "--json")).json["id"]
    token = (await run("tokens", "create", "bot", "--scope", "check", "--expires-in", "30d", "--json")).json["id"]
    for arguments in (
        ("amend", infraction, "--reason", "y", "--for", "permanent"),
        ("lift", "--infraction", infraction, "--reason", "appeal"),
        ("reinstate", infraction, "--reason", "mistake"),
        ("lift", "roblox:1", "--reason", "appeal", "--punishment", "ban"),
        ("servers", "rotate", server),
        ("servers", "revoke", server),
        ("tokens", "rotate", token),
        ("tokens", "revoke", token),
    ):
        outcome = await run(*arguments, "--json")
        assert (outcome.code, outcome.err) == (0, ""), outcome
        assert isinstance(outcome.json, dict)
    assert all(key for _, _, key, _ in gateway.requests)
    bodies = {(method, path): body for method, path, _, body in gateway.requests}
    assert bodies["PATCH", f"/v1/infractions/{infraction}"] == {"reason": "y", "duration_seconds": None}
    assert bodies["POST", "/v1/players/roblox/1/lift"] == {"reason": "appeal", "punishments": ["ban"]}
    assert bodies["POST", "/v1/tokens"] == {"name": "bot", "scopes": ["check"], "expires_in_seconds": 2592000}


@pytest.mark.usefixtures("gateway")
async def test_a_no_is_1(run: Run) -> None:
    infraction = (await run("ban", "roblox:1", "--reason", "x", "--json")).json["id"]
    for arguments, said in (
        (("infractions", "show", "0" * 24), "There is no such infraction"),
        (("reinstate", infraction, "--reason", "x"), "it is active"),
        (("lift", "roblox:2", "--reason", "x"), "nothing to lift"),
        (("servers", "revoke", "0" * 24), "There is no such credential"),
    ):
        outcome = await run(*arguments)
        assert outcome.code == 1, outcome
        assert said in outcome.complaint


async def test_problems_name_the_fields(run: Run, gateway: StandIn) -> None:
    errors = [{"field": "reason", "message": "too long"}, {"field": "note", "message": "odd"}]
    gateway.failures = [problem(422, "invalid", "The request holds invalid values", errors=errors)]
    outcome = await run("ban", "roblox:1", "--reason", "x")
    assert outcome.code == 2
    assert "reason: too long; note: odd" in outcome.complaint


async def test_the_gateways_own_words_cannot_forge_lines(run: Run, gateway: StandIn) -> None:
    gateway.failures = [problem(409, "ended", "no\nbanstream: all is well\x1b[2J")]
    outcome = await run("reinstate", "0" * 24, "--reason", "x")
    assert outcome.complaint == "banstream: no banstream: all is well\\x1b[2J"


async def test_a_player_id_stays_one_segment(run: Run, gateway: StandIn) -> None:
    for player_id, segment in (("a/../b?c#d%", "a%2F..%2Fb%3Fc%23d%25"), ("..", "%2E%2E"), ("é ü", "%C3%A9%20%C3%BC")):
        outcome = await run("check", f"other:{player_id}", "--json")
        assert outcome.code == 0, outcome
        assert gateway.requests[-1][1] == f"/v1/players/other/{segment}/restrictions"


async def test_something_else_than_a_gateway_is_named(run: Run, gateway: StandIn) -> None:
    gateway.failures = [web.Response(text="<h1>welcome</h1>")]
    outcome = await run("check", "roblox:1")
    assert outcome.code == 2
    assert "BANSTREAM_URL" in outcome.complaint


async def test_output_is_json_alone_whatever_it_holds(run: Run, gateway: StandIn) -> None:
    gateway.restrictions = {"ban": {"infraction_id": "0" * 24, "reason": "a\u2028b\x9bc"}}
    outcome = await run("check", "roblox:1", "--json")
    assert json.loads(outcome.out)["restrictions"] == gateway.restrictions
    assert outcome.out.isascii()
    assert outcome.out.count("\n") == 1


async def test_a_player_is_exempted_and_no_more(run: Run, gateway: StandIn) -> None:
    infraction = (await run("ban", "roblox:1", "--ip", "192.0.2.7", "--reason", "x", "--json")).json["id"]
    outcome = await run("exempt", infraction, "roblox:2")
    assert (outcome.code, "roblox:2" in outcome.out) == (0, True), outcome
    assert (await run("infractions", "show", infraction, "--json")).json["exempt"] == [{"service": "roblox", "id": "2"}]
    outcome = await run("exempt", infraction, "roblox:2", "--end")
    assert (outcome.code, "roblox:2" in outcome.out) == (0, False), outcome
    methods = [(method, path) for method, path, key, _ in gateway.requests if path.endswith("/exempt/roblox/2") and key]
    assert methods == [(verb, f"/v1/infractions/{infraction}/exempt/roblox/2") for verb in ("PUT", "DELETE")]


@pytest.mark.parametrize(
    ("lasting", "sent"), [("30d", 30 * 86_400), ("permanent", None)], ids=["a time", "as long as the player"]
)
async def test_who_bans_an_address_says_for_how_long(
    run: Run, gateway: StandIn, lasting: str, sent: int | None
) -> None:
    await run("ban", "roblox:1", "--ip", "192.0.2.7", "--reason", "x", "--address-for", lasting)
    assert gateway.requests[-1][3]["address_duration_seconds"] == sent
    await run("ban", "roblox:1", "--ip", "192.0.2.7", "--reason", "x")
    assert "address_duration_seconds" not in gateway.requests[-1][3]


@pytest.mark.parametrize(
    ("option", "sent"),
    [
        (("--address-until", "2030-01-31T12:00:00Z"), datetime(2030, 1, 31, 12, tzinfo=UTC)),
        (("--address-until", "now"), timedelta(0)),
        (("--address-for", "30d"), timedelta(days=30)),
        (("--address-for", "permanent"), None),
    ],
    ids=["a time", "no more", "from now", "as long as the player"],
)
async def test_the_end_of_an_address_is_changed(
    run: Run, gateway: StandIn, option: tuple[str, str], sent: datetime | timedelta | None
) -> None:
    infraction = (await run("ban", "roblox:1", "--ip", "192.0.2.7", "--reason", "x", "--json")).json["id"]
    before = datetime.now(UTC)
    assert (await run("amend", infraction, *option)).code == 0
    said = gateway.requests[-1][3]["address_expires_at"]
    if isinstance(sent, timedelta):
        assert before + sent <= datetime.fromisoformat(said) <= datetime.now(UTC) + sent
    else:
        assert said == (sent and sent.isoformat())


@pytest.mark.parametrize(
    "arguments",
    [
        ("ban", "roblox:1", "--reason", "x", "--address-for", "30d"),
        ("ban", "roblox:1", "--ip", "192.0.2.7", "--reason", "x", "--address-for", "soon"),
        ("amend", "0" * 24, "--address-for", "30d", "--address-until", "now"),
        ("amend", "0" * 24, "--address-until", "soon"),
    ],
    ids=["no address", "no duration", "both", "no time"],
)
async def test_an_end_of_an_address_that_cannot_be_is_refused(
    run: Run, gateway: StandIn, arguments: tuple[str, ...]
) -> None:
    assert (await run(*arguments)).code == 2
    assert gateway.requests == []
