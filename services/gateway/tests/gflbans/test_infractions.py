"""Create and remove: what becomes a command, and what is answered."""

from datetime import UTC, datetime
from typing import Any

from services.gateway.tests.conftest import Start, until
from services.gateway.tests.gflbans.conftest import KEY, Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions

from banstream_contracts.admins import Admin
from banstream_contracts.infractions import Lifetime, Punishment, Restriction, Scope
from banstream_contracts.players import Player

STEAM_64 = "76561197960265729"
PLAYER = {"gs_service": "steam", "gs_id": STEAM_64}
BAN = {"player": PLAYER, "reason": "r", "punishments": ["ban"], "scope": "global"}
GAG = {**BAN, "punishments": ["chat_block"]}
CREATE, REMOVE = "/api/v1/infractions/", "/api/v1/infractions/remove"
CHECK = f"/api/v1/infractions/check?gs_service=steam&gs_id={STEAM_64}"
ADMIN = Player(service="steam", id="76561197960265733")

LIFETIMES: dict[str, tuple[dict[str, Any], tuple[Lifetime, int | None]]] = {
    "permanent": ({}, (Lifetime.PERMANENT, None)),
    "duration-null": ({"duration": None}, (Lifetime.PERMANENT, None)),
    "timed": ({"duration": 60}, (Lifetime.TIMED, 60)),
    "timed-by-text": ({"duration": "60"}, (Lifetime.TIMED, 60)),
    "timed-by-fraction": ({"duration": 60.7}, (Lifetime.TIMED, 60)),
    "longer-than-a-century": ({"duration": 2**62}, (Lifetime.PERMANENT, None)),
    "session": ({"session": True}, (Lifetime.SESSION, None)),
    "session-before-duration": ({"session": "yes", "duration": 60}, (Lifetime.SESSION, None)),
    "online": ({"dec_online_only": True, "duration": 60}, (Lifetime.ONLINE, 60)),
    "online-by-its-new-name": ({"playtime_based": 1, "duration": 60}, (Lifetime.ONLINE, 60)),
    "online-without-duration": ({"dec_online_only": True}, (Lifetime.PERMANENT, None)),
    "session-before-online": ({"session": True, "dec_online_only": True, "duration": 9}, (Lifetime.SESSION, None)),
    "not-online": ({"dec_online_only": "off", "duration": 60}, (Lifetime.TIMED, 60)),
}
STEAM_IDS = [STEAM_64, 76561197960265729, "STEAM_0:1:0", "STEAM_1:1:0", "[U:1:1]", "U:1:1"]
INITIATORS: dict[str, Any] = {
    "ips_id": {"ips_id": 5},
    "ips_id-as-text": {"ips_id": "5", "mongo_id": None},
    "gs_admin": {"gs_admin": {"gs_service": "steam", "gs_id": ADMIN.id}},
    "gs_admin-steam-2": {"gs_admin": {"gs_service": "Steam", "gs_id": "STEAM_0:1:2"}},
}


def last(infractions: PluginInfractions) -> Any:
    return infractions.carried_out[-1]


async def test_how_long_it_lasts_follows_from_three_fields(plugin: Plugin, infractions: PluginInfractions) -> None:
    seen = {}
    for case, (fields, _) in LIFETIMES.items():
        assert (await plugin.call("POST", CREATE, {**GAG, **fields, "reason": case})).status == 200
        seen[case] = last(infractions).lifetime, last(infractions).duration_seconds
    assert seen == {case: expected for case, (_, expected) in LIFETIMES.items()}


async def test_every_form_of_a_steam_id_is_the_same_player(plugin: Plugin, infractions: PluginInfractions) -> None:
    for number, steam_id in enumerate(STEAM_IDS):
        body = {**GAG, "reason": str(number), "player": {"gs_service": "STEAM", "gs_id": steam_id}}
        answer = await plugin.call("POST", CREATE, body)
        assert answer.json["player"] == PLAYER
        assert str(last(infractions).player) == f"steam:{STEAM_64}"


async def test_every_write_says_at_which_position_another_gateway_has_it(
    plugin: Plugin, infractions: PluginInfractions
) -> None:
    made = await plugin.call("POST", CREATE, BAN)
    positions = [infractions.position]
    changed = await plugin.call("PATCH", f"{CREATE}{made.json['id']}", {"reason": "other"})
    positions.append(infractions.position)
    removed = await plugin.call("POST", REMOVE, {"player": PLAYER, "remove_reason": "appeal"})
    positions.append(infractions.position)
    answers = (made, changed, removed)
    assert [int(each.headers["Banstream-Position"]) for each in answers] == positions


async def test_a_ban_is_stored_answered_and_seen_by_the_next_check(
    plugin: Plugin, infractions: PluginInfractions
) -> None:
    assert (await plugin.call("GET", CHECK)).json == {}
    made = await plugin.call("POST", CREATE, {**BAN, "reason": "line\nbreak"})
    command = last(infractions)
    assert (command.server_id, command.scope, command.reason) == (plugin.server_id, Scope.GLOBAL, "line break")
    assert (command.actor.kind, command.actor.id, command.actor.admin) == ("server", plugin.server_id, None)
    assert made.json == {
        "id": command.infraction_id,
        "flags": 523,
        "comments": [],
        "files": [],
        "server": plugin.server_id,
        "created": int(command.issued_at.timestamp()),
        "player": PLAYER,
        "reason": "line break",
    }
    assert (await plugin.call("GET", CHECK)).json == {"ban": {"reason": "line break", "admin_name": "SYSTEM"}}


async def test_every_punishment_and_none_can_be_given(plugin: Plugin, infractions: PluginInfractions) -> None:
    every = [each.value for each in Punishment]
    assert (await plugin.call("POST", CREATE, {**BAN, "punishments": every})).status == 200
    assert last(infractions).punishments == tuple(Punishment)
    assert set((await plugin.call("GET", CHECK)).json) == set(every)
    warning = await plugin.call("POST", CREATE, {**BAN, "punishments": []})
    assert (warning.status, last(infractions).punishments) == (200, ())


async def test_an_address_is_hashed_and_sealed_and_never_travels_in_clear(
    plugin: Plugin, infractions: PluginInfractions
) -> None:
    alone = await plugin.call("POST", CREATE, {**BAN, "player": {"ip": "192.0.2.7:27005"}})
    assert alone.json["player"] == {"ip": "192.0.2.7:27005"}
    command = last(infractions)
    assert command.player is None
    assert "192.0.2.7" not in command.model_dump_json()
    both = await plugin.call("POST", CREATE, {**BAN, "player": {**PLAYER, "ip": "192.0.2.8"}})
    assert both.json["player"] == {**PLAYER, "ip": "192.0.2.8"}
    assert last(infractions).address.hash != command.address.hash
    for query in ("ip=192.0.2.7", "gs_service=steam&gs_id=76561197960265999&ip=::ffff:192.0.2.7"):
        assert "ban" in (await plugin.call("GET", f"/api/v1/infractions/check?{query}")).json
    empty = await plugin.call("POST", CREATE, {**GAG, "player": {**PLAYER, "ip": ""}})
    assert (empty.status, last(infractions).address) == (200, None)


async def test_who_acts_is_told_in_four_ways(plugin: Plugin, infractions: PluginInfractions) -> None:
    admin = Admin(player=ADMIN, name="Alice")
    await infractions.appoint(admin)
    await until(lambda: plugin.running.gateway.admins.by_id(admin.id))
    for case, initiator in {**INITIATORS, "mongo_id": {"mongo_id": admin.id}}.items():
        made = await plugin.call("POST", CREATE, {**GAG, "reason": case, "admin": initiator})
        assert (last(infractions).actor.admin, made.json["admin"]) == (ADMIN, 5), case
    await plugin.call("POST", CREATE, {**GAG, "reason": "console", "admin": None})
    assert last(infractions).actor.admin is None


async def test_a_token_names_its_server_or_issues_on_the_web(plugin: Plugin, infractions: PluginInfractions) -> None:
    token = await infractions.admit("TokenSecret", "check", "punish")
    await until(lambda: plugin.running.gateway.credentials.find("TokenSecret"))
    auth = f"API {token.id} TokenSecret"
    web = await plugin.call("POST", CREATE, BAN, auth=auth)
    assert (web.json["flags"] & 32, last(infractions).server_id) == (32, None)
    named = await plugin.call("POST", CREATE, {**BAN, "scope": "server", "server": plugin.server_id}, auth=auth)
    assert named.json["server"] == plugin.server_id
    assert (await plugin.call("POST", CREATE, {**BAN, "scope": "server"}, auth=auth)).status == 422
    assert (await plugin.call("POST", CREATE, {**BAN, "server": "mine"}, auth=auth)).status == 422
    for server_id in (plugin.server_id, plugin.server_id.upper()):
        own = await plugin.call("POST", CREATE, {**GAG, "server": server_id})
        assert (own.status, own.json["server"]) == (200, plugin.server_id)


async def test_what_would_hold_on_no_server_is_refused(plugin: Plugin, infractions: PluginInfractions) -> None:
    token = await infractions.admit("TokenSecret", "check", "punish")
    await until(lambda: plugin.running.gateway.credentials.find("TokenSecret"))
    auth, made = f"API {token.id} TokenSecret", await plugin.call("POST", CREATE, BAN)
    for nobody in ("f" * 24, token.id):
        sent = {**BAN, "scope": "server", "server": nobody}
        assert (await plugin.call("POST", CREATE, sent, auth=auth)).status == 422
        path = f"{CREATE}{made.json['id']}"
        assert (await plugin.call("PATCH", path, {"server": nobody}, auth=auth)).status == 422
    assert len(infractions.carried_out) == 1


async def test_the_same_request_at_once_is_one_infraction(plugin: Plugin, infractions: PluginInfractions) -> None:
    first = await plugin.call("POST", CREATE, {**BAN, "duration": 60})
    again = await plugin.call("POST", "/api/infractions", {**BAN, "duration": 60})
    assert again.json == first.json
    longer = await plugin.call("POST", CREATE, {**BAN, "duration": 120})
    assert longer.json["id"] != first.json["id"]
    warned = [await plugin.call("POST", CREATE, {**BAN, "punishments": []}) for _ in range(2)]
    assert warned[0].json["id"] == warned[1].json["id"]
    assert len(infractions.infractions) == 3


async def test_who_was_let_off_can_be_punished_again_at_once(plugin: Plugin, infractions: PluginInfractions) -> None:
    first = await plugin.call("POST", CREATE, BAN)
    assert (await plugin.call("POST", REMOVE, {"player": PLAYER, "remove_reason": "x"})).status == 200
    second = await plugin.call("POST", CREATE, BAN)
    assert second.json["id"] != first.json["id"]
    assert "ban" in (await plugin.call("GET", CHECK)).json
    await infractions.restrict(f"steam={STEAM_64}")
    await until(lambda: not [*plugin.running.gateway.restrictions.lookup(f"steam={STEAM_64}")])
    third = await plugin.call("POST", CREATE, BAN)
    assert third.json["id"] not in {first.json["id"], second.json["id"]}


async def test_a_removal_names_what_it_takes_off_and_counts(plugin: Plugin, infractions: PluginInfractions) -> None:
    await plugin.call("POST", CREATE, BAN)
    body = {
        "player": {**PLAYER, "ip": "192.0.2.7"},
        "remove_reason": "appeal\tgranted",
        "restrict_types": ["ban", "chat_block"],
        "include_other_servers": "0",
        "admin": {"ips_id": 5},
    }
    answer = await plugin.call("POST", REMOVE, body)
    assert (answer.status, answer.json) == (200, {"num_removed": 1, "num_considered": 3, "num_not_removed": 2})
    command = last(infractions)
    assert command.punishments == (Punishment.BAN, Punishment.CHAT_BLOCK)
    assert (command.reason, command.include_other_servers, command.with_warnings) == ("appeal granted", False, True)
    assert (command.server_id, command.actor.admin) == (plugin.server_id, ADMIN)
    assert len(command.address_hash) == 64
    assert command.other_address_hashes == ()
    assert (await plugin.call("GET", CHECK)).json == {}
    await plugin.call("POST", REMOVE, {"player": {"ip": "192.0.2.7"}, "remove_reason": "r", "restrict_types": []})
    assert (last(infractions).player, last(infractions).punishments) == (None, ())
    assert last(infractions).include_other_servers is True


async def test_while_infractions_is_away_writes_are_stored_and_answered_as_they_will_be(
    start: Start, infractions: PluginInfractions
) -> None:
    server = await infractions.admit(KEY, "check", "punish", kind="server")
    running = await start(command_timeout_seconds=0.05, query_timeout_seconds=0.1)
    await until(running.is_ready)
    plugin = Plugin(running, server.id)
    banned = await plugin.call("POST", CREATE, BAN)
    await until(lambda: [*running.gateway.restrictions.lookup(f"steam={STEAM_64}")])  # its answer may have come before
    await infractions.stop()
    removed = await plugin.call("POST", REMOVE, {"player": PLAYER, "remove_reason": "r"})
    assert (removed.status, removed.json["num_removed"]) == (200, 1)
    assert removed.headers["Location"].startswith("/v1/commands/")
    gagged = await plugin.call("POST", CREATE, {**GAG, "duration": 60})
    repeated = await plugin.call("POST", CREATE, {**GAG, "duration": 60})
    assert gagged.status == repeated.status == 200
    assert gagged.json == repeated.json
    assert gagged.json["expires"] - gagged.json["created"] == 60
    patched = await plugin.call("PATCH", f"{CREATE}{banned.json['id']}", {"reason": "other"})
    assert (patched.status, patched.json["id"]) == (200, banned.json["id"])
    await infractions.start()

    async def checked() -> Any:
        return list((await plugin.call("GET", CHECK)).json) == ["chat_block"]

    await until(checked)
    assert list(infractions.infractions) == [banned.json["id"], gagged.json["id"]]


async def test_what_is_not_stored_is_503_and_safe_to_repeat(start: Start, infractions: PluginInfractions) -> None:
    server = await infractions.admit(KEY, "check", "punish", kind="server")
    running = await start(publish_timeout_seconds=0.1)
    await until(running.is_ready)
    plugin = Plugin(running, server.id)
    jetstream = infractions.client.jetstream()
    await infractions.stop()
    await jetstream.delete_stream("COMMANDS")
    refused = await plugin.call("POST", CREATE, BAN)
    assert (refused.status, refused.headers["Retry-After"]) == (503, "2")
    assert isinstance(refused.json["detail"], str)


async def test_a_check_shows_an_own_write_with_its_end(plugin: Plugin, infractions: PluginInfractions) -> None:
    ends = datetime(2031, 1, 1, tzinfo=UTC)
    held = Restriction(
        infraction_id="b" * 24,
        punishments=(Punishment.BAN,),
        lifetime=Lifetime.TIMED,
        reason="r",
        scope=Scope.SERVER,
        server_id=plugin.server_id,
        expires_at=ends,
        issuer_name="Alice",
    )
    await infractions.restrict(f"steam={STEAM_64}", held)

    async def checked() -> Any:
        return (await plugin.call("GET", CHECK)).json

    assert await until(checked) == {"ban": {"expiration": int(ends.timestamp()), "reason": "r", "admin_name": "Alice"}}
    garbled = await plugin.call("GET", f"{CHECK}&ip=not.an.address")
    assert "ban" in garbled.json
