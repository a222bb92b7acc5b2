"""What a game server wants to know of the address that a player comes from."""

from dataclasses import dataclass

from banstream_contracts.admins import Right
from banstream_contracts.players import Player
from banstream_gateway.endpoints import Gateway
from banstream_gateway.vpn.verdicts import Verdict, read_address


@dataclass(frozen=True, slots=True)
class VpnAnswer:
    """The answer in the words of plugins; `verdict` is what it comes from.

    `is_immune`: the player is an admin whom no VPN check may put off.
    """

    is_vpn: bool
    is_cloud_gaming: bool
    is_dubious: bool
    is_immune: bool
    verdict: Verdict


async def vpn_answer(gateway: Gateway, player: Player | None, address: str) -> VpnAnswer:
    """Never fails for a provider, a database or a bucket that is away. Raises InvalidAddress for what is no address.

    Raises Unavailable for a player who may be put off and of whom it is not known yet whether that is an immune admin.
    """
    verdict = await gateway.vpn.verdict(read_address(address))
    if player is not None and (verdict.is_vpn or verdict.is_hosting or verdict.is_cloud_gaming or verdict.is_dubious):
        gateway.require_admins()
    admin = gateway.admins.by_player(player) if player is not None else None
    counts = gateway.vpn.hosting_is_vpn
    return VpnAnswer(
        is_vpn=verdict.is_vpn or (verdict.is_hosting and counts),
        is_cloud_gaming=verdict.is_cloud_gaming,
        is_dubious=verdict.is_dubious or (verdict.is_hosting and not counts),
        is_immune=admin is not None and admin.may(Right.VPN_IMMUNE),
        verdict=verdict,
    )
