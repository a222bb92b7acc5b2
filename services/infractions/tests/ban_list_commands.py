"""Commands about Minecraft players, as the gateway makes them of NDP's requests."""

from datetime import UTC, datetime
from typing import Any

from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    IssueInfraction,
    LiftRestrictions,
    OpenRequest,
    ReinstateInfraction,
)
from banstream_contracts.infractions import Punishment, Scope
from banstream_contracts.players import Player
from banstream_contracts.policies import AutomaticBan
from banstream_contracts.sealed import SealedAddress
from banstream_privacy.addresses import address_hash
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.infractions import MASTER_KEY, MODERATOR, issue

ADDRESS, OTHER_ADDRESS = "203.0.113.7", "2001:db8::7"


def sealed(address: str) -> SealedAddress:
    return SealedAddress(hash=address_hash(b"k" * 32, address), sealed=seal(sealing_public_key(MASTER_KEY), address))


def minecraft_ban(name: str, **changes: Any) -> IssueInfraction:
    player = Player(service="minecraft", id=name)
    return issue(**{"player": player, "player_name": name, "reason": "grief", **changes})


def lift_all(name: str) -> LiftRestrictions:
    player = Player(service="minecraft", id=name)
    return LiftRestrictions(player=player, reason="appeal", punishments=(Punishment.BAN,), **_about())


def reinstate(infraction_id: str) -> ReinstateInfraction:
    return ReinstateInfraction(infraction_id=infraction_id, reason="by mistake", **_about())


def amended(infraction_id: str, reason: str) -> AmendInfraction:
    return AmendInfraction(infraction_id=infraction_id, changes=InfractionChanges(reason=reason), **_about())


def request_for(name: str, address: SealedAddress) -> OpenRequest:
    return OpenRequest(
        request_id=new_short_id(),
        player=Player(service="minecraft", id=name),
        player_name=name,
        reason="grief",
        suggested=AutomaticBan(infraction_id=new_short_id(), scope=Scope.GLOBAL, reason="grief"),
        address=address,
        **_about(),
    )


def _about() -> dict[str, Any]:
    return {"command_id": new_id(), "issued_at": datetime.now(UTC), "actor": MODERATOR, "correlation_id": new_id()}
