"""Whom a request is about, and who acts: GFLBans' player objects and initiators (facts gflbans 1.1, 3)."""

from dataclasses import dataclass
from typing import NotRequired, TypedDict

from pydantic import ValidationError

from banstream_contracts.players import Player, canonical_id, subject_token
from banstream_contracts.sealed import SealedAddress
from banstream_gateway.endpoints import Call, Gateway
from banstream_gateway.gflbans.accounts import LARGEST_ACCOUNT, STEAM, STEAM_BASE, player_of
from banstream_gateway.gflbans.bodies import Fields
from banstream_gateway.gflbans.errors import NO_SUCH_ADMIN, Rejected, unprocessable
from banstream_gateway.problems import message_of
from banstream_privacy.addresses import InvalidAddress, canonical_address, is_nobodys

_DIGITS = len(str(STEAM_BASE))


class AddressHashes(TypedDict):
    """The hash that an address is known by, and those under the other keys of the ring."""

    address_hash: str | None
    other_address_hashes: NotRequired[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Target:
    """A player, an address in clear, or both. With a player the address is one that can be read."""

    player: Player | None = None
    ip: str | None = None
    where: str = ""

    def sealed(self, gateway: Gateway) -> SealedAddress | None:
        """What a command carries of the address. Raises Rejected for one that cannot be read."""
        try:
            return gateway.addresses.sealed_address(self.ip) if self.ip else None
        except InvalidAddress as error:
            raise unprocessable(f"{self.where}ip", str(error)) from None

    def keys(self, gateway: Gateway) -> list[str]:
        """The keys that restrictions are held under. Raises Rejected."""
        if self.player is None:
            return address_keys(gateway, self.ip, self.where, is_needed=True)
        return [self.player.token, *address_keys(gateway, self.ip, self.where, is_needed=False)]

    def address_hashes(self, gateway: Gateway) -> AddressHashes:
        """What the address is known by, as fields of a command or question. Raises Rejected for an unreadable one."""
        keys = address_keys(gateway, self.ip, self.where, is_needed=self.player is None)
        if not keys:
            return {"address_hash": None}
        known_by = gateway.addresses.token(self.ip or "")
        first, *others = (key.partition("=")[2] for key in [known_by, *(key for key in keys if key != known_by)])
        return {"address_hash": first, "other_address_hashes": tuple(others)}


def simple(fields: Fields) -> Target:
    """A player, an address, or both (`PlayerObjSimple`). Raises Rejected.

    Plugins pass on what the game calls an address (`loopback`): the player alone will do.
    """
    service, player_id, ip = fields.text("gs_service"), fields.text("gs_id"), address(fields)
    if service is None and player_id is None:
        if ip is None:
            raise unprocessable(fields.where.rstrip(".") or "gs_id", "gs_service and gs_id, or ip, are needed")
        return Target(ip=ip, where=fields.where)
    if service is None or player_id is None:
        raise unprocessable(fields.where.rstrip(".") or "gs_id", "gs_service and gs_id are only given together")
    return Target(named(service, player_id, fields.where), ip if ip and _is_readable(ip) else None, fields.where)


def no_ip(fields: Fields) -> Player:
    """A player (`PlayerObjNoIp`). Raises Rejected."""
    service, player_id = fields.text("gs_service"), fields.text("gs_id")
    if service is None or player_id is None:
        raise unprocessable(fields.where.rstrip(".") or "gs_id", "gs_service and gs_id are needed")
    return named(service, player_id, fields.where)


def named(service: str, player_id: str, where: str = "") -> Player:
    """The player of a service, whose name may be in capitals; any form of a Steam id. Raises Rejected."""
    try:
        return Player(service=service.lower(), id=player_id)
    except ValidationError as error:
        found = error.errors()[0]
        field = "gs_service" if found["loc"] == ("service",) else "gs_id"
        raise unprocessable(f"{where}{field}", message_of(found)) from None


def player_key(service: str, player_id: str, where: str = "") -> str:
    """The key of a player; what is no plain SteamID64 takes a longer way, which costs more than the whole lookup.

    Raises Rejected.
    """
    if service == STEAM and _is_plain_steam_id(player_id):
        return f"{STEAM}={player_id}"
    if service.lower() == STEAM:
        try:
            return subject_token(STEAM, canonical_id(STEAM, player_id))
        except ValueError as error:
            raise unprocessable(f"{where}gs_id", str(error)) from None
    return named(service, player_id, where).token


def _is_plain_steam_id(text: str) -> bool:
    is_number = len(text) == _DIGITS and text.isascii() and text.isdecimal()
    return is_number and 0 < int(text) - STEAM_BASE <= LARGEST_ACCOUNT


def address(fields: Fields) -> str | None:
    """The address of a player; what plugins send that do not know it is none. Raises Rejected."""
    if fields.values.get("ip") == "":
        return None
    ip = fields.text("ip", 64)
    return None if ip is None or is_shared(ip) else ip


def is_shared(ip: str) -> bool:
    """Whether an address tells no player from another: who is banned by it would be banned for all of them.

    CS2 says 0.0.0.0 of everybody who was there before its plugin. A server behind Steam's relays (`-enablefakeip`)
    makes up addresses of 169.254.0.0/16 and gives each to the next player again.
    """
    try:
        read = canonical_address(ip)
    except InvalidAddress:
        return False
    return is_nobodys(read) or read == "::1" or read.startswith(("127.", "169.254."))


def _is_readable(ip: str) -> bool:
    try:
        canonical_address(ip)
    except InvalidAddress:
        return False
    return True


def address_keys(gateway: Gateway, ip: str | None, where: str = "", *, is_needed: bool) -> list[str]:
    """Every key that an address may be restricted under.

    One that cannot be read or is nobody's is no reason to let a known player in: it is left out.

    Raises Rejected for one that cannot be read where it `is_needed`.
    """
    if not ip or (is_shared(ip) and not is_needed):
        return []
    try:
        return [*gateway.addresses.tokens(ip)]
    except InvalidAddress as error:
        if not is_needed:
            return []
        raise unprocessable(f"{where}ip", str(error)) from None


def initiator(call: Call, fields: Fields | None) -> Player | None:
    """In whose name a server acts; None is the console. Raises Rejected, 403 for an admin that nobody is.

    An admin that cannot be told is never taken for the console, which may do everything. Raises Unavailable while the
    admins are not known yet.
    """
    if fields is None:
        return None
    forms = [name for name in ("ips_id", "mongo_id", "gs_admin") if fields.has(name)]
    match forms:
        case ["ips_id"]:
            return account_player(fields)
        case ["mongo_id"]:
            return _recorded(call, fields)
        case ["gs_admin"]:
            nested = fields.nested("gs_admin")
            return no_ip(nested) if nested else None
        case _:
            raise unprocessable(fields.where.rstrip(".") or "admin", "names exactly one of ips_id, mongo_id, gs_admin")


def account_player(fields: Fields) -> Player:
    """The player of an account number, `ips_id`. Raises Rejected."""
    account = fields.whole("ips_id") or 0
    if account > LARGEST_ACCOUNT:
        raise fields.wrong("ips_id", "is no account number")
    return player_of(account)


def _recorded(call: Call, fields: Fields) -> Player:
    call.gateway.require_admins()
    admin = call.gateway.admins.by_id((fields.text("mongo_id", 64) or "").lower())
    if admin is None:
        raise Rejected(403, NO_SUCH_ADMIN)
    return admin.player
