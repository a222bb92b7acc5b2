"""One instance of every message about admins, calls for one, tiering policies and what plugins find."""

from pydantic import BaseModel

from banstream_contracts.admins import Admin, Right
from banstream_contracts.calls import AdminCall, CallContent
from banstream_contracts.commands import admins as admin_commands
from banstream_contracts.commands import calls as call_commands
from banstream_contracts.commands import infractions as commands
from banstream_contracts.commands import tiering as tiering_commands
from banstream_contracts.events import admins as admin_events
from banstream_contracts.events import calls as call_events
from banstream_contracts.events import infractions as events
from banstream_contracts.events import tiering as tiering_events
from banstream_contracts.examples import parts
from banstream_contracts.infractions import Punishment, Scope
from banstream_contracts.players import Player
from banstream_contracts.queries import plugins as infraction_queries
from banstream_contracts.sealed import SealedAddress
from banstream_contracts.tiering import NumberedTier, Tier, TieringPolicy, TieringTerms

_POLICY_ID, _OTHER_POLICY_ID = parts.TIERING_POLICY_ID, "01948a000000000000007132"
_CALL_ID = "01948a00000000000000ca11"
_RIGHTS = (Right.ISSUE, Right.VOICE_BLOCK, Right.BAN, Right.SCOPE_GLOBAL)
_NAME, _CALLER, _REPORTED = "Alyx", "builderman", "Griefer"

admin = Admin(player=parts.player, name=_NAME, rights=_RIGHTS, removed_at=parts.LATER, position=parts.POSITION)
_content = CallContent(
    caller=parts.player,
    caller_name=_CALLER,
    message="flies through walls",
    reported=Player(service="roblox", id="157"),
    reported_name=_REPORTED,
    server_name="EU 1 | Crossroads",
    map="crossroads",
    connect="192.0.2.10:27015",
)
call = AdminCall(
    id=_CALL_ID,
    server_id=parts.SERVER_ID,
    content=_content,
    called_at=parts.AT,
    claimed_at=parts.LATER,
    claimed_by=_NAME,
    position=parts.POSITION,
)
_terms = TieringTerms(
    name="Mic spam",
    include_other_servers=False,
    tier_ttl_seconds=2_592_000,
    default_reason="mic spam",
    tiers=(
        Tier(punishments=(Punishment.VOICE_BLOCK,), duration_seconds=1800, online=True),
        Tier(punishments=(Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK), duration_seconds=86_400, online=False),
    ),
)
tiering_policy = TieringPolicy(
    id=_POLICY_ID,
    server_id=parts.SERVER_ID,
    terms=_terms,
    registered_at=parts.AT,
    registered_by=parts.actor,
    unlinked_at=parts.LATER,
    position=parts.POSITION,
)
_policy = {"tiering_policy_id": _POLICY_ID, "server_id": parts.SERVER_ID}
_call = {"call_id": _CALL_ID, "server_id": parts.SERVER_ID}

EXAMPLES: tuple[BaseModel, ...] = (
    admin_commands.SetAdmin(player=parts.player, name=_NAME, rights=_RIGHTS, **parts.asked),
    admin_commands.RemoveAdmin(player=parts.player, reason="left the team", **parts.asked),
    admin_events.AdminSet(player=parts.player, name=_NAME, rights=_RIGHTS, **parts.occurred),
    admin_events.AdminRemoved(player=parts.player, reason="left the team", **parts.occurred),
    admin,
    tiering_commands.RegisterTieringPolicy(terms=_terms, **_policy, **parts.asked),
    tiering_commands.UnlinkTieringPolicy(**_policy, **parts.asked),
    tiering_commands.IssueByPolicy(
        infraction_id=parts.INFRACTION_ID,
        tiering_policy_id=_POLICY_ID,
        also_count=(_OTHER_POLICY_ID,),
        seen_in_force=(parts.INFRACTION_ID,),
        seen_tier=NumberedTier(number=0, **dict(_terms.tiers[0])),
        player=parts.player,
        player_name=_CALLER,
        sealed_name=parts.SEALED,
        address=SealedAddress(hash=parts.ADDRESS_HASH, sealed=parts.SEALED),
        reason="mic spam again",
        scope=Scope.SERVER,
        server_id=parts.SERVER_ID,
        **parts.asked,
    ),
    tiering_events.TieringPolicyRegistered(terms=_terms, **_policy, **parts.occurred),
    tiering_events.TieringPolicyUnlinked(**_policy, **parts.occurred),
    call_commands.CallAdmin(
        content=_content, cooldown_seconds=300, include_other_servers=False, **_call, **parts.asked
    ),
    call_commands.ClaimCall(server_id=parts.SERVER_ID, admin_name=_NAME, **parts.asked),
    call_events.CallOpened(content=_content, **_call, **parts.occurred),
    call_events.CallClaimed(admin_name=_NAME, **_call, **parts.occurred),
    commands.ServeTime(infraction_id=parts.INFRACTION_ID, seconds=60, server_id=parts.SERVER_ID, **parts.asked),
    events.InfractionServed(seconds=60, time_left_seconds=540, **parts.about, **parts.where, **parts.occurred),
    infraction_queries.FindInfractions(
        player=parts.player,
        address_hash=parts.ADDRESS_HASH,
        other_address_hashes=(parts.KEY_HASH,),
        server_id=parts.SERVER_ID,
        include_other_servers=False,
        active=True,
        skip=30,
        limit=20,
    ),
    infraction_queries.FoundInfractions(
        items=(parts.infraction,), total=31, by_punishment={Punishment.BAN: 30, Punishment.VOICE_BLOCK: 2}, warnings=1
    ),
    infraction_queries.ListAdmins(include_removed=True),
    infraction_queries.AdminPage(items=(admin,)),
    infraction_queries.ListTieringPolicies(server_id=parts.SERVER_ID),
    infraction_queries.TieringPolicyPage(items=(tiering_policy,)),
)
