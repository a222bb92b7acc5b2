"""`GET /gs/vpn` and `GET /gs/admininfo` (facts gflbans 1.2, 3)."""

from aiohttp import web

from banstream_contracts.admins import Right
from banstream_contracts.players import Player
from banstream_contracts.streams import ADMINS_BUCKET, NETWORKS_BUCKET
from banstream_gateway.endpoints import CHECK, Call
from banstream_gateway.freshness import staleness
from banstream_gateway.gflbans.accounts import account_of
from banstream_gateway.gflbans.answers import reply
from banstream_gateway.gflbans.auth import admit, admit_reader
from banstream_gateway.gflbans.bodies import Fields, read_query
from banstream_gateway.gflbans.errors import Rejected
from banstream_gateway.gflbans.players import account_player, named, simple
from banstream_gateway.vpn_answers import vpn_answer
from banstream_privacy.addresses import InvalidAddress

NO_SUCH_ADMIN = "No Such admin"
_BITS = {
    Right.COMMENT: 1,
    Right.SEE_ADDRESSES: 2,
    Right.ISSUE: 3,
    Right.EDIT_ALL: 5,
    Right.ATTACH: 6,
    Right.MANAGE_SERVERS: 8,
    Right.MANAGE_NETWORKS: 9,
    Right.AUDIT: 11,
    Right.MANAGE_ADMINS: 12,
    Right.MANAGE_TOKENS: 13,
    Right.ITEM_BLOCK: 14,
    Right.VOICE_BLOCK: 15,
    Right.CHAT_BLOCK: 16,
    Right.BAN: 17,
    Right.ADMIN_CHAT_BLOCK: 18,
    Right.CALL_ADMIN_BLOCK: 19,
    Right.SCOPE_COMMUNITY: 20,
    Right.SCOPE_GLOBAL: 21,
    Right.VPN_IMMUNE: 22,
    Right.MANAGE_POLICIES: 23,
    Right.IMMUNE: 24,
    Right.SKIP_IMMUNITY: 25,
    Right.KICK: 26,
    Right.ASSIGN_SERVER: 27,
}
"""The bit of each right in `permissions` (facts gflbans 3); `review` has none."""


async def vpn(call: Call) -> web.Response:
    """Whether an address is a VPN's or of cloud gaming, and whether its player may come through one all the same.

    `is_dubious` is what `is_cloud_gaming` became (facts gflbans 0.1): who reads it alone hears of cloud gaming there.
    """
    admit(call, CHECK, "This route requires authentication")
    fields = read_query(call)
    ip = fields.text("ip", 64)
    if ip is None:
        raise fields.wrong("ip", "is missing")
    player = simple(fields).player if fields.has("gs_service") or fields.has("gs_id") else None
    try:
        found = await vpn_answer(call.gateway, player, ip)
    except InvalidAddress as error:
        raise fields.wrong("ip", str(error)) from None
    content = {
        "is_vpn": found.is_vpn,
        "is_cloud_gaming": found.is_cloud_gaming,
        "is_dubious": found.is_dubious or found.is_cloud_gaming,
        "is_immune": found.is_immune,
    }
    return reply(content, headers=staleness(call.gateway, NETWORKS_BUCKET, ADMINS_BUCKET))


async def admin_info(call: Call) -> web.Response:
    """An admin's name, account number and rights as bits."""
    admit_reader(call)
    call.gateway.require_admins()
    fields = read_query(call)
    mongo_id = fields.text("mongo_id", 64)
    admins = call.gateway.admins
    admin = admins.by_id(mongo_id.lower()) if mongo_id is not None else admins.by_player(_player(fields))
    if admin is None:
        raise Rejected(404, NO_SUCH_ADMIN)
    content = {
        "admin_name": admin.name,
        "admin_id": account_of(admin.player),
        "permissions": sum(1 << _BITS[right] for right in admin.rights if right in _BITS),
    }
    known = {name: value for name, value in content.items() if value is not None}
    return reply(known, headers=staleness(call.gateway, ADMINS_BUCKET))


def _player(fields: Fields) -> Player:
    if fields.has("ips_id"):
        return account_player(fields)
    service, player_id = fields.text("gs_service"), fields.text("gs_id")
    if service is None or player_id is None:
        raise fields.wrong("ips_id", "ips_id, mongo_id, or gs_service and gs_id are needed")
    return named(service, player_id)
