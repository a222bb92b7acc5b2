"""Who comes in, in every form of facts gflbans 1.1, and what everybody else is told."""

from typing import Any

from services.gateway.tests.conftest import Start, until
from services.gateway.tests.gflbans.conftest import KEY, Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions

CHECK = "/api/v1/infractions/check?gs_service=steam&gs_id=76561197960265729"
ACCEPTED = 200
WRONG = (401, "Invalid API Key")
OTHER_FORM = (422, "Authorization: is written SERVER SERVER_ID SERVER_KEY")
GUEST = (401, "This route requires authorization")


async def answers(plugin: Plugin, forms: list[str | None]) -> dict[str | None, Any]:
    """What each Authorization header gets: 200, or status and detail."""
    replies = {form: await plugin.call("GET", CHECK, auth=form) for form in forms}
    return {
        form: reply.status if reply.status == ACCEPTED else (reply.status, reply.json["detail"])
        for form, reply in replies.items()
    }


async def test_every_form_of_the_header_is_taken_and_every_other_one_told_apart(
    plugin: Plugin, infractions: PluginInfractions
) -> None:
    token = await infractions.admit("TokenSecret", "check")
    other = await infractions.admit("OtherKey", "check", kind="server")
    await until(lambda: plugin.running.gateway.credentials.find("OtherKey"))
    server = plugin.server_id
    expected: dict[str | None, Any] = {
        **{f"{word} {server} {KEY}": ACCEPTED for word in ("SERVER", "Server", "server")},
        **{f"{word} {token.id} TokenSecret": ACCEPTED for word in ("API", "Api", "api")},
        f"SERVER_{server}_{KEY}": ACCEPTED,
        f"SERVER {server}_{KEY}": ACCEPTED,
        f"SERVER {server.upper()} {KEY}": ACCEPTED,
        f"SERVER 999 {KEY}": WRONG,
        f"SERVER {'0' * 24} {KEY}": WRONG,
        f"SERVER {server} wrong": WRONG,
        f"SERVER {server} OtherKey": WRONG,
        f"SERVER {other.id} {KEY}": WRONG,
        f"API {server} {KEY}": WRONG,
        f"SERVER {token.id} TokenSecret": WRONG,
        f"Bearer {KEY}": OTHER_FORM,
        f"sErVeR {server} {KEY}": OTHER_FORM,
        f"SERVER a-b {KEY}": OTHER_FORM,
        f"SERVER {server}": OTHER_FORM,
        f"SERVER  {server} {KEY}": OTHER_FORM,
        f"SERVER {server} {'x' * 600}": OTHER_FORM,
        None: GUEST,
    }
    assert await answers(plugin, list(expected)) == expected


async def test_a_credential_may_come_in_the_query_or_in_the_path(plugin: Plugin) -> None:
    def query(kind: str, key: str) -> str:
        return f"{CHECK}&token_type={kind}&token_id={plugin.server_id}&token_secret={key}"

    paths = {
        query("SERVER", KEY): 200,
        query("SERVER", "wrong"): 401,
        query("Bearer", KEY): 422,
        f"{CHECK}&token_type=SERVER&token_id={plugin.server_id}": 401,
        f"/t/{KEY}{CHECK}": 200,
        f"/t/wrong{CHECK}": 401,
    }
    assert {path: (await plugin.call("GET", path, auth=None)).status for path in paths} == paths


async def test_guests_read_where_the_operator_lets_them_and_learn_nothing_of_addresses(
    start: Start, infractions: PluginInfractions
) -> None:
    running = await start(gflbans_guests=True)
    await infractions.admit("all", "check", "punish")
    await until(running.is_ready)
    player = {"gs_service": "steam", "gs_id": "76561197960265729", "ip": "192.0.2.7"}
    token = running.gateway.credentials
    await until(lambda: token.find("all"))
    issued = await running.call(
        "POST", "/v1/infractions", {"ip": "192.0.2.7", "punishments": ["ban"], "reason": "of the address"}
    )
    assert issued.status == 201
    guest = {"secret": None}
    checked = await running.call("GET", "/api/infractions/check", params=player, **guest)
    assert (checked.status, checked.json) == (200, {})
    assert (await running.call("GET", "/api/infractions/check?ip=192.0.2.7", **guest)).status == 422
    assert (await running.call("GET", "/api/infractions/stats?ip=192.0.2.7", **guest)).status == 401
    listed = await running.call("GET", "/api/infractions/", params=player, **guest)
    assert listed.status == 200
    assert infractions.asked[-1].address_hash is None
    for method, path in (("POST", "/api/infractions/"), ("POST", "/api/infractions/remove"), ("GET", "/api/gs/vpn")):
        assert (await running.call(method, path, {} if method == "POST" else None, **guest)).status == 401


async def test_a_credential_needs_the_scope_of_the_route(plugin: Plugin, infractions: PluginInfractions) -> None:
    reader = await infractions.admit("ReaderKey", "check", kind="server")
    await until(lambda: plugin.running.gateway.credentials.find("ReaderKey"))
    auth = f"SERVER {reader.id} ReaderKey"
    assert (await plugin.call("GET", CHECK, auth=auth)).status == 200
    refused = await plugin.call("POST", "/api/v1/infractions/", {}, auth=auth)
    assert (refused.status, refused.json) == (403, {"detail": "Insufficient privileges"})
