"""A server that was registered the usual way fits into the plugins' buffers, and may do what plugins do."""

import re

from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.test_infractions import BAN, CREATE

SM_ID_BUFFER, SM_KEY_BUFFER = 32, 256


async def test_a_registered_server_is_one_that_plugins_can_be(plugin: Plugin) -> None:
    made = await plugin.running.call("POST", "/v1/servers", {"name": "one"})
    server_id, key = made.json["id"], made.json["key"]
    assert re.fullmatch(r"[0-9a-f]{24}", server_id)
    assert re.fullmatch(r"[A-Za-z0-9]+", key)
    assert len(server_id) < SM_ID_BUFFER
    assert len(key) < SM_KEY_BUFFER
    banned = await Plugin(plugin.running, server_id, key).call("POST", CREATE, BAN)
    assert (banned.status, banned.json["server"]) == (200, server_id)
